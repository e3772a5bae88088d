"""Queues: how each is served, and what its waiting contacts need."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import clock, db, events, skills
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Calendar, Conversation, Counselor, Place, QueuePlan
from crm.settings import QUEUES

MODES = ("open", "pick", "offer")
AFTER_HOURS = ("ticket", "callback")
PRIORITIES = ("low", "normal", "high", "urgent")
MOST_STEPS = 6
# The version of rules that nobody has chosen yet.
UNCHOSEN = "0"
DAY = 86_400
# What only seniors have; nobody gives or takes it.
SECOND_LINE = "second_line"


@dataclass(frozen=True, slots=True)
class Step:
    """From `after` seconds on, also who knows less, or serves another queue, may be asked."""

    after: int
    lower: int = 0
    drop: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    any_language: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a queue is served; these defaults hold where nobody chose others."""

    name: str
    mode: str = "open"
    offer_seconds: int = 30
    misses: int = 2
    wrap_seconds: int = 30
    boost: int = 0
    preferred_seconds: int = 60
    relax: tuple[Step, ...] = ()
    calendar: str | None = None
    after_hours: tuple[str, ...] = field(default=AFTER_HOURS)
    # Which state of the rules this is.
    version: str = field(default=UNCHOSEN, compare=False)


def plan(s: Session, name: str) -> Plan:
    row = s.get(QueuePlan, name)
    return _plan(row) if row else Plan(name)


def plans(s: Session) -> dict[str, Plan]:
    """The plan of every queue of the desk."""
    known = {row.name: _plan(row) for row in s.scalars(select(QueuePlan))}
    return {name: known.get(name, Plan(name)) for name in QUEUES}


def change(
    s: Session, actor: Actor, name: str, changes: Mapping[str, Any], *, seen: str | None = None
) -> Plan:
    """Serve a queue otherwise. Raises Invalid with the field that cannot be so, and Conflict where
    the rules are not of the version any more that was `seen`."""
    if name not in QUEUES:
        raise NotFound("There is no such queue.")
    checked = _checked(s, name, changes)
    db.alone(s, "queue", name)
    row = s.get(QueuePlan, name, populate_existing=True)
    if seen is not None and seen != (_plan(row).version if row else UNCHOSEN):
        raise Conflict("Somebody else has changed these rules meanwhile.", queue=name)
    if row is None:
        row = _row(Plan(name))
        s.add(row)
    for key, value in checked.items():
        setattr(row, key, value)
    row.changed_at = clock.now()
    s.flush()
    events.emit(s, "queue.changed", actor, data={"queue": name, "fields": sorted(checked)})
    return _plan(row)


def need(
    s: Session,
    conversation: Conversation,
    *,
    actor: Actor,
    skills_wanted: Mapping[str, int] | None = None,
    preferred: str | None = None,
    priority: str = "normal",
    deadline_at: datetime | None = None,
) -> Place:
    """What a waiting contact needs. Said again, it replaces what was said before."""
    if priority not in PRIORITIES:
        raise Invalid(f"priority is one of {', '.join(PRIORITIES)}.", field="priority")
    if preferred and s.get(Counselor, preferred) is None:
        raise Invalid("There is no such counselor.", field="preferred")
    wanted = skills.checked(s, skills_wanted or {})
    place = s.get(Place, conversation.id)
    if place is None:
        place = Place(conversation_id=conversation.id)
        s.add(place)
    place.skills, place.preferred_id = wanted, preferred
    place.priority, place.deadline_at = priority, deadline_at
    s.flush()
    codes = {"skills": wanted, "preferred": preferred, "priority": priority,
             "deadline": deadline_at and deadline_at.isoformat()}  # fmt: skip
    events.emit(s, "conversation.needs", actor, conversation=conversation.id, data=codes)
    return place


def prefer(s: Session, conversation: Conversation, counselor_id: str) -> None:
    """Whom a contact is kept for while they are at work. Part of a promise, whose event tells
    it."""
    place = s.get(Place, conversation.id)
    if place is None:
        place = Place(conversation_id=conversation.id, skills={}, priority="normal")
        s.add(place)
    place.preferred_id = counselor_id


def second_line(s: Session, conversation: Conversation) -> None:
    """Only seniors are asked from now on. Part of an escalation, whose event tells it."""
    place = s.get(Place, conversation.id)
    if place is None:
        place = Place(conversation_id=conversation.id, skills={}, priority="normal")
        s.add(place)
    place.skills = {**place.skills, SECOND_LINE: 1}
    place.preferred_id = None


def needs_second_line(s: Session, conversation_id: str) -> bool:
    place = s.get(Place, conversation_id)
    return place is not None and SECOND_LINE in place.skills


def _checked(s: Session, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(changes)
    if found.get("mode", "open") not in MODES:
        raise Invalid(f"mode is one of {', '.join(MODES)}.", field="mode")
    bounds = {
        "offer_seconds": (5, 3600),
        "misses": (1, 20),
        "wrap_seconds": (0, 900),
        "boost": (-DAY, DAY),
        "preferred_seconds": (0, 3600),
    }
    for key, (least, most) in bounds.items():
        if key in found and not least <= found[key] <= most:
            raise Invalid(f"{key} lies between {least} and {most}.", field=key)
    if set(found.get("after_hours", ())) - set(AFTER_HOURS):
        raise Invalid(f"after_hours names {', '.join(AFTER_HOURS)}.", field="after_hours")
    if found.get("calendar") and s.get(Calendar, found["calendar"]) is None:
        raise Invalid("There is no such calendar.", field="calendar")
    if "relax" in found:
        found["relax"] = [_step(s, name, step) for step in found["relax"]]
        _in_order(found["relax"])
    if "after_hours" in found:
        found["after_hours"] = list(found["after_hours"])
    return found


def _step(s: Session, name: str, step: Mapping[str, Any]) -> dict[str, Any]:
    whole = Step(**{**step, "drop": tuple(step.get("drop", ())),
                    "queues": tuple(step.get("queues", ()))})  # fmt: skip
    if set(whole.queues) - set(QUEUES) or name in whole.queues:
        raise Invalid("An overflow goes to other queues of the desk.", field="relax")
    skills.checked(s, dict.fromkeys(whole.drop, 1))
    return asdict(whole)


def _in_order(steps: list[dict[str, Any]]) -> None:
    times = [step["after"] for step in steps]
    if len(steps) > MOST_STEPS or times != sorted(set(times)) or any(t < 0 for t in times):
        raise Invalid(f"relax has up to {MOST_STEPS} steps, each later than the last.",
                      field="relax")  # fmt: skip


def _plan(row: QueuePlan) -> Plan:
    return Plan(
        name=row.name,
        mode=row.mode,
        offer_seconds=row.offer_seconds,
        misses=row.misses,
        wrap_seconds=row.wrap_seconds,
        boost=row.boost,
        preferred_seconds=row.preferred_seconds,
        relax=tuple(
            Step(
                after=step["after"],
                lower=step["lower"],
                drop=tuple(step["drop"]),
                queues=tuple(step["queues"]),
                any_language=step["any_language"],
            )
            for step in row.relax
        ),
        calendar=row.calendar,
        after_hours=tuple(row.after_hours),
        version=row.changed_at.isoformat(),
    )


def _row(plan: Plan) -> QueuePlan:
    return QueuePlan(
        name=plan.name,
        mode=plan.mode,
        offer_seconds=plan.offer_seconds,
        misses=plan.misses,
        wrap_seconds=plan.wrap_seconds,
        boost=plan.boost,
        preferred_seconds=plan.preferred_seconds,
        relax=[],
        calendar=plan.calendar,
        after_hours=list(plan.after_hours),
    )

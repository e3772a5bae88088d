"""Shifts: planned once, never two at the same time for one counselor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from crm import clock, db, events
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Counselor, Event, Shift

LONGEST = timedelta(hours=12)
PAUSES = ("break", "off_phone")


@dataclass(frozen=True, slots=True)
class Pause:
    start: datetime
    end: datetime
    kind: str


def plan(
    s: Session,
    actor: Actor,
    counselor_id: str,
    starts_at: datetime,
    ends_at: datetime,
    pauses: Sequence[Pause],
) -> Shift:
    """Plan a shift. Raises Conflict where it overlaps another of the same counselor."""
    counselor = s.get(Counselor, counselor_id)
    if counselor is None or counselor.disabled_at:
        raise Invalid("There is no such counselor.", field="counselor")
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise Invalid(f"A shift has at most {LONGEST.seconds // 3600} hours.", field="ends_at")
    at = starts_at
    for pause in sorted(pauses, key=lambda p: p.start):
        if pause.kind not in PAUSES:
            raise Invalid(f"kind is one of {', '.join(PAUSES)}.", field="pauses")
        if not at <= pause.start < pause.end <= ends_at:
            raise Invalid("Pauses lie within the shift, one after the other.", field="pauses")
        at = pause.end
    db.alone(s, "shifts", counselor_id)
    if s.scalar(
        select(Shift.id).where(
            Shift.counselor_id == counselor_id,
            Shift.starts_at < ends_at,
            Shift.ends_at > starts_at,
        )
    ):
        raise Conflict("This counselor has a shift at that time.")
    shift = Shift(
        counselor_id=counselor_id,
        starts_at=starts_at,
        ends_at=ends_at,
        pauses=[[p.start.isoformat(), p.end.isoformat(), p.kind] for p in pauses],
        planned_by=actor.id or "",
        created_at=clock.now(),
    )
    s.add(shift)
    s.flush()
    events.emit(s, "shift.planned", actor, data=_codes(shift))
    return shift


def remove(s: Session, actor: Actor, shift_id: str) -> None:
    """Take a shift off the plan, while it has not begun."""
    shift = s.get(Shift, shift_id, with_for_update=True)
    if shift is None:
        raise NotFound("There is no such shift.")
    if shift.starts_at <= clock.now():
        raise Conflict("This shift has begun; what was planned stays on record.")
    events.emit(s, "shift.removed", actor, data=_codes(shift))
    s.delete(shift)


def between(
    s: Session, since: datetime, until: datetime, counselor_id: str | None = None
) -> Sequence[Shift]:
    """Shifts that touch [since, until), by their start."""
    query = select(Shift).where(
        Shift.starts_at < until, Shift.ends_at > since, Shift.starts_at > since - LONGEST
    )
    if counselor_id:
        query = query.where(Shift.counselor_id == counselor_id)
    return s.scalars(query.order_by(Shift.starts_at, Shift.id)).all()


def presence_between(s: Session, since: datetime, until: datetime) -> Sequence[Event]:
    """What the journal tells of who was there."""
    return s.scalars(
        select(Event)
        .where(Event.kind == "presence.changed", Event.at >= since, Event.at < until)
        .order_by(Event.id)
    ).all()


def _codes(shift: Shift) -> dict[str, str]:
    return {
        "shift": shift.id,
        "counselor": shift.counselor_id,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
    }

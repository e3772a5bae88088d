"""What supervisors and waiting contacts are told of the queues: read models, written nowhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from crm import access, appointments, callbacks, clock, queues
from crm.access import Member
from crm.db import Session
from crm.models import Appointment, Conversation, Counselor, Presence, Reservation
from crm.settings import Settings
from routing import agents, assign, hours, line, waits


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue at this moment. `expected_wait` is that of a newcomer in seconds, None where nobody
    can say."""

    plan: queues.Plan
    open: bool
    opens_at: datetime | None
    waiting: int
    offered: int
    active: int
    longest_since: datetime | None
    ready: int
    expected_wait: float | None
    # Waiting contacts whom nobody of the desk could serve, however long they wait.
    unservable: int
    # Who of the desk could take a contact of it, ready or not, after all relaxation.
    served: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a waiting contact stands: how many come before, and for how long, if anybody knows."""

    queue: str
    position: int
    expected_wait: float | None
    open: bool
    opens_at: datetime | None
    callback_at: datetime | None
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A counselor as the board shows them."""

    counselor: Counselor
    presence: Presence | None
    held: dict[str, int]
    offered: int
    # What they are at, or about to leave for, wherever they are heard of.
    appointment: Appointment | None = None


def states(s: Session, settings: Settings, names: Sequence[str]) -> list[QueueState]:
    """The state of each of these queues."""
    plans = queues.plans(s)
    waiting = line.waiting(s)
    everybody, ready = agents.every(s), agents.ready(s)
    counts, estimate = _counts(s), waits.Estimate(s)
    now = clock.now()
    found = []
    for name in names:
        plan = line.as_plan(plans[name])
        here = [w for w in waiting if w.queue == name]
        working = hours.of_queue(s, settings, name)
        there = [a for a in ready if name in a.queues]
        since = min((w.since for w in here), default=None)
        found.append(
            QueueState(
                plan=plans[name],
                open=working.is_open(now),
                opens_at=None if working.is_open(now) else working.next_open(now),
                waiting=len(here) + counts["offered", name],
                offered=counts["offered", name],
                active=counts["active", name],
                longest_since=None if since is None else datetime.fromtimestamp(since, UTC),
                ready=len(there),
                expected_wait=estimate.seconds(line.newcomer(name), len(here)),
                unservable=len(assign.unservable(here, plan, everybody)),
                served=len(assign.fitting(line.newcomer(name), plan, everybody)),
            )
        )
    return found


def standing(s: Session, settings: Settings, conversation: Conversation) -> Standing | None:
    """Where a conversation stands in its queue; None when it does not wait."""
    queue = conversation.queue
    if conversation.status != "waiting" or queue is None:
        return None
    now = clock.now()
    place = waits.place(s, conversation)
    working = hours.of_queue(s, settings, queue)
    promised = callbacks.live(s, conversation.id)
    return Standing(
        queue=queue,
        position=place.ahead + 1 if place else 1,
        expected_wait=place.seconds if place else None,
        open=working.is_open(now),
        opens_at=None if working.is_open(now) else working.next_open(now),
        callback_at=promised.due_at if promised else None,
        choices=queues.plan(s, queue).after_hours,
    )


def seats(s: Session, member: Member) -> list[Seat]:
    """Everybody who can hold a conversation, the ready ones first."""
    del member
    rows = s.execute(
        select(Counselor, Presence)
        .outerjoin(Presence, Presence.counselor_id == Counselor.id)
        .where(Counselor.disabled_at.is_(None), Counselor.role.in_(access.HELPERS))
        .order_by(Counselor.name)
    ).all()
    held: Counter[tuple[str, str, str]] = Counter()
    for who, medium, state, count in s.execute(
        select(Reservation.counselor_id, Reservation.medium, Reservation.state, func.count())
        .where(Reservation.state.in_(("offered", "accepted")))
        .group_by(Reservation.counselor_id, Reservation.medium, Reservation.state)
    ):
        held[who, medium, state] = count
    engaged = appointments.going_on(s)
    found = [
        Seat(
            counselor=c,
            presence=p,
            held={m: held[c.id, m, "accepted"] for m in ("call", "chat", "mail")},
            offered=sum(held[c.id, m, "offered"] for m in ("call", "chat", "mail")),
            appointment=engaged.get(c.id),
        )
        for c, p in rows
    ]
    order = ("ready", "wrap_up", "not_ready", "offline")
    return sorted(found, key=lambda x: order.index(x.presence.state if x.presence else "offline"))


def _counts(s: Session) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    rows = s.execute(
        select(Conversation.queue, func.count())
        .where(Conversation.status == "active", Conversation.queue.is_not(None))
        .group_by(Conversation.queue)
    )
    for queue, count in rows:
        found["active", queue or ""] = count
    rows = s.execute(
        select(Conversation.queue, func.count())
        .join(Reservation, Reservation.conversation_id == Conversation.id)
        .where(Reservation.state == "offered", Conversation.status == "waiting")
        .group_by(Conversation.queue)
    )
    for queue, count in rows:
        found["offered", queue or ""] = count
    return found

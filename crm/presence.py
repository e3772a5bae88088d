"""Presence: ready, not ready, in wrap-up or away. Who never said so is away, and gets no offers.

A presence lives as long as it is heard of: the console's live socket beats for it, a program may,
and so does whatever they do.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from crm import appointments, clock, db, events
from crm.db import Session
from crm.errors import Invalid
from crm.events import SYSTEM, Actor
from crm.models import Appointment, Presence, Reservation

STATES = ("ready", "not_ready", "wrap_up", "offline")
# What people choose; `missed`, `silent`, `appointment` and `undeclared` are written by the desk
# itself.
REASONS = ("break", "meal", "training", "meeting", "casework", "rest", "technical", "other")
CAPACITY = {"call": 1, "chat": 3, "mail": 5}
MOST = 20
SILENT_AFTER = timedelta(seconds=90)
# Who holds a contact without ever having said that they are here has promised no beat: each act of
# theirs is one.
UNDECLARED_SILENT_AFTER = timedelta(minutes=15)
# Many acts in a row need not all be written down.
FRESH = timedelta(seconds=5)


def get(s: Session, counselor_id: str) -> Presence | None:
    return s.get(Presence, counselor_id)


def declare(
    s: Session,
    counselor_id: str,
    state: str,
    *,
    reason: str | None = None,
    actor: Actor | None = None,
) -> Presence:
    """A counselor says how they are; the same again changes nothing but is heard.

    Who says that they are ready during an appointment will be, as soon as it is over.
    """
    if state not in {"ready", "not_ready", "offline"}:
        raise Invalid("state is one of ready, not_ready, offline.", field="state")
    if state == "not_ready" and reason not in REASONS:
        raise Invalid(f"reason is one of {', '.join(REASONS)}.", field="reason")
    now = clock.now()
    row = _row(s, counselor_id)
    reason = reason if state == "not_ready" else None
    if state == "ready" and appointments.held_by(s, counselor_id):
        state, reason = "not_ready", "appointment"
    row.beat_at = now
    if (row.state, row.reason) == (state, reason):
        return row
    if state == "ready":
        row.misses = 0
        row.idle_since = now
    _become(s, row, state, reason, actor or Actor("counselor", counselor_id))
    return row


def beat(s: Session, counselor_id: str) -> None:
    """Still there. Says nothing of somebody who is away: they come back by their own word."""
    s.execute(
        update(Presence)
        .where(Presence.counselor_id == counselor_id, Presence.state != "offline")
        .values(beat_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def to_beat(s: Session, counselor_id: str) -> bool:
    """Whether an act of a counselor who is here would say anything new of them."""
    row = s.get(Presence, counselor_id)
    if row is None or row.state == "offline":
        return False
    return not timedelta() <= clock.now() - row.beat_at < FRESH


def heard_of_all(s: Session) -> None:
    """Whoever is here was heard of at this moment: nothing can be said of the time before it."""
    s.execute(
        update(Presence)
        .where(Presence.state != "offline")
        .values(beat_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def leave(s: Session, counselor_id: str, *, for_good: bool = False) -> None:
    """Signed off: away, if ever here. What they held is brought back by the next sweep.

    `for_good` also for who never said that they were here: they are shut out of the desk.
    """
    row = s.get(Presence, counselor_id, with_for_update=True, populate_existing=True)
    if row is None and for_good:
        row = _row(s, counselor_id)
    if row and row.state != "offline":
        _become(s, row, "offline", "signed_out", Actor("counselor", counselor_id))


def is_away(s: Session, counselor_id: str) -> bool:
    """Whether a counselor said, or showed by silence, that they are not here."""
    row = s.get(Presence, counselor_id)
    return row is not None and row.state == "offline"


def is_here(s: Session, counselor_id: str) -> bool:
    """Whether a counselor said that they are at work, ready or not, and was heard of since."""
    row = s.get(Presence, counselor_id)
    return row is not None and row.state != "offline"


def set_capacity(
    s: Session, actor: Actor, counselor_id: str, capacity: Mapping[str, int]
) -> Presence:
    """How many contacts of each medium at once; what is not named stays."""
    if set(capacity) - set(CAPACITY) or any(not 0 <= n <= MOST for n in capacity.values()):
        raise Invalid(f"capacity names call, chat and mail, each 0 to {MOST}.", field="capacity")
    row = _row(s, counselor_id)
    row.capacity = {**row.capacity, **capacity}
    events.emit(
        s,
        "presence.capacity_set",
        actor,
        data={"counselor": counselor_id, "capacity": row.capacity},
    )
    return row


def took(s: Session, counselor_id: str, *, own: bool) -> None:
    """A contact was accepted: misses are forgiven, and the idle time begins anew.

    Who was away and takes one by their `own` act is here again, though not ready for more. Who
    never said anything is watched from now on, or what they hold would be nobody's if they go.
    """
    undeclared = s.get(Presence, counselor_id) is None
    row = _row(s, counselor_id)
    now = clock.now()
    row.misses, row.idle_since = 0, now
    if undeclared:
        row.beat_at = now
        _become(s, row, "not_ready", "undeclared", Actor("counselor", counselor_id))
    if own:
        row.beat_at = now
        if row.state == "offline":
            _become(s, row, "not_ready", "casework", Actor("counselor", counselor_id))


def finished(s: Session, counselor_id: str, wrap_seconds: int) -> None:
    """A talk ended: who was ready gets the time that the queue gives for wrapping up."""
    row = s.get(Presence, counselor_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    now = clock.now()
    row.idle_since = now
    if row.state == "ready" and wrap_seconds > 0:
        row.wrap_until = now + timedelta(seconds=wrap_seconds)
        _become(s, row, "wrap_up", None, SYSTEM)


def missed(s: Session, counselor_id: str, most: int) -> None:
    """An offer ran out unanswered. After `most` in a row the counselor is taken out of turn."""
    row = s.get(Presence, counselor_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    row.misses += 1
    if row.misses >= most and row.state in {"ready", "wrap_up"}:
        _become(s, row, "not_ready", "missed", SYSTEM)


def due(s: Session) -> Sequence[str]:
    """Counselors whose wrap-up or appointment is over or of whom nothing was heard."""
    over = or_(_wrapped(), _silent(), _back(), _ahead())
    return s.scalars(select(Presence.counselor_id).where(over)).all()


def called_away(s: Session) -> Sequence[str]:
    """Counselors who could still be offered contacts though an appointment of theirs is near."""
    return s.scalars(select(Presence.counselor_id).where(_to_leave())).all()


def call_away(s: Session, counselor_id: str) -> None:
    """An appointment is near: no more offers until it is over. What they hold, they keep."""
    row = _one(s, counselor_id, _to_leave())
    if row:
        _become(s, row, "not_ready", "appointment", SYSTEM)


def settle(s: Session, counselor_id: str) -> None:
    """Wrapped up, or back from an appointment: ready again. Silent: away; whoever comes second
    finds nothing to do."""
    row = _one(s, counselor_id, or_(_wrapped(), _silent(), _back(), _ahead()))
    if row is None:
        return
    now = clock.now()
    leash = UNDECLARED_SILENT_AFTER if row.reason == "undeclared" else SILENT_AFTER
    if row.beat_at < now - leash:
        _become(s, row, "offline", "silent", SYSTEM)
        return
    row.beat_at = min(row.beat_at, now)  # heard of after this moment: the clock was set back
    if _one(s, counselor_id, or_(_wrapped(), _back())):
        row.idle_since = now
        _become(s, row, "ready", None, SYSTEM)


def gone(s: Session) -> Sequence[str]:
    """Counselors who are away though conversations or offers are still theirs."""
    return s.scalars(
        select(Presence.counselor_id)
        .join(Reservation, Reservation.counselor_id == Presence.counselor_id)
        .where(Presence.state == "offline", Reservation.state.in_(("offered", "accepted")))
        .distinct()
    ).all()


def _one(s: Session, counselor_id: str, which: ColumnElement[bool]) -> Presence | None:
    """A counselor's row, locked, where it is still so."""
    return s.scalar(
        select(Presence)
        .where(Presence.counselor_id == counselor_id, which)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _engaged() -> ColumnElement[bool]:
    own = Appointment.counselor_id == Presence.counselor_id
    return exists().where(own, appointments.on())


def _to_leave() -> ColumnElement[bool]:
    return and_(Presence.state.in_(("ready", "wrap_up")), _engaged())


def _back() -> ColumnElement[bool]:
    there = and_(Presence.state == "not_ready", Presence.reason == "appointment")
    return and_(there, ~_engaged())


def _wrapped() -> ColumnElement[bool]:
    now = clock.now()
    over = or_(Presence.wrap_until <= now, Presence.since > now + clock.JITTER)
    return and_(Presence.state == "wrap_up", over, ~_engaged())


def _ahead() -> ColumnElement[bool]:
    return and_(Presence.state != "offline", Presence.beat_at > clock.now() + clock.JITTER)


def _silent() -> ColumnElement[bool]:
    now = clock.now()
    declared = func.coalesce(Presence.reason, "") != "undeclared"
    heard_of = or_(
        and_(declared, Presence.beat_at < now - SILENT_AFTER),
        Presence.beat_at < now - UNDECLARED_SILENT_AFTER,
    )
    return and_(Presence.state != "offline", heard_of)


def _row(s: Session, counselor_id: str) -> Presence:
    row = s.get(Presence, counselor_id, with_for_update=True, populate_existing=True)
    if row:
        return row
    db.alone(s, "presence", counselor_id)
    row = s.get(Presence, counselor_id, populate_existing=True)
    if row:
        return row
    now = clock.now()
    row = Presence(
        counselor_id=counselor_id,
        state="offline",
        since=now,
        idle_since=now,
        beat_at=now,
        misses=0,
        capacity=dict(CAPACITY),
    )
    s.add(row)
    s.flush()
    return row


def _become(s: Session, row: Presence, state: str, reason: str | None, actor: Actor) -> None:
    now = clock.now()
    codes = {
        "counselor": row.counselor_id,
        "state": state,
        "reason": reason,
        "was": row.state,
        "seconds": round(clock.seconds_since(row.since), 1),
    }
    row.state, row.reason, row.since = state, reason, now
    if state != "wrap_up":
        row.wrap_until = None
    events.emit(s, "presence.changed", actor, data=codes)

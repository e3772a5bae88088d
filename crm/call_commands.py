"""What is to be done at a telephone provider: written with its cause, done after the commit.

due → sending (lease) → done, or failed with a reason, or unknown after a time-out: then the
provider is looked at before anything is done again. Commands of one call keep their order.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, Integer, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased

from crm import clock, events, leases
from crm.db import Session
from crm.models import Call, CallCommand

LEASE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=1)
MAX_ATTEMPTS = 8
OPEN = ("due", "sending", "unknown")


def order(s: Session, call: Call, verb: str, **arguments: Any) -> CallCommand:
    """Write a command down; the worker carries it out once this transaction stands."""
    command = CallCommand(call_id=call.id, verb=verb, arguments=arguments, due_at=clock.now())
    s.add(command)
    s.flush()
    return command


def on_hold(s: Session, call: Call) -> bool:
    """Whether the contact is held, by the last order that the desk gave."""
    last = _last_of_holds(s, call)
    return last is not None and last.verb == "hold"


def held_for(s: Session, call: Call, leg_id: str) -> bool:
    """Whether the contact is held for the sake of the consultation with this colleague."""
    last = _last_of_holds(s, call)
    return last is not None and last.verb == "hold" and last.arguments.get("consults") == leg_id


def _last_of_holds(s: Session, call: Call) -> CallCommand | None:
    return s.scalar(
        select(CallCommand)
        .where(CallCommand.call_id == call.id, CallCommand.verb.in_(("hold", "resume")))
        .order_by(CallCommand.position.desc())
        .limit(1)
    )


def was_ordered(s: Session, call: Call, verb: str) -> bool:
    """Whether this was ever ordered for a call, done or not."""
    asked = select(CallCommand.position).where(
        CallCommand.call_id == call.id, CallCommand.verb == verb
    )
    return s.scalar(asked.limit(1)) is not None


def stuck(s: Session, call: Call) -> bool:
    """Whether the caller should be elsewhere and the provider has not taken the order for it."""
    last = s.scalar(
        select(CallCommand)
        .where(CallCommand.call_id == call.id, CallCommand.verb == "move")
        .order_by(CallCommand.position.desc())
        .limit(1)
    )
    return last is not None and last.state != "done" and last.attempts > 0


def waiting(s: Session, limit: int = 50) -> list[int]:
    """Positions of the commands that may be done now: each its call's first that is not done."""
    now, leased = leases.span(LEASE)
    _, furthest = leases.span(LONGEST_WAIT)
    asked = {"now": now, "leased": leased, "furthest": furthest, "most": limit}
    return list(s.scalars(_WAITING, asked))


def claim(s: Session, position: int) -> tuple[CallCommand, bool] | None:
    """Take one; the flag says that an earlier try may have done it already."""
    unsure = s.scalar(select(CallCommand.state).where(CallCommand.position == position)) != "due"
    result = s.execute(
        update(CallCommand)
        .where(CallCommand.position == position, _free(*leases.span(LEASE)), _FIRST_OF_ITS_CALL)
        .values(
            state="sending",
            lease_until=clock.now() + LEASE,
            attempts=CallCommand.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    if not result.rowcount:
        return None
    return s.get_one(CallCommand, position, populate_existing=True), unsure


def done(s: Session, command: CallCommand) -> None:
    command.state, command.done_at, command.lease_until = "done", clock.now(), None
    _tell(s, command)


def retry(s: Session, command: CallCommand, reason: str, *, unsure: bool) -> None:
    """Later again; where it is not known whether it was done, the provider is looked at first."""
    if command.attempts >= MAX_ATTEMPTS:
        fail(s, command, reason)
        return
    command.state = "unknown" if unsure else "due"
    command.reason, command.lease_until = reason[:200], None
    wait = timedelta(seconds=2 ** (command.attempts - 1))
    command.due_at = clock.now() + min(wait, LONGEST_WAIT)


def fail(s: Session, command: CallCommand, reason: str) -> None:
    command.state, command.reason, command.lease_until = "failed", reason[:200], None
    _tell(s, command)


def _free(now: Any, leased: Any) -> Any:
    over = leases.come(CallCommand.lease_until, now, leased)
    lost = and_(CallCommand.state == "sending", over)
    return or_(CallCommand.state.in_(("due", "unknown")), lost)


def _tell(s: Session, command: CallCommand) -> None:
    call = s.get_one(Call, command.call_id)
    events.emit(
        s,
        f"call.command_{command.state}",
        events.SYSTEM,
        conversation=call.conversation_id,
        data={"call": call.id, "verb": command.verb, "attempts": command.attempts},
    )


# Asked several times a second, so it is put together once.
_EARLIER = aliased(CallCommand)
_FIRST_OF_ITS_CALL = ~exists().where(
    _EARLIER.call_id == CallCommand.call_id,
    _EARLIER.position < CallCommand.position,
    _EARLIER.state.in_(OPEN),
)
_WAITING = (
    select(CallCommand.position)
    .where(
        _free(bindparam("now"), bindparam("leased")),
        _FIRST_OF_ITS_CALL,
        leases.come(CallCommand.due_at, bindparam("now"), bindparam("furthest")),
    )
    .order_by(CallCommand.position)
    .limit(bindparam("most", type_=Integer))
)

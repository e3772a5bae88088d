"""Turns: what the bot still owes an answer to. Leased, counted, settled exactly once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased

from crm import clock, leases
from crm.db import Session, table, write
from crm.models import CallBack, Conversation, Message, Turn

LEASE = timedelta(seconds=30)


def owe(s: Session, conversation: Conversation, message: Message, *, begins: bool = True) -> Turn:
    """A message came while the bot owned the conversation: it owes a turn.

    The caller holds the conversation, so no other turn of it can begin or end meanwhile: where none
    is open and `begins`, the new one is begun in the same row (`state` is "running"). Else it is
    "due", for whoever claims it.
    """
    now = clock.now()
    waits = (
        not begins or s.connection().scalar(_OPEN, {"conversation": conversation.id}) is not None
    )
    turn = Turn(
        conversation_id=conversation.id,
        message_id=message.id,
        position=message.position,
        state="due" if waits else "running",
        attempt=0 if waits else 1,
        lease_until=None if waits else now + LEASE,
        created_at=now,
    )
    write(s, turn)
    return turn


def claim(s: Session, turn_id: str) -> Turn | None:
    """Take a turn for `LEASE`; None when it is settled, taken, or not its conversation's next."""
    result = s.execute(
        update(Turn)
        .where(Turn.id == turn_id, _free(*leases.span(LEASE)), _NEXT_IN_ITS_CONVERSATION)
        .values(state="running", attempt=Turn.attempt + 1, lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    return s.get(Turn, turn_id, populate_existing=True) if result.rowcount else None


def renew(s: Session, turn_id: str, attempt: int) -> bool:
    """Begin the lease anew as the work begins; False when the turn is no longer this attempt's."""
    result = s.execute(
        update(Turn)
        .where(Turn.id == turn_id, Turn.state == "running", Turn.attempt == attempt)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    return bool(result.rowcount)


def release(s: Session, turn_id: str, attempt: int) -> None:
    """An attempt failed: the turn is due again at once, without waiting for its lease."""
    s.execute(
        update(Turn)
        .where(Turn.id == turn_id, Turn.state == "running", Turn.attempt == attempt)
        .values(state="due", lease_until=None)
        .execution_options(synchronize_session=False)
    )


def settle(
    s: Session, turn_id: str, attempt: int, steps: list[Any], act: str | None
) -> Turn | None:
    """Close a turn with what this attempt decided; None when another attempt was quicker."""
    decided = {"turn": turn_id, "tried": attempt, "decided": steps, "named": act}
    return s.scalar(_SETTLE, decided | {"now": clock.now()})


def release_all(s: Session) -> None:
    """At the start of the only process: whoever held a lease is dead, so nothing need expire."""
    s.execute(update(Turn).where(Turn.state == "running").values(state="due", lease_until=None))


def waiting(s: Session, limit: int = 100) -> Sequence[str]:
    """Ids of turns that nobody works on and that are their conversation's next, oldest first."""
    free = select(Turn.id).where(_free(*leases.span(LEASE)), _NEXT_IN_ITS_CONVERSATION)
    return s.scalars(free.order_by(Turn.position).limit(limit)).all()


def next_of(s: Session, conversation_id: str) -> str | None:
    """The next turn of a conversation that is free to run."""
    now, furthest = leases.span(LEASE)
    free = {"conversation": conversation_id, "now": now, "furthest": furthest}
    return s.connection().scalar(_NEXT, free)


def is_first(s: Session, turn: Turn, promised: CallBack) -> bool:
    """Whether a turn is the first that came after a promise to ring."""
    since = (Turn.conversation_id == turn.conversation_id, Turn.created_at > promised.created_at)
    first = select(Turn.id).where(*since).order_by(Turn.position).limit(1)
    return s.scalar(first) == turn.id


def of_message(s: Session, message_id: str) -> Turn | None:
    return s.scalar(select(Turn).where(Turn.message_id == message_id))


def _free(now: Any, furthest: Any) -> Any:
    left = and_(Turn.state == "running", leases.come(Turn.lease_until, now, furthest))
    return or_(Turn.state == "due", left)


# Asked in every turn, so they are put together once.
_EARLIER = aliased(Turn)
_NEXT_IN_ITS_CONVERSATION = ~exists().where(
    _EARLIER.conversation_id == Turn.conversation_id,
    _EARLIER.position < Turn.position,
    _EARLIER.state != "settled",
)
_ROWS = table(Turn)
_OF_CONVERSATION = Turn.conversation_id == bindparam("conversation")
_OPEN = select(_ROWS.c.id).where(_OF_CONVERSATION, Turn.state != "settled").limit(1)
_NOW = bindparam("now", type_=Turn.lease_until.type)
_FREE = _free(_NOW, bindparam("furthest", type_=Turn.lease_until.type))
_NEXT = select(_ROWS.c.id).where(_OF_CONVERSATION, _FREE).order_by(Turn.position).limit(1)
_SETTLE = (
    update(Turn)
    .where(
        Turn.id == bindparam("turn"), Turn.state == "running", Turn.attempt == bindparam("tried")
    )
    .values(
        state="settled",
        steps=bindparam("decided", type_=Turn.steps.type),
        act=bindparam("named"),
        settled_at=_NOW,
        lease_until=None,
    )
    .returning(Turn)
    .execution_options(synchronize_session=False, populate_existing=True)
)

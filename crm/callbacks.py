"""Call-backs: a promise to ring, at a chosen time or when the kept place comes to the front.

Until a chosen time the promise owns the conversation; from then on it stands in its queue where it
always stood. Who is not reached is rung again, and after the last try a person keeps the matter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from crm import access, clock, conversations, db, events, queues, tickets
from crm.access import Member
from crm.db import Session, new_id
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.models import CallBack, Conversation
from crm.queries import Page, mark, marked

# After the first and the second try that reached nobody.
AGAIN = (timedelta(minutes=15), timedelta(hours=1))
FURTHEST = timedelta(days=30)
LIVE = ("waiting", "due")


def promise(
    s: Session,
    conversation: Conversation,
    *,
    actor: Actor,
    queue: str,
    at: datetime | None,
    number: str | None,
    preferred: str | None = None,
) -> CallBack:
    """Promise to ring at a moment, or, without one, when the conversation's turn has come.

    The counselor who has the conversation lets go of it by that. `preferred` is who rings, if they
    are at work then.
    """
    now = clock.now()
    if at is not None and not now < at <= now + FURTHEST:
        raise Invalid("The time lies within the next 30 days.", field="at")
    others = conversation.owner_kind == "counselor" and conversation.owner_id != actor.id
    if others or conversation.status == "closed":
        raise Conflict(
            "A counselor has this conversation already.",
            status=conversation.status,
            reason="with_counselor",
        )
    made = new_id()
    if not db.insert_new(
        s,
        CallBack,
        id=made,
        conversation_id=conversation.id,
        number=number,
        queue=conversation.queue or queue,
        state="waiting" if at else "due",
        due_at=at or now,
        attempts=0,
        created_at=now,
    ):
        raise Conflict("A call-back is promised already.", reason="promised")
    if preferred:
        queues.prefer(s, conversation, preferred)
    conversations.await_call(s, conversation, queue=queue, later=at is not None)
    callback = s.get_one(CallBack, made)
    _tell(
        s, "callback.promised", actor, callback, **({"preferred": preferred} if preferred else {})
    )
    return callback


def get(s: Session, callback_id: str) -> CallBack:
    found = s.get(CallBack, callback_id)
    if found is None:
        raise NotFound("There is no such call-back.")
    return found


def live(s: Session, conversation_id: str) -> CallBack | None:
    """The promise that a conversation still waits for."""
    return s.scalar(
        select(CallBack).where(
            CallBack.conversation_id == conversation_id, CallBack.state.in_(LIVE)
        )
    )


def listed(s: Session, member: Member, *, cursor: str | None, limit: int) -> Page:
    """Promises that wait or are due, as far as a member sees their talks, the soonest first."""
    query = (
        select(CallBack)
        .join(Conversation, Conversation.id == CallBack.conversation_id)
        .where(CallBack.state.in_(LIVE), access.conversations_seen_by(member))
    )
    if cursor is not None:
        at, last = marked(cursor)
        same = and_(CallBack.due_at == at, CallBack.id > last)
        query = query.where(or_(CallBack.due_at > at, same))
    rows = s.scalars(query.order_by(CallBack.due_at, CallBack.id).limit(limit + 1)).all()
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], mark(more.due_at, more.id) if more else None)


def due(s: Session) -> Sequence[str]:
    return s.scalars(
        select(CallBack.id)
        .where(CallBack.state == "waiting", CallBack.due_at <= clock.now())
        .order_by(CallBack.due_at)
    ).all()


def fall_due(s: Session, callback_id: str) -> None:
    """The time has come: the conversation stands in its queue, at its old place.

    Where somebody has taken it since, or it is over, the promise is off.
    """
    callback = get(s, callback_id)
    conversation = s.get_one(Conversation, callback.conversation_id, with_for_update=True)
    s.refresh(callback, with_for_update=True)
    if callback.state != "waiting" or callback.due_at > clock.now():
        return
    if conversation.owner_kind not in {"callback", "queue"}:
        _close(callback, "cancelled")
        _tell(s, "callback.cancelled", SYSTEM, callback)
        return
    callback.state = "due"
    conversations.await_call(s, conversation, queue=callback.queue, later=False)
    _tell(s, "callback.due", SYSTEM, callback)


def rung(
    s: Session,
    callback: CallBack,
    conversation: Conversation,
    *,
    actor: Actor,
    reached: bool,
) -> CallBack:
    """What became of a try: done, to be tried again, or, after the last, kept by this person."""
    if callback.state != "due" or conversation.owner_kind != "counselor":
        raise Conflict("This call-back is not being rung.", state=callback.state)
    callback.attempts += 1
    if reached:
        _close(callback, "done")
        _tell(s, "callback.reached", actor, callback)
        return callback
    if callback.attempts > len(AGAIN):
        _close(callback, "given_up")
        if conversation.ticket_id is None:
            tickets.open_ticket(
                s,
                actor=actor,
                contact_id=conversation.contact_id,
                subject="Call-back: nobody was reached",
                category="callback",
                queue=callback.queue,
                priority="high",
                conversation=conversation,
            )
        ticket = tickets.get(s, conversation.ticket_id or "")
        tickets.change(s, ticket, actor, {"assignee_id": conversation.owner_id})
        _tell(s, "callback.given_up", actor, callback)
        return callback
    callback.state = "waiting"
    callback.due_at = clock.now() + AGAIN[callback.attempts - 1]
    conversations.await_call(s, conversation, queue=callback.queue, later=True)
    _tell(s, "callback.missed", actor, callback)
    return callback


def move(
    s: Session,
    callback: CallBack,
    conversation: Conversation,
    *,
    actor: Actor,
    at: datetime | None,
    number: str | None,
) -> CallBack:
    """Another time for the same promise, or none: then when its turn comes. The tries so far
    count no more."""
    callback.state, callback.due_at = "waiting" if at else "due", at or clock.now()
    callback.number, callback.attempts = number or callback.number, 0
    conversations.await_call(s, conversation, queue=callback.queue, later=at is not None)
    _tell(s, "callback.moved", actor, callback)
    return callback


def cancel(s: Session, callback: CallBack, conversation: Conversation, *, actor: Actor) -> None:
    """The promise is off; the conversation waits in its queue, where it stood."""
    if callback.state not in LIVE:
        raise Conflict("This call-back is over.", state=callback.state)
    _close(callback, "cancelled")
    if conversation.owner_kind == "callback":
        conversations.await_call(s, conversation, queue=callback.queue, later=False)
    _tell(s, "callback.cancelled", actor, callback)


def finish(s: Session, conversation_id: str) -> None:
    """The talk was wrapped up: nothing is left to ring about."""
    callback = live(s, conversation_id)
    if callback:
        _close(callback, "done")


def _close(callback: CallBack, state: str) -> None:
    callback.state, callback.closed_at = state, clock.now()


def _tell(s: Session, kind: str, actor: Actor, callback: CallBack, **more: str) -> None:
    codes = {
        "callback": callback.id,
        "queue": callback.queue,
        "due_at": callback.due_at.isoformat(),
        "attempts": callback.attempts,
        **more,
    }
    events.emit(s, kind, actor, conversation=callback.conversation_id, data=codes)

"""Conversations: who owns them, and every way that ownership passes from one to the next.

bot → queue → counselor → wrap-up → closed; exactly one owner at a time, and a claim that came
second is told so.
"""

import hashlib
import secrets
from typing import Any

from sqlalchemy import CursorResult, delete, update

from crm import clock, events, reservations, tickets
from crm.db import Session
from crm.errors import Conflict, NotFound
from crm.events import Actor
from crm.models import Attendance, Contact, Conversation, Place

WRAP_CODES = ("answered", "ticket", "callback", "redirected", "no_reply", "abuse", "other")


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def start(
    s: Session,
    contact: Contact,
    *,
    channel: str,
    language: str,
    topic: str | None = None,
    account: str = "web",
    address: str | None = None,
) -> tuple[Conversation, str]:
    """Open a conversation with the bot; returns it with the one token that may speak in it."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    conversation = Conversation(
        channel=channel,
        account=account,
        address=address,
        contact_id=contact.id,
        language=language,
        topic=topic,
        token_digest=token_digest(token),
        bot_state={},
        created_at=now,
        last_message_at=now,
    )
    s.add(conversation)
    s.flush()
    events.emit(
        s,
        "conversation.started",
        Actor("contact", contact.id),
        conversation=conversation.id,
        data={"channel": channel, "language": language},
    )
    return conversation, token


def get(s: Session, conversation_id: str) -> Conversation:
    conversation = s.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def hand_off(
    s: Session,
    conversation: Conversation,
    *,
    actor: Actor,
    queue: str,
    packet: dict[str, Any],
    urgent: bool,
    deadline: str | None,
) -> None:
    """The bot gives the conversation to a queue, with all that a counselor needs to know."""
    if conversation.owner_kind != "bot":
        raise Conflict("The bot does not own this conversation.")
    conversation.owner_kind, conversation.status = "queue", "waiting"
    conversation.queue, conversation.urgent, conversation.deadline = queue, urgent, deadline
    conversation.waiting_since = clock.now()
    conversation.handoff = packet
    events.emit(
        s,
        "conversation.handed_off",
        actor,
        conversation=conversation.id,
        data={"queue": queue, "urgent": urgent, "reason": packet["reason"]},
    )


def accept(s: Session, conversation_id: str, counselor_id: str) -> Conversation:
    """A counselor takes a waiting conversation. The same counselor again is the same answer."""
    result = s.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            Conversation.owner_kind == "queue",
            Conversation.status == "waiting",
        )
        .values(
            owner_kind="counselor",
            owner_id=counselor_id,
            status="active",
            accepted_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )
    conversation = s.get(Conversation, conversation_id, populate_existing=True)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    if not result.rowcount:
        if conversation.owner_id == counselor_id and conversation.status == "active":
            return conversation
        raise Conflict("Someone else has taken this conversation.", status=conversation.status)
    reservations.hold(s, conversation, counselor_id, own=True)
    waited = (clock.now() - (conversation.waiting_since or clock.now())).total_seconds()
    events.emit(
        s,
        "conversation.accepted",
        Actor("counselor", counselor_id),
        conversation=conversation.id,
        data={"queue": conversation.queue, "waited": round(waited, 1)},
    )
    return conversation


def transfer_to_queue(s: Session, conversation: Conversation, *, actor: Actor, queue: str) -> None:
    """Back to a queue, keeping the moment since when the contact has been waiting."""
    _must_be_with_people(conversation)
    _let_go(s, conversation)
    conversation.owner_kind, conversation.owner_id = "queue", None
    conversation.status, conversation.queue = "waiting", queue
    _tell_transfer(s, conversation, actor, {"queue": queue})


def transfer_to_counselor(
    s: Session, conversation: Conversation, *, actor: Actor, counselor_id: str
) -> None:
    _must_be_with_people(conversation)
    reservations.hold(s, conversation, counselor_id, own=actor.id == counselor_id)
    conversation.owner_kind, conversation.owner_id = "counselor", counselor_id
    conversation.status = "active"
    conversation.accepted_at = conversation.accepted_at or clock.now()
    _tell_transfer(s, conversation, actor, {"counselor": counselor_id})


def give_back(s: Session, conversation: Conversation, *, actor: Actor, reason: str) -> None:
    """Back to its queue and its old place, because its counselor is not there any more."""
    if conversation.owner_kind != "counselor" or conversation.status not in {"active", "wrap_up"}:
        raise Conflict("No counselor holds this conversation.", status=conversation.status)
    counselor = conversation.owner_id
    _let_go(s, conversation)
    conversation.owner_kind, conversation.owner_id = "queue", None
    conversation.status = "waiting"
    events.emit(
        s,
        "conversation.returned",
        actor,
        conversation=conversation.id,
        data={"queue": conversation.queue, "counselor": counselor, "reason": reason},
    )


def await_call(s: Session, conversation: Conversation, *, queue: str, later: bool) -> None:
    """Wait for a call-back: owned by the promise until its time, then by the queue.

    The event is the call-back's own; the moment since when the contact waits never changes.
    """
    _let_go(s, conversation)
    conversation.owner_kind = "callback" if later else "queue"
    conversation.owner_id, conversation.status = None, "waiting"
    conversation.queue = conversation.queue or queue
    conversation.waiting_since = conversation.waiting_since or clock.now()


def wrap(
    s: Session, conversation: Conversation, *, actor: Actor, code: str, note: str | None
) -> None:
    """Close with a code; the contact is asked the one question by routing."""
    if conversation.status not in {"active", "wrap_up"}:
        raise Conflict("This conversation is not yours to wrap up.", status=conversation.status)
    counselor = conversation.owner_id
    _let_go(s, conversation)
    conversation.owner_kind, conversation.owner_id = "bot", None
    conversation.status, conversation.closed_at = "closed", clock.now()
    conversation.wrap_code, conversation.wrap_note = code, note
    conversation.bot_state = {}
    if conversation.ticket_id and code == "answered":
        ticket = tickets.get(s, conversation.ticket_id)
        tickets.change(s, ticket, actor, {"status": "solved"})
    events.emit(
        s,
        "conversation.wrapped",
        actor,
        conversation=conversation.id,
        ticket=conversation.ticket_id,
        data={"code": code, "counselor": counselor, "queue": conversation.queue},
    )


def reopen(s: Session, conversation: Conversation, *, actor: Actor) -> None:
    """The contact writes again after closing: the bot listens afresh, the history stays."""
    conversation.status, conversation.owner_kind, conversation.owner_id = "open", "bot", None
    conversation.closed_at = conversation.handoff = conversation.waiting_since = None
    conversation.urgent, conversation.deadline, conversation.queue = False, None, None
    conversation.ticket_id = conversation.accepted_at = None
    conversation.bot_state = {}
    s.execute(delete(Place).where(Place.conversation_id == conversation.id))
    events.emit(s, "conversation.reopened", actor, conversation=conversation.id)


def _let_go(s: Session, conversation: Conversation) -> None:
    """Nobody holds it and nobody is asked to; whoever looked on has nothing more to see."""
    reservations.rescind(s, conversation.id, "moved")
    reservations.release(s, conversation.id)
    s.execute(delete(Attendance).where(Attendance.conversation_id == conversation.id))


def _must_be_with_people(conversation: Conversation) -> None:
    if conversation.status not in {"waiting", "active"} or conversation.owner_kind == "bot":
        raise Conflict("This conversation cannot be moved.", status=conversation.status)


def _tell_transfer(
    s: Session, conversation: Conversation, actor: Actor, target: dict[str, Any]
) -> None:
    events.emit(s, "conversation.transferred", actor, conversation=conversation.id, data=target)

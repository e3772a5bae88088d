"""Conversations: who owns them, and every way that ownership passes from one to the next.

bot → queue → counselor → wrap-up → closed; exactly one owner at a time, and a claim that came
second is told so.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, bindparam, delete, or_, select, update

from crm import clock, events, messages, reservations, tickets
from crm.db import Session
from crm.errors import Conflict, NotFound
from crm.events import Actor
from crm.models import Attendance, Contact, Conversation, Message, Place

# Asked twice in every turn, so it is put together once.
_HOLD = (
    select(Conversation)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
SEEN_EACH = timedelta(seconds=45)
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
    own_address: str | None = None,
) -> tuple[Conversation, str]:
    """Open a conversation with the bot; returns it with the one token that may speak in it."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    conversation = Conversation(
        channel=channel,
        account=account,
        address=address,
        own_address=own_address,
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


def place(
    s: Session,
    contact: Contact,
    *,
    counselor_id: str,
    queue: str,
    account: str,
    address: str,
    packet: dict[str, Any],
) -> Conversation:
    """A talk on the phone that a counselor begins: theirs from the start, and never the bot's.

    Nobody waited for it, so that it counts among no answered calls; the event is the call's own.
    """
    language = contact.language
    conversation, _ = start(
        s, contact, channel="phone", language=language, account=account, address=address
    )
    conversation.owner_kind, conversation.owner_id = "counselor", counselor_id
    conversation.status, conversation.queue = "active", queue
    conversation.accepted_at, conversation.handoff = clock.now(), packet
    s.flush()
    reservations.hold(s, conversation, counselor_id, own=True)
    return conversation


def for_a_call(
    s: Session, contact: Contact, *, queue: str, address: str, ticket_id: str | None
) -> Conversation:
    """A talk on the phone that is still to be: whoever rings finds the matter in it. The event
    beside its start is that of the promise to ring."""
    conversation, _ = start(
        s, contact, channel="phone", language=contact.language, account="desk", address=address
    )
    conversation.queue, conversation.ticket_id = queue, ticket_id
    s.flush()
    return conversation


def with_people(
    s: Session, contact_ids: Sequence[str], *, counselor_id: str, ticket_id: str | None
) -> Conversation | None:
    """The newest talk of a person that waits in a queue or is with this counselor, locked; of one
    ticket, if it is named."""
    query = select(Conversation).where(
        Conversation.contact_id.in_(contact_ids),
        or_(Conversation.owner_kind == "queue", Conversation.owner_id == counselor_id),
        Conversation.status.in_(("waiting", "active", "wrap_up")),
    )
    if ticket_id:
        query = query.where(Conversation.ticket_id == ticket_id)
    return s.scalar(query.order_by(Conversation.last_message_at.desc()).limit(1).with_for_update())


def get(s: Session, conversation_id: str) -> Conversation:
    conversation = s.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def answered_by_bot(conversation: Conversation) -> bool:
    """Whether the bot speaks: while nobody else has the talk, or only a promise to ring has it."""
    return conversation.owner_kind in {"bot", "callback"}


def hold(s: Session, conversation_id: str) -> Conversation | None:
    """The conversation, which nobody else changes until this transaction ends."""
    return s.scalar(_HOLD, {"conversation": conversation_id})


def seen(s: Session, conversation_id: str) -> None:
    """The contact's page is open. Told often, written at most once in `SEEN_EACH`; no event."""
    now = clock.now()
    s.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            or_(Conversation.seen_at.is_(None), Conversation.seen_at < now - SEEN_EACH),
        )
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


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
    """The bot gives the conversation to a queue, with all that a counselor needs to know. Whoever
    was promised a call-back keeps their place."""
    if not answered_by_bot(conversation):
        raise Conflict("The bot does not own this conversation.")
    keeps = conversation.owner_kind == "callback" and conversation.waiting_since
    conversation.owner_kind, conversation.status = "queue", "waiting"
    conversation.queue, conversation.urgent, conversation.deadline = queue, urgent, deadline
    conversation.waiting_since = keeps or clock.now()
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
    waited = clock.seconds_since(conversation.waiting_since)
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


def change_line(s: Session, conversation: Conversation, *, actor: Actor, queue: str) -> None:
    """Who waits goes on waiting in another line, since the same moment; a call that is promised
    stays promised."""
    if conversation.status != "waiting":
        raise Conflict("Nobody waits here.", status=conversation.status)
    reservations.rescind(s, conversation.id, "moved")
    conversation.queue = queue
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


def give_to_bot(s: Session, conversation: Conversation, *, actor: Actor) -> None:
    """A counselor hands the talk to the machine: no person speaks in it any more."""
    if conversation.owner_kind != "counselor" or conversation.status != "active":
        raise Conflict("No counselor has this conversation.", status=conversation.status)
    _let_go(s, conversation)
    conversation.owner_kind, conversation.owner_id, conversation.status = "bot", None, "open"
    conversation.bot_state, conversation.waiting_since = {}, None
    _tell_transfer(s, conversation, actor, {"bot": True})


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


def brief(s: Session, conversation: Conversation, packet: dict[str, Any]) -> None:
    """What the next counselor is to know, while the bot still has the talk. The event is that of
    whatever takes it from the bot."""
    del s
    conversation.handoff = packet


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


def end(s: Session, conversation: Conversation, *, actor: Actor) -> None:
    """The talk with people is over: an accepted one waits for its wrap-up, a waiting one closes.

    Raises Conflict where no counselor is waited for or talked to.
    """
    if conversation.status not in {"waiting", "active"} or conversation.owner_kind == "bot":
        raise Conflict("There is no talk to end.", status=conversation.status)
    codes = {"was": conversation.status, "queue": conversation.queue}
    codes |= {"counselor": conversation.owner_id}
    if conversation.status == "active":
        conversation.status = "wrap_up"
    else:
        _let_go(s, conversation)
        conversation.owner_kind, conversation.owner_id = "bot", None
        conversation.status, conversation.closed_at = "closed", clock.now()
        conversation.bot_state = {}
    events.emit(
        s,
        "conversation.ended",
        actor,
        conversation=conversation.id,
        ticket=conversation.ticket_id,
        data=codes,
    )


def resume(s: Session, conversation: Conversation, *, actor: Actor) -> None:
    """The contact writes before the wrap-up: the same counselor is still there."""
    conversation.status = "active"
    events.emit(s, "conversation.resumed", actor, conversation=conversation.id)


def see(s: Session, conversation: Conversation, message_id: str) -> None:
    """The contact has had a message of the desk on their screen; only ever forwards."""
    said = _position(s, conversation, message_id)
    if said is None:
        raise NotFound("There is no such message.")
    before = conversation.seen_message_id
    if before and said <= (_position(s, conversation, before) or 0):
        return
    conversation.seen_message_id = message_id
    events.emit(
        s,
        "conversation.seen",
        Actor("contact", conversation.contact_id),
        conversation=conversation.id,
        data={"seen": message_id},
    )


def remember(conversation: Conversation, state: dict[str, Any]) -> None:
    """Give the bot something to go on with, in the transaction that gives it the talk."""
    conversation.bot_state = state


def clarification_offered(s: Session, conversation: Conversation, *, actor: Actor) -> None:
    """A counselor left a question about an open tender to be asked where all can read it."""
    events.emit(s, "guard.offered", actor, conversation=conversation.id)


def guard_overridden(s: Session, conversation: Conversation, *, actor: Actor, reason: str) -> None:
    """A supervisor let words pass that the guard of equal information had held back.

    The reason itself stands in an internal note; the journal proves it by its digest.
    """
    note = messages.Draft(actor, reason, conversation.language, audience="internal")
    messages.say(s, conversation, note)
    events.emit(
        s,
        "guard.overridden",
        actor,
        conversation=conversation.id,
        data={"code": "equal_information"},
        content=reason,
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


def _position(s: Session, conversation: Conversation, message_id: str) -> int | None:
    return s.scalar(
        select(Message.position).where(
            Message.id == message_id,
            Message.conversation_id == conversation.id,
            Message.audience == "public",
        )
    )


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


def talk_over(s: Session, conversation: Conversation, *, reason: str) -> None:
    """The line is gone. A counselor's talk goes to wrap-up; any other ends here."""
    if conversation.status in {"closed", "wrap_up"}:
        return
    if conversation.owner_kind == "counselor":
        conversation.status = "wrap_up"
        kind = "conversation.wrap_up_began"
    else:
        conversation.owner_kind, conversation.owner_id = "bot", None
        conversation.status, conversation.closed_at = "closed", clock.now()
        conversation.bot_state = {}
        kind = "conversation.ended"
    codes = {"reason": reason, "queue": conversation.queue}
    events.emit(s, kind, events.SYSTEM, conversation=conversation.id, data=codes)

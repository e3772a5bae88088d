"""What people of the desk do with a conversation, and what its contact is told of it."""

from typing import Any

from sqlalchemy import select

from crm import access, conversations, counselors, messages, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Counselor, Message
from crm.settings import QUEUES
from routing import equal_information, words
from routing.calls import with_people

DEFAULT_QUEUE = "technical"


def readable(
    s: Session, member: Member, conversation_id: str, *, lock: bool = True
) -> Conversation:
    """The conversation, or NotFound where the member may not even know of it.

    `lock` keeps it as it is until the transaction ends; who only looks needs none.
    """
    conversation = s.get(Conversation, conversation_id, with_for_update=lock)
    if conversation is None or not access.may_read(member, conversation):
        raise NotFound("There is no such conversation.")
    return conversation


def accept(s: Session, member: Member, conversation_id: str) -> Conversation:
    before = readable(s, member, conversation_id)
    if not access.may_accept(member, before):
        raise Forbidden("You do not serve this queue.")
    again = before.owner_id == member.id
    conversation = conversations.accept(s, conversation_id, member.id)
    if conversation.channel == "phone":
        with_people.accepted(s, conversation, member.id)
    if not again:
        _tell(s, conversation, "joined", name=member.name)
    return conversation


def say(
    s: Session,
    member: Member,
    conversation_id: str,
    *,
    client_id: str,
    text: str,
    audience: str,
    files: tuple[str, ...] = (),
    override: str | None = None,
) -> Message:
    """Speak to the contact, or leave an internal note. The same `client_id` is said once.

    `override` is a supervisor's reason to say what the guard of equal information would hold back.
    """
    conversation = readable(s, member, conversation_id)
    author = Actor("counselor", member.id)
    said = messages.already_said(s, conversation, client_id, author, text)
    if said:  # also when the talk has ended or moved on since
        return said
    allowed = access.may_speak if audience == "public" else access.may_note
    if not allowed(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can answer in it.")
    if audience == "public" and conversation.status != "active":
        raise Conflict("The talk is over.", status=conversation.status)
    if audience == "public" and equal_information.check(s, member, conversation, text, override):
        conversations.guard_overridden(s, conversation, actor=author, reason=override or "")
    if audience == "public" and conversation.ticket_id:
        tickets.answered(s, conversation.ticket_id)
    draft = Draft(
        author, text, conversation.language, audience=audience, client_id=client_id, files=files
    )
    return messages.say(s, conversation, draft)


def draft_text(s: Session, message_id: str) -> str:
    """The words of a draft as the bot wrote them; empty where there is none."""
    query = select(Message.text).where(Message.id == message_id, Message.draft.is_not(None))
    return s.scalar(query) or ""


def settle_draft(
    s: Session, member: Member, conversation_id: str, message_id: str, *, text: str | None
) -> Message:
    """Send the bot's draft as one's own words, as it is or as `text`; None discards it.

    Settling it the same way again is the same answer.
    """
    conversation = readable(s, member, conversation_id)
    if not access.may_speak(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can answer in it.")
    draft = s.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if draft is None or draft.conversation_id != conversation_id or draft.draft is None:
        raise NotFound("There is no such draft.")
    wanted = "discarded" if text is None else "accepted"
    if draft.draft != "offered":
        if draft.draft != wanted:
            raise Conflict("This draft was settled otherwise.", draft=draft.draft)
        return messages.settled_as(s, draft)
    if text is not None and conversation.status != "active":
        raise Conflict("The talk is over.", status=conversation.status)
    said = messages.settle_draft(s, conversation, draft, Actor("counselor", member.id), text)
    if text is not None and conversation.ticket_id:
        tickets.answered(s, conversation.ticket_id)
    return said


def transfer(
    s: Session,
    member: Member,
    conversation_id: str,
    *,
    queue: str | None,
    counselor: str | None,
    note: str | None,
) -> Conversation:
    """Give the conversation to a queue or to one counselor, with a note for them."""
    conversation = readable(s, member, conversation_id)
    if not access.may_move(member, conversation):
        raise Forbidden("Only its counselor or a supervisor can move this conversation.")
    actor = Actor("counselor", member.id)
    if note:
        draft = Draft(actor, note, conversation.language, audience="internal")
        messages.say(s, conversation, draft)
    if queue:
        if queue not in QUEUES:
            raise Invalid(f"queue is one of {', '.join(QUEUES)}.", field="queue")
        conversations.transfer_to_queue(s, conversation, actor=actor, queue=queue)
        if conversation.ticket_id:  # the matter goes where the talk goes
            ticket = tickets.get(s, conversation.ticket_id)
            tickets.change(s, ticket, actor, {"queue": queue})
    else:
        target = _helper(s, counselor or "")
        conversations.transfer_to_counselor(s, conversation, actor=actor, counselor_id=target.id)
    if conversation.channel == "phone":
        with_people.transferred(s, conversation)
    _tell(s, conversation, "moved")
    return conversation


def end(s: Session, member: Member, conversation_id: str) -> Conversation:
    """End the talk; its wrap-up is still to come, and the contact is asked the one question."""
    conversation = readable(s, member, conversation_id)
    if not access.may_end(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can end it.")
    conversations.end(s, conversation, actor=Actor("counselor", member.id))
    _tell(s, conversation, "survey")
    return conversation


def end_by_contact(s: Session, conversation: Conversation) -> None:
    """The contact ends the talk, or leaves the queue; a ticket that was opened stays open."""
    waited, talked = conversation.status == "waiting", conversation.status == "active"
    conversations.end(s, conversation, actor=Actor("contact", conversation.contact_id))
    if waited:
        number = tickets.get(s, conversation.ticket_id).number if conversation.ticket_id else ""
        _tell(s, conversation, "left_with_ticket" if number else "left", number=number)
    elif talked:
        _tell(s, conversation, "contact_ended")


def change_person(s: Session, actor: Actor, counselor_id: str, **changes: Any) -> Counselor:
    """Change a person of the desk; who can answer no more gives back what they hold."""
    person = counselors.change(s, actor, counselor_id, **changes)
    if person.disabled_at or person.role not in access.HELPERS:
        release(s, actor, person.id)
    return person


def release(s: Session, actor: Actor, counselor_id: str) -> int:
    """Give back all that a person holds who can hold it no more; returns how many talks go on."""
    held = s.scalars(
        select(Conversation)
        .where(Conversation.owner_id == counselor_id)
        .order_by(Conversation.id)
        .with_for_update()
    ).all()
    talks = [conversation for conversation in held if conversation.status == "active"]
    for conversation in held:
        if conversation.status == "active":
            queue = conversation.queue or DEFAULT_QUEUE
            conversations.transfer_to_queue(s, conversation, actor=actor, queue=queue)
            _tell(s, conversation, "moved")
        else:
            conversations.wrap(s, conversation, actor=actor, code="other", note=None)
    return len(talks)


def wrap(
    s: Session, member: Member, conversation_id: str, *, code: str, note: str | None
) -> Conversation:
    """Close the talk with a code, and ask the contact the one question."""
    conversation = readable(s, member, conversation_id)
    if not access.may_wrap(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can wrap it up.")
    if code not in conversations.WRAP_CODES:
        raise Invalid(f"code is one of {', '.join(conversations.WRAP_CODES)}.", field="code")
    if conversation.status == "active":  # one that has ended has been told already
        _tell(s, conversation, "survey")
    conversations.wrap(s, conversation, actor=Actor("counselor", member.id), code=code, note=note)
    if conversation.channel == "phone":
        with_people.wrapped(s, conversation)
    return conversation


def _helper(s: Session, counselor_id: str) -> Counselor:
    counselor = s.scalar(
        select(Counselor).where(
            Counselor.id == counselor_id,
            Counselor.role.in_(access.HELPERS),
            Counselor.disabled_at.is_(None),
        )
    )
    if counselor is None:
        raise Invalid("There is no such counselor.", field="counselor")
    return counselor


def _tell(s: Session, conversation: Conversation, key: str, **values: str) -> None:
    language = conversation.language
    messages.say(s, conversation, Draft(SYSTEM, words.say(language, key, **values), language))

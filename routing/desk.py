"""What people of the desk do with a conversation, and what its contact is told of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from crm import (
    access,
    callbacks,
    clock,
    conversations,
    counselors,
    messages,
    notifications,
    presence,
    queues,
    reservations,
    tickets,
)
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Counselor, Message, Reservation, Tender
from crm.settings import QUEUES
from routing import equal_information, matters, words
from routing.calls import with_people

DEFAULT_QUEUE = "technical"

REFUSALS = ("busy", "skill", "language", "conflict_of_interest", "other")


def readable(
    s: Session, member: Member, conversation_id: str, *, lock: bool = True
) -> Conversation:
    """The conversation, or NotFound where the member may not even know of it.

    `lock` keeps it as it is until the transaction ends; who only looks needs none.
    """
    return access.must_read(member, s.get(Conversation, conversation_id, with_for_update=lock))


def accept(s: Session, member: Member, conversation_id: str) -> Conversation:
    """Take what waits, or what a colleague asks the member to take over."""
    before = readable(s, member, conversation_id)
    asked = reservations.offered(s, conversation_id)
    if asked and asked.asked_by and asked.counselor_id == member.id:
        return accept_offer(s, member, asked.id)
    if not access.may_accept(member, before):
        raise Forbidden("You do not serve this queue.")
    again = before.owner_id == member.id
    if before.status == "waiting":
        _may_pick(s, member, before)
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
    mentions: Sequence[str] = (),
) -> Message:
    """Speak to the contact, or leave an internal note. The same `client_id` is said once.

    `mentions` are the ids of the colleagues whom a note calls upon: they are told of it. `override`
    is a supervisor's reason to say what the guard of equal information would hold back.
    """
    conversation = readable(s, member, conversation_id)
    author = Actor("counselor", member.id)
    said = messages.already_said(s, conversation, client_id, author, text)
    if said and said.audience != audience:
        raise Conflict("This client_id was used for another message.", client_id=client_id)
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
    written = messages.say(s, conversation, draft)
    notifications.of_talk(s, conversation.id, author, people=mentions, about=written.id)
    if audience == "public" and conversation.channel == "phone":
        _speak(s, conversation, written, files)
    return written


def _speak(
    s: Session, conversation: Conversation, written: Message, files: tuple[str, ...]
) -> None:
    """A caller hears what is written; what is only to be seen goes another way."""
    if files:
        raise Conflict("A file cannot be heard on the phone.")
    with_people.speak(s, conversation, written)


def guarded(s: Session, member: Member, conversation_id: str, text: str) -> Tender | None:
    """The open tender for whose sake a text would be held back; None where it may be said."""
    conversation = readable(s, member, conversation_id, lock=False)
    if not access.may_speak(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can answer in it.")
    return equal_information.held_back(s, conversation, text)


def offer_clarification(s: Session, member: Member, conversation_id: str) -> Conversation:
    """Leave a question about an open tender to the assistant, who posts it for all to read."""
    conversation = readable(s, member, conversation_id)
    if not access.may_speak(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can answer in it.")
    equal_information.offer_official(s, member, conversation)
    if conversation.ticket_id:
        tickets.answered(s, conversation.ticket_id)
    return conversation


def draft_text(s: Session, message_id: str) -> str:
    """The words of a draft as the bot wrote them; empty where there is none."""
    query = select(Message.text).where(Message.id == message_id, Message.draft.is_not(None))
    return s.scalar(query) or ""


def settle_draft(
    s: Session,
    member: Member,
    conversation_id: str,
    message_id: str,
    *,
    text: str | None,
    override: str | None = None,
) -> Message:
    """Send the bot's draft as one's own words, as it is or as `text`; None discards it.

    Settling it the same way again is the same answer. The guard of equal information holds here
    as it does for what a counselor writes.
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
    author = Actor("counselor", member.id)
    if text is not None and equal_information.check(s, member, conversation, text, override):
        conversations.guard_overridden(s, conversation, actor=author, reason=override or "")
    said = messages.settle_draft(s, conversation, draft, author, text)
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
    warm: bool = False,
    holder: str | None = None,
) -> Conversation:
    """Give the conversation to a queue or to one counselor, with a note for them.

    `warm` asks the counselor first: whoever holds the talk goes on until the other accepts.
    Raises Conflict where it is not with the `holder` any more whom the member saw.
    """
    matter = s.scalar(select(Conversation.ticket_id).where(Conversation.id == conversation_id))
    if queue and matter:
        matters.waiting(s, matter, conversation_id)
    conversation = readable(s, member, conversation_id)
    if not access.may_move(member, conversation):
        raise Forbidden("Only its counselor or a supervisor can move this conversation.")
    _must_be_with(conversation, holder)
    actor, waited = Actor("counselor", member.id), conversation.status == "waiting"
    if note:
        draft = Draft(actor, note, conversation.language, audience="internal")
        messages.say(s, conversation, draft)
    if queue:
        if queue not in QUEUES:
            raise Invalid(f"queue is one of {', '.join(QUEUES)}.", field="queue")
        conversations.transfer_to_queue(s, conversation, actor=actor, queue=queue)
        if conversation.ticket_id:  # the matter goes where the talk goes
            ticket = tickets.locked(s, conversation.ticket_id)
            matters.change(s, member, ticket, {"queue": queue})
    elif warm:
        target = _helper(s, counselor or "")
        if not presence.is_here(s, target.id):  # nobody would see that they are asked
            raise Conflict("This counselor is away.", field="counselor")
        seconds = queues.plan(s, conversation.queue or "").offer_seconds
        reservations.offer_warm(
            s, conversation, actor=actor, counselor_id=target.id, seconds=2 * seconds
        )
        return conversation
    else:
        target = _helper(s, counselor or "")
        if target.id != member.id and presence.is_away(s, target.id):
            raise Conflict("This counselor is away.", field="counselor")
        conversations.transfer_to_counselor(s, conversation, actor=actor, counselor_id=target.id)
    _on_the_line(s, conversation, waited=waited)
    _tell(s, conversation, "moved")
    return conversation


def may_follow(member: Member, conversation: Conversation) -> bool:
    """Whether a talk can be taken along to another line: one that is or waits with people."""
    with_people = conversation.owner_kind in {"queue", "counselor"}
    going_on = conversation.status in {"waiting", "active"}
    return with_people and going_on and access.may_move(member, conversation)


def follow(s: Session, member: Member, conversation: Conversation, queue: str) -> None:
    """The talk goes to the line where its matter has gone; its place is kept, its contact told."""
    waited = conversation.status == "waiting"
    actor = Actor("counselor", member.id)
    conversations.transfer_to_queue(s, conversation, actor=actor, queue=queue)
    _on_the_line(s, conversation, waited=waited)
    _tell(s, conversation, "moved")


def end(s: Session, member: Member, conversation_id: str) -> Conversation:
    """End the talk; its wrap-up is still to come, and the contact is asked the one question."""
    conversation = readable(s, member, conversation_id)
    if not access.may_end(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can end it.")
    conversations.end(s, conversation, actor=Actor("counselor", member.id))
    if conversation.channel == "phone":
        with_people.ended(s, conversation)
    _tell_end(s, conversation, "survey")
    return conversation


def end_by_contact(s: Session, conversation: Conversation) -> None:
    """The contact ends the talk, or leaves the queue; a ticket that was opened stays open."""
    waited, talked = conversation.status == "waiting", conversation.status == "active"
    actor = Actor("contact", conversation.contact_id)
    promised = callbacks.live(s, conversation.id) if waited else None
    if promised:  # who goes is not rung any more
        callbacks.cancel(s, promised, conversation, actor=actor)
    conversations.end(s, conversation, actor=actor)
    if waited:
        number = tickets.get(s, conversation.ticket_id).number if conversation.ticket_id else ""
        _tell(s, conversation, "left_with_ticket" if number else "left", number=number)
    elif talked:
        _tell_end(s, conversation, "contact_ended")


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
    return sum(give_up(s, actor, conversation) for conversation in held)


def give_up(s: Session, actor: Actor, conversation: Conversation) -> bool:
    """Take a talk from whoever holds it and can hold it no more; True when it goes on."""
    if conversation.status == "active":
        queue = conversation.queue or DEFAULT_QUEUE
        conversations.transfer_to_queue(s, conversation, actor=actor, queue=queue)
        _on_the_line(s, conversation, waited=False)
        _tell(s, conversation, "moved")
        return True
    conversations.wrap(s, conversation, actor=actor, code="other", note=None)
    callbacks.finish(s, conversation.id)
    with_people.ended(s, conversation)
    return False


def wrap(
    s: Session, member: Member, conversation_id: str, *, code: str, note: str | None
) -> Conversation:
    """Close the talk with a code, and ask the contact the one question."""
    conversation = readable(s, member, conversation_id)
    if not access.may_wrap(member, conversation):
        raise Forbidden("Only the counselor who accepted this conversation can wrap it up.")
    if conversation.status == "active":  # one that has ended has been told already
        _tell_end(s, conversation, "survey")
    plan = queues.plan(s, conversation.queue or "")
    conversations.wrap(s, conversation, actor=Actor("counselor", member.id), code=code, note=note)
    callbacks.finish(s, conversation.id)
    presence.finished(s, member.id, plan.wrap_seconds)
    if conversation.channel == "phone":
        with_people.ended(s, conversation)
    return conversation


def accept_offer(s: Session, member: Member, reservation_id: str) -> Conversation:
    """Accept what was offered. Accepted again is the same answer; too late is a Conflict."""
    offer = _own(s, member, reservation_id)
    conversation = s.get_one(Conversation, offer.conversation_id, with_for_update=True)
    s.refresh(offer)
    if offer.state == "accepted" and conversation.owner_id == member.id:
        return conversation
    if offer.state != "offered" or offer.expires_at <= clock.now():
        raise Conflict("This offer is over.", state=offer.state)
    if offer.asked_by is None:
        conversations.accept(s, conversation.id, member.id)
        _on_the_line(s, conversation, waited=True)
        _tell(s, conversation, "joined", name=member.name)
        return conversation
    if conversation.owner_id != offer.asked_by:
        raise Conflict("The talk has moved on since you were asked.")
    conversations.transfer_to_counselor(
        s, conversation, actor=Actor("counselor", member.id), counselor_id=member.id
    )
    _on_the_line(s, conversation, waited=False)
    _tell(s, conversation, "joined", name=member.name)
    return conversation


def refuse_offer(s: Session, member: Member, reservation_id: str, reason: str) -> Reservation:
    """Refuse what was offered: it goes to another, or stays with whoever asked."""
    if reason not in REFUSALS:
        raise Invalid(f"reason is one of {', '.join(REFUSALS)}.", field="reason")
    offer = _own(s, member, reservation_id)
    s.get_one(Conversation, offer.conversation_id, with_for_update=True)
    return reservations.reject(s, reservation_id, member.id, reason)


def consult(s: Session, member: Member, conversation_id: str, counselor: str) -> Conversation:
    """Ask a colleague in: they read and note, the contact hears only whoever holds the talk."""
    conversation = readable(s, member, conversation_id)
    if not access.may_move(member, conversation):
        raise Forbidden("Only its counselor or a supervisor asks others into this conversation.")
    target = _helper(s, counselor)
    if target.id == conversation.owner_id:
        raise Conflict("This counselor has the conversation already.")
    reservations.attend(
        s,
        conversation,
        actor=Actor("counselor", member.id),
        counselor_id=target.id,
        kind="consult",
    )
    return conversation


def watch(s: Session, member: Member, conversation_id: str) -> Conversation:
    """A supervisor looks on; that they do so stands in the journal."""
    conversation = readable(s, member, conversation_id)
    if conversation.owner_id == member.id:  # they see it anyway
        return conversation
    reservations.attend(
        s, conversation, actor=Actor("counselor", member.id), counselor_id=member.id, kind="watch"
    )
    return conversation


def leave(s: Session, member: Member, conversation_id: str) -> Conversation:
    conversation = readable(s, member, conversation_id)
    reservations.leave(s, conversation, actor=Actor("counselor", member.id), counselor_id=member.id)
    return conversation


def take(
    s: Session, member: Member, conversation_id: str, *, holder: str | None = None
) -> Conversation:
    """A supervisor takes a talk over, from a queue or from whoever holds it.

    Raises Conflict where it is not with the `holder` any more whom the supervisor saw.
    """
    conversation = readable(s, member, conversation_id)
    if conversation.owner_id == member.id:
        return conversation
    _must_be_with(conversation, holder)
    waited = conversation.status == "waiting"
    conversations.transfer_to_counselor(
        s, conversation, actor=Actor("counselor", member.id), counselor_id=member.id
    )
    _on_the_line(s, conversation, waited=waited)
    _tell(s, conversation, "joined", name=member.name)
    return conversation


def escalate(s: Session, member: Member, conversation_id: str, *, note: str | None) -> Conversation:
    """To the second line: only seniors are asked, and the place in the queue is kept."""
    conversation = readable(s, member, conversation_id)
    if not access.may_move(member, conversation):
        raise Forbidden("Only its counselor or a supervisor can move this conversation.")
    actor = Actor("counselor", member.id)
    if note:
        draft = Draft(actor, note, conversation.language, audience="internal")
        messages.say(s, conversation, draft)
    queue = conversation.queue or "technical"
    conversations.transfer_to_queue(s, conversation, actor=actor, queue=queue)
    queues.second_line(s, conversation)
    _on_the_line(s, conversation, waited=False)
    if conversation.ticket_id:
        tickets.change(s, tickets.get(s, conversation.ticket_id), actor, {"tier": 2})
    _tell(s, conversation, "moved")
    return conversation


def _on_the_line(s: Session, conversation: Conversation, *, waited: bool) -> None:
    """The talk has another owner: its call, if it is one, follows from the queue or the room."""
    if conversation.channel != "phone":
        return
    if waited and conversation.owner_id:
        with_people.accepted(s, conversation, conversation.owner_id)
    else:
        with_people.transferred(s, conversation)


def _must_be_with(conversation: Conversation, holder: str | None) -> None:
    now = conversation.owner_id or conversation.owner_kind
    if holder not in {None, now}:
        raise Conflict("This conversation has moved on since you looked.", holder=now)


def _may_pick(s: Session, member: Member, conversation: Conversation) -> None:
    """Whether a waiting conversation may be picked rather than only be offered."""
    if member.role == "supervisor" or conversation.id in member.offered:
        return
    if queues.needs_second_line(s, conversation.id) and member.role != "senior":
        raise Forbidden("This conversation waits for the second line.")
    if queues.plan(s, conversation.queue or "").mode == "offer":
        raise Conflict("Conversations of this queue are offered, not picked.")


def _own(s: Session, member: Member, reservation_id: str) -> Reservation:
    offer = s.get(Reservation, reservation_id)
    if offer is None or offer.counselor_id != member.id:
        raise NotFound("There is no such reservation.")
    return offer


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


def _tell_end(s: Session, conversation: Conversation, key: str) -> None:
    """The talk is over, and how was it? The widget asks that in a form beside the words."""
    _tell(s, conversation, f"{key}_beside" if conversation.channel == "web" else key)


def _tell(s: Session, conversation: Conversation, key: str, **values: str) -> None:
    language = conversation.language
    messages.say(s, conversation, Draft(SYSTEM, words.say(language, key, **values), language))

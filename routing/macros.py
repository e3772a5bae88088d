"""Macros at work: what one would do to a ticket and its open talk, and doing it in one act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import access, macros, replies, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Invalid
from crm.events import Actor
from crm.models import Contact, Conversation, Macro, MacroUse, Ticket
from routing import desk, equal_information, matters, words
from routing.calls import with_people

HINDRANCES: Mapping[str, str] = {
    "closed": "This ticket is closed.",
    "queue_gone": "The queue that this macro names is no more.",
    "awaits": "This ticket waits for a ruling.",
    "tags": f"A ticket has up to {tickets.MOST_TAGS} tags.",
    "no_talk": "You are in no talk about this ticket, so that nobody would be told.",
    "language": "This macro has no words in the contact's language.",
    "open_tender": "Its words tell one bidder what all must be told alike.",
    "nothing": "Everything is as this macro would have it.",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a macro would do. `changes` are columns of the ticket with what they hold and would."""

    macro: Macro
    changes: Mapping[str, tuple[Any, Any]]
    reply: str | None
    language: str
    # The talk goes along to the queue.
    moves: bool
    hindrance: str | None


def previews(s: Session, member: Member, ticket: Ticket, talk_id: str | None) -> Sequence[Preview]:
    """What each macro of the member would do to a ticket, by name."""
    talk = _talk(s, member, ticket, talk_id, lock=False)
    return [_preview(s, member, macro, ticket, talk) for macro in macros.usable(s, member)]


def preview(
    s: Session, member: Member, ticket: Ticket, macro_id: str, talk_id: str | None
) -> Preview:
    talk = _talk(s, member, ticket, talk_id, lock=False)
    return _preview(s, member, macros.readable(s, member, macro_id), ticket, talk)


def apply(
    s: Session,
    member: Member,
    ticket_id: str,
    macro_id: str,
    *,
    client_id: str,
    talk_id: str | None = None,
    seen: datetime | None = None,
) -> MacroUse:
    """Do all of what a macro says, or raise and do none of it. The same `client_id` is one act.

    The contact is told first, while the talk is still the member's; what holds for all that is
    said to contacts holds for this. `seen` is the `updated_at` of the macro that was looked at.
    """
    before = macros.used(s, member, client_id)
    if before:
        if (before.macro_id, before.ticket_id) != (macro_id, ticket_id):
            raise Conflict("This client_id was used for another act.", client_id=client_id)
        # It may have left their queues by this very act; what a wall hides since stays hidden.
        access.must_know_ticket(member, ticket_id)
        return before
    macro = macros.readable(s, member, macro_id)
    macros.must_be_as_seen(macro, seen)
    ticket = access.must_read_ticket(member, tickets.get(s, ticket_id))
    talk = _talk(s, member, ticket, talk_id, lock=True)  # before its ticket, as in every verb
    ticket = matters.writable(s, member, ticket_id)
    planned = _preview(s, member, macro, ticket, talk)
    if planned.hindrance:
        raise Conflict(HINDRANCES[planned.hindrance], reason=planned.hindrance)
    said = None
    if talk and planned.reply:
        said = desk.say(
            s,
            member,
            talk.id,
            client_id=f"macro-{client_id}",
            text=planned.reply,
            audience="public",
        )
    touched = talk.id if talk and (said or planned.moves) else None
    use = macros.changed(
        s,
        member,
        macro,
        ticket,
        client_id=client_id,
        conversation=touched,
        message=said.id if said else None,
    )
    if talk and planned.moves:
        desk.follow(s, member, talk, macro.changes["queue"])
    if "queue" in planned.changes:
        matters.carry(s, Actor("counselor", member.id), ticket)
    return use


def undo(s: Session, member: Member, ticket_id: str, macro_id: str) -> Ticket:
    """Give the ticket's fields back what they held before its last macro."""
    ticket = matters.writable(s, member, ticket_id)
    macros.undo(s, member, ticket, macro_id)
    return ticket


def _preview(
    s: Session, member: Member, macro: Macro, ticket: Ticket, talk: Conversation | None
) -> Preview:
    changes = macros.changes_to(macro, ticket, member)
    contact = s.get_one(Contact, ticket.contact_id)
    language = talk.language if talk else contact.language
    text = macro.texts.get(language)
    queue = changes.get("queue")
    places = {
        "contact": contact.name or "",
        "counselor": member.name,
        "ticket": ticket.number,
        "queue": words.queue(language, queue or ticket.queue),
    }
    reply = replies.filled(text, places) if text else None
    moves = talk is not None and desk.may_follow(member, talk) and queue not in {None, talk.queue}
    hindrance = macros.hindrance(macro, ticket, member)
    if hindrance is None and macro.texts:
        hindrance = _unsayable(s, member, talk, reply)
    if hindrance is None and not changes and not macro.note and not reply:
        hindrance = "nothing"
    was = {field: (getattr(ticket, field), value) for field, value in changes.items()}
    return Preview(macro, was, reply, language, moves, hindrance)


def _unsayable(
    s: Session, member: Member, talk: Conversation | None, text: str | None
) -> str | None:
    """Why the contact cannot be told this here and now; None where they can."""
    if talk is None or talk.status != "active" or not access.may_speak(member, talk):
        return "no_talk"
    if talk.channel == "phone" and not with_people.in_room(s, talk):
        return "no_talk"
    if not text:
        return "language"
    return "open_tender" if equal_information.held_back(s, talk, text) else None


def _talk(
    s: Session, member: Member, ticket: Ticket, talk_id: str | None, *, lock: bool
) -> Conversation | None:
    """The talk that was named, or the member's own about this ticket, if there is one."""
    if talk_id is None:
        talk_id = s.scalar(
            select(Conversation.id)
            .where(
                Conversation.ticket_id == ticket.id,
                Conversation.owner_id == member.id,
                Conversation.status == "active",
            )
            .order_by(Conversation.last_message_at.desc())
            .limit(1)
        )
        if talk_id is None:
            return None
    if lock:  # in one order with those that wait, which are locked before the ticket
        matters.waiting(s, ticket.id, talk_id)
    talk = desk.readable(s, member, talk_id, lock=lock)
    if talk.ticket_id != ticket.id:
        raise Invalid("This conversation belongs to another ticket.", field="conversation")
    return talk

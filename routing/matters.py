"""What people of the desk do with a ticket, and the talks that wait about it with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from crm import access, conversations, messages, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import NotFound
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Ticket
from routing import words
from routing.calls import with_people


def writable(s: Session, member: Member, ticket_id: str) -> Ticket:
    """The ticket, which nobody else changes until this transaction ends, nor the talks that wait
    about it. Raises NotFound where the member may not write it."""
    waiting(s, ticket_id)
    ticket = access.must_read_ticket(member, tickets.locked(s, ticket_id))
    if not access.may_write_ticket(member, ticket):
        raise NotFound(access.NO_TICKET)
    return ticket


def change(s: Session, member: Member, ticket: Ticket, changes: Mapping[str, Any]) -> None:
    """Change a ticket that is `writable`; who waits about it waits where it has gone."""
    actor = Actor("counselor", member.id)
    tickets.change(s, ticket, actor, dict(changes))
    if "queue" in changes:
        carry(s, actor, ticket)


def waiting(s: Session, ticket_id: str, *also: str) -> Sequence[Conversation]:
    """Talks in which somebody waits about a ticket, and others, locked in one order everywhere.

    Talks are locked before their ticket, as in every verb.
    """
    waits = and_(Conversation.ticket_id == ticket_id, Conversation.status == "waiting")
    return s.scalars(
        select(Conversation)
        .where(or_(waits, Conversation.id.in_(also)))
        .order_by(Conversation.id)
        .with_for_update()
    ).all()


def hold(s: Session, *ticket_ids: str) -> None:
    """Keep all talks of these tickets as they are, for who moves them from one to another: before
    any of the tickets, as in every verb."""
    talks = select(Conversation.id).where(Conversation.ticket_id.in_(ticket_ids))
    s.scalars(talks.order_by(Conversation.id).with_for_update()).all()


def carry(s: Session, actor: Actor, ticket: Ticket) -> None:
    """Who waits about a ticket in another line than its own goes there, at the place they have."""
    s.flush()
    for talk in waiting(s, ticket.id):
        if talk.queue == ticket.queue:
            continue
        conversations.change_line(s, talk, actor=actor, queue=ticket.queue)
        if talk.owner_kind != "queue":  # a call is promised them; nothing of that changes
            continue
        if talk.channel == "phone":
            with_people.transferred(s, talk)
        told = Draft(SYSTEM, words.say(talk.language, "moved"), talk.language)
        messages.say(s, talk, told)

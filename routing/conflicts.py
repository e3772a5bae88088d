"""Conflicts of interest: what becomes of a counselor's talks and tickets when a wall goes up.

The walls themselves are in `crm/walls.py`. Here is what they mean for work in hand: it goes back to
its queue and its old place, and the contact need not repeat anything.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from bot.spotting import tender_number, tender_numbers
from crm import matters, reservations, tickets, walls
from crm.access import Member
from crm.db import Session
from crm.events import SYSTEM, Actor
from crm.models import Attendance, Conversation, Reservation, Ticket, Wall
from routing import desk


def put_up(
    s: Session,
    member: Member,
    *,
    counselor: str,
    tender: str | None,
    organisation: str | None,
    reason: str,
    ends_at: datetime,
) -> Wall:
    """Set a wall, and take from the counselor at once what now stands behind it."""
    wall = walls.put_up(
        s,
        Actor("counselor", member.id),
        counselor_id=counselor,
        tender=(tender_number(tender) or tender) if tender else None,
        organisation=organisation,
        reason=reason,
        ends_at=ends_at,
    )
    s.flush()
    kept_from = walls.kept_from(s, counselor)
    for conversation in _in_hand(s, counselor, kept_from):
        _part(s, conversation, counselor)
    assigned = select(Ticket).where(Ticket.assignee_id == counselor, Ticket.id.in_(kept_from))
    for ticket in s.scalars(assigned.with_for_update()).all():
        tickets.change(s, ticket, SYSTEM, {"assignee_id": None})
    return wall


def named(s: Session, conversation: Conversation, *, text: str = "", number: str = "") -> None:
    """Note the tenders that a talk names; whom a wall keeps from them has the talk no longer."""
    numbers: Iterable[str] = [number] if number else tender_numbers(text)
    if matters.name(s, conversation, numbers):
        part(s, conversation)


def part(s: Session, conversation: Conversation) -> None:
    """Take a conversation from everybody whom a wall keeps from it."""
    s.flush()
    for counselor in sorted(walls.kept_out(s, conversation.id).get(conversation.id, ())):
        walls.reached(s, conversation, counselor)
        _part(s, conversation, counselor)


def _part(s: Session, conversation: Conversation, counselor: str) -> None:
    if conversation.owner_id == counselor:
        desk.give_up(s, SYSTEM, conversation)
    offer = reservations.offered(s, conversation.id)
    if offer and offer.counselor_id == counselor:
        reservations.rescind(s, conversation.id, "wall")
    reservations.leave(s, conversation, actor=SYSTEM, counselor_id=counselor)


def _in_hand(s: Session, counselor: str, kept_from: frozenset[str]) -> Iterable[Conversation]:
    """What the counselor holds, is offered or was asked into, of the talks behind their walls."""
    offered = select(Reservation.conversation_id).where(
        Reservation.counselor_id == counselor, Reservation.state == "offered"
    )
    attended = select(Attendance.conversation_id).where(Attendance.counselor_id == counselor)
    mine = (
        (Conversation.owner_id == counselor)
        | Conversation.id.in_(offered)
        | Conversation.id.in_(attended)
    )
    return s.scalars(
        select(Conversation)
        .where(Conversation.id.in_(kept_from), mine)
        .order_by(Conversation.id)
        .with_for_update()
    ).all()

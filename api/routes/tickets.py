"""Tickets: list, open, read, change."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, StringConstraints

from api import desk, views
from api.auth import AMember
from api.reading import Named, Plain
from api.views import TicketView
from crm import access, db, queries, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import Forbidden, Invalid, NotFound
from crm.events import Actor
from crm.models import Contact, Conversation, Counselor, Ticket
from crm.settings import QUEUES
from routing import desk as verbs

router = APIRouter(prefix="/api/v1/tickets", tags=["Tickets"])

Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["open", "pending", "solved", "closed"]
Subject = Annotated[str, Plain, StringConstraints(min_length=1, max_length=300)]
Short = Annotated[str, Plain, StringConstraints(min_length=1, max_length=100)]
Category = Annotated[str, Plain, StringConstraints(min_length=1, max_length=40)]


class TicketList(BaseModel):
    items: list[TicketView]
    next: str | None


class NewTicket(BaseModel):
    subject: Subject
    queue: str
    category: Category = "question"
    priority: Priority = "normal"
    conversation: Named | None = None
    contact: Named | None = None
    procurement_reference: Short | None = None


class TicketChange(BaseModel):
    subject: Subject | None = None
    queue: str | None = None
    category: Category | None = None
    priority: Priority | None = None
    status: Status | None = None
    assignee: Named | None = None
    procurement_reference: Short | None = None


@router.get("")
def list_tickets(
    request: Request,
    member: AMember,
    status: Status | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TicketList:
    """Tickets you may see, the newest first."""
    _must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        page = queries.tickets(s, member, status=status, cursor=cursor, limit=limit)
        return TicketList(items=[_view(s, t) for t in page.rows], next=page.next)


@router.post("", status_code=201)
def open_ticket(request: Request, member: AMember, new: NewTicket) -> TicketView:
    """Open a ticket for a conversation, or for a contact without one."""
    _must(member, "ticket.write")
    _known_queue(new.queue)
    with db.transaction(desk.of(request).engine) as s:
        conversation = verbs.readable(s, member, new.conversation) if new.conversation else None
        ticket = tickets.open_ticket(
            s,
            actor=Actor("counselor", member.id),
            contact_id=_contact(s, new, conversation),
            subject=new.subject,
            category=new.category,
            queue=new.queue,
            priority=new.priority,
            reference=new.procurement_reference,
            conversation=conversation,
        )
        return _view(s, ticket)


@router.get("/{ticket_id}")
def get_ticket(request: Request, member: AMember, ticket_id: str) -> TicketView:
    _must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        ticket = tickets.get(s, ticket_id)
        if not access.may_read_ticket(member, ticket):
            raise NotFound("There is no such ticket.")
        return _view(s, ticket)


@router.patch("/{ticket_id}")
def change_ticket(
    request: Request, member: AMember, ticket_id: str, change: TicketChange
) -> TicketView:
    """Change what is named; the rest stays."""
    _must(member, "ticket.write")
    changes: dict[str, Any] = change.model_dump(exclude_unset=True)
    if changes.get("queue"):
        _known_queue(changes["queue"])
    for field in ("subject", "queue", "category", "priority", "status"):
        if field in changes and changes[field] is None:
            raise Invalid(f"{field} cannot be empty.", field=field)
    with db.transaction(desk.of(request).engine) as s:
        ticket = tickets.get(s, ticket_id)
        if not access.may_write_ticket(member, ticket):
            raise NotFound("There is no such ticket.")
        if "assignee" in changes:
            changes["assignee_id"] = _assignee(s, changes.pop("assignee"))
        tickets.change(s, ticket, Actor("counselor", member.id), changes)
        return _view(s, ticket)


def _view(s: Session, ticket: Ticket) -> TicketView:
    s.flush()
    return views.ticket(ticket, queries.conversations_of_ticket(s, ticket.id))


def _contact(s: Session, new: NewTicket, conversation: Conversation | None) -> str:
    if conversation:
        return conversation.contact_id
    if new.contact and s.get(Contact, new.contact):
        return new.contact
    raise Invalid("Name the conversation or the contact that the ticket is for.", field="contact")


def _assignee(s: Session, counselor_id: str | None) -> str | None:
    if counselor_id and s.get(Counselor, counselor_id) is None:
        raise Invalid("There is no such counselor.", field="assignee")
    return counselor_id


def _known_queue(queue: str) -> None:
    if queue not in QUEUES:
        raise Invalid(f"queue is one of {', '.join(QUEUES)}.", field="queue")


def _must(member: Member, verb: str) -> None:
    if not access.may(member, verb):
        raise Forbidden("Your role does not allow this.")

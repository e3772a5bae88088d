"""Tickets: list, open, read, change."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from api import desk, mentions, views
from api.auth import AMember
from api.errors import TOLD
from api.mentions import ColleagueList
from api.reading import Clean, Named, Plain, one_line
from api.views import TicketView
from bot.personal_numbers import masked
from crm import access, db, incidents, queries, similar, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Contact, Conversation, Counselor, Ticket, TicketNote
from crm.settings import QUEUES
from routing import desk as verbs
from routing import matters

router = APIRouter(prefix="/api/v1/tickets", tags=["Tickets"], responses=TOLD)

Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["open", "pending", "solved", "closed"]
Subject = Annotated[str, Plain, StringConstraints(min_length=1, max_length=300)]
Short = Annotated[str, Plain, StringConstraints(min_length=1, max_length=100)]
Category = Annotated[str, Plain, StringConstraints(min_length=1, max_length=40)]


Tag = Annotated[str, Plain, StringConstraints(min_length=1, max_length=40)]


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
    tags: Annotated[list[Tag], Field(max_length=20)] | None = None


class MergeWith(BaseModel):
    """Either `into`: this ticket goes on under that one; or `tickets`: those go on under this."""

    into: Named | None = None
    tickets: list[Named] = []


class Split(BaseModel):
    """The conversations that get a ticket of their own; none means an empty ticket beside it."""

    conversations: list[Named] = []
    subject: Subject | None = None
    queue: str | None = None


class NewNote(BaseModel):
    text: Annotated[str, Clean, StringConstraints(min_length=1, max_length=10_000)]
    mentions: Annotated[list[Named], Field(max_length=50)] = []


class NoteView(BaseModel):
    id: str
    author: str
    text: str
    mentions: list[str]
    at: datetime


class LinkBody(BaseModel):
    kind: Literal["tender", "organisation"]
    value: Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)]


class Watching(BaseModel):
    watching: bool = True


class Parent(BaseModel):
    incident: Named | None


class AroundView(BaseModel):
    """What stands around a ticket: what people said of it, who watches, and what it is about."""

    ticket: TicketView
    notes: list[NoteView]
    watchers: list[str]
    links: list[LinkBody]


class SimilarView(BaseModel):
    ticket: TicketView
    score: float
    why: list[str]


class SimilarList(BaseModel):
    items: list[SimilarView]
    next: str | None = None


@router.get("/similar")
def similar_tickets(
    request: Request,
    member: AMember,
    text: Annotated[str, Query(max_length=2000)] = "",
    contact: Annotated[Named | None, Query(max_length=24)] = None,
    reference: Annotated[str | None, Query(max_length=100)] = None,
) -> SimilarList:
    """Open tickets that the one being written may repeat, the likest first; asked while writing."""
    access.must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        found = similar.find(
            s, member, text=one_line(text), contact_id=contact, reference=reference
        )
        items = [
            SimilarView(ticket=_view(s, x.ticket), score=x.score, why=list(x.why)) for x in found
        ]
    return SimilarList(items=items)


@router.get("")
def list_tickets(
    request: Request,
    member: AMember,
    status: Status | None = None,
    awaits: Literal["approval", "interpretation"] | None = None,
    cursor: Annotated[Named | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TicketList:
    """Tickets you may see, the newest first."""
    access.must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        page = queries.tickets(s, member, status=status, awaits=awaits, cursor=cursor, limit=limit)
        return TicketList(items=[_view(s, t) for t in page.rows], next=page.next)


@router.post("", status_code=201)
def open_ticket(request: Request, member: AMember, new: NewTicket) -> TicketView:
    """Open a ticket for a conversation, or for a contact without one."""
    access.must(member, "ticket.write")
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
    access.must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        ticket = access.must_read_ticket(member, s.get(Ticket, ticket_id))
        return _view(s, ticket)


@router.patch("/{ticket_id}")
def change_ticket(
    request: Request, member: AMember, ticket_id: str, change: TicketChange
) -> TicketView:
    """Change what is named; the rest stays. Who waits about it goes along to another queue and
    keeps the place; a talk that goes on stays with whoever holds it."""
    access.must(member, "ticket.write")
    changes: dict[str, Any] = change.model_dump(exclude_unset=True)
    if changes.get("queue"):
        _known_queue(changes["queue"])
    for field in ("subject", "queue", "category", "priority", "status", "tags"):
        if field in changes and changes[field] is None:
            raise Invalid(f"{field} cannot be empty.", field=field)
    with db.transaction(desk.of(request).engine) as s:
        ticket = matters.writable(s, member, ticket_id)
        if "assignee" in changes:
            changes["assignee_id"] = _assignee(s, changes.pop("assignee"))
        matters.change(s, member, ticket, changes)
        return _view(s, ticket)


@router.post("/{ticket_id}/merge")
def merge_tickets(request: Request, member: AMember, ticket_id: str, how: MergeWith) -> TicketView:
    """Make one matter of several; returns the ticket that goes on. Can be undone."""
    access.must(member, "ticket.write")
    if (how.into is None) == (not how.tickets):
        raise Invalid("Name either the ticket to merge into or those to merge.", field="into")
    with db.transaction(desk.of(request).engine) as s:
        ids = sorted({ticket_id, *how.tickets, *([how.into] if how.into else [])})
        matters.hold(s, *ids)
        there = {i: matters.writable(s, member, i) for i in ids}  # locked in one order everywhere
        actor, target = Actor("counselor", member.id), there[how.into or ticket_id]
        for one in [ticket_id] if how.into else how.tickets:
            tickets.merge(s, actor, there[one], target)
        matters.carry(s, actor, target)
        return _view(s, target)


@router.post("/{ticket_id}/split", status_code=201)
def split_ticket(request: Request, member: AMember, ticket_id: str, how: Split) -> TicketView:
    """Make two matters of one; returns the new ticket. Can be undone."""
    access.must(member, "ticket.write")
    if how.queue is not None:
        _known_queue(how.queue)
    with db.transaction(desk.of(request).engine) as s:
        actor = Actor("counselor", member.id)
        matters.hold(s, ticket_id)
        made = tickets.split(
            s,
            actor,
            matters.writable(s, member, ticket_id),
            conversations=how.conversations,
            subject=how.subject,
            queue=how.queue,
        )
        matters.carry(s, actor, made)
        return _view(s, made)


@router.post("/{ticket_id}/undo")
def undo_last(request: Request, member: AMember, ticket_id: str) -> TicketView:
    """Take back the last merge or split of this ticket; 409 when there is none."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        last = tickets.to_undo(s, ticket_id)
        if last:
            matters.hold(s, last.from_id, last.to_id)
        ticket = matters.writable(s, member, ticket_id)
        actor = Actor("counselor", member.id)
        undone = tickets.undo(s, actor, ticket)
        matters.carry(s, actor, tickets.get(s, undone.from_id))
        return _view(s, ticket)


@router.put("/{ticket_id}/incident")
def set_incident(request: Request, member: AMember, ticket_id: str, parent: Parent) -> TicketView:
    """Say that an open incident caused this ticket, or, with null, that none did after all."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        named = parent.incident
        if named is None:
            named = tickets.get(s, ticket_id).incident_id
        # The incident first: whoever closes it takes the locks in the same order.
        incident = incidents.get(s, named, lock=True) if named else None
        ticket = matters.writable(s, member, ticket_id)
        if incident:
            verb = incidents.gather if parent.incident else incidents.let_go
            verb(s, Actor("counselor", member.id), incident, ticket)
        return _view(s, ticket)


@router.get("/{ticket_id}/around")
def around(request: Request, member: AMember, ticket_id: str) -> AroundView:
    """The ticket with its notes, watchers and links."""
    access.must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        ticket = access.must_read_ticket(member, s.get(Ticket, ticket_id))
        return around_of(s, ticket)


@router.post("/{ticket_id}/notes", status_code=201)
def add_note(request: Request, member: AMember, ticket_id: str, new: NewNote) -> NoteView:
    """Say something to colleagues. Whoever is mentioned, by id or by `@` and their name, is told
    and watches the ticket from then on; 422 for those who may not see it, and where several have
    the name: then their address follows it, as `…/colleagues` writes it."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        ticket = matters.writable(s, member, ticket_id)
        people = mentions.of_ticket(s, ticket, new.text, new.mentions)
        actor = Actor("counselor", member.id)
        return _note(tickets.note(s, actor, ticket, text=new.text, mentions=people))


@router.get("/{ticket_id}/colleagues")
def ticket_colleagues(request: Request, member: AMember, ticket_id: Named) -> ColleagueList:
    """Whom a note on this ticket may call upon."""
    access.must(member, "ticket.write")
    with db.reading(desk.of(request).engine) as s:
        ticket = access.must_read_ticket(member, s.get(Ticket, ticket_id))
        return mentions.for_ticket(s, member, ticket)


@router.post("/{ticket_id}/watch")
def watch_ticket(request: Request, member: AMember, ticket_id: str, how: Watching) -> AroundView:
    """Begin or cease to watch a ticket."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        ticket = matters.writable(s, member, ticket_id)
        tickets.watch(s, Actor("counselor", member.id), ticket, watching=how.watching)
        return around_of(s, ticket)


@router.post("/{ticket_id}/links", status_code=201)
def add_link(request: Request, member: AMember, ticket_id: str, new: LinkBody) -> AroundView:
    """Say which tender or organisation the ticket is about."""
    return _link(request, member, ticket_id, new, there=True)


@router.delete("/{ticket_id}/links")
def remove_link(request: Request, member: AMember, ticket_id: str, old: LinkBody) -> AroundView:
    return _link(request, member, ticket_id, old, there=False)


def _link(
    request: Request, member: Member, ticket_id: str, link: LinkBody, *, there: bool
) -> AroundView:
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        ticket = matters.writable(s, member, ticket_id)
        actor = Actor("counselor", member.id)
        tickets.link(s, actor, ticket, kind=link.kind, value=link.value, there=there)
        return around_of(s, ticket)


def around_of(s: Session, ticket: Ticket) -> AroundView:
    s.flush()
    return AroundView(
        ticket=_view(s, ticket),
        notes=[_note(n) for n in tickets.notes(s, ticket.id)],
        watchers=tickets.watchers(s, ticket.id),
        links=[
            LinkBody(kind=x.kind, value=x.value)  # type: ignore[arg-type]  # the table's own constraint
            for x in tickets.links(s, ticket.id)
        ],
    )


def _note(row: TicketNote) -> NoteView:
    return NoteView(
        id=row.id,
        author=row.author_id,
        text=masked(row.text),
        mentions=row.mentions,
        at=row.created_at,
    )


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

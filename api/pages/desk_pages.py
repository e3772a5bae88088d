"""The console: one long-lived page with its parts, and the ordinary pages beside it."""

import json
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import desk
from api.pages import console, macro_choice, ticket_beside
from api.pages import help as help_centre
from api.pages.console import Wanted
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from api.routes.tickets import Priority, Status
from bot.personal_numbers import masked
from crm import (
    access,
    appointments,
    clock,
    conversations,
    counselors,
    db,
    incidents,
    queries,
    rulings,
    tickets,
)
from crm.errors import Invalid
from crm.models import Contact, Counselor, Ticket
from crm.settings import QUEUES
from knowledge.port import Language
from routing import matters
from routing.calls import placing
from routing.workforce.protection import KINDS

router = APIRouter(prefix="/console", include_in_schema=False)

Short = Annotated[str, Form(max_length=320)]
PRIORITIES: tuple[str, ...] = get_args(Priority)
STATUSES: tuple[str, ...] = get_args(Status)
Line = Annotated[str, StringConstraints(max_length=320)]


def wanted(
    q: Annotated[Named, Query(max_length=200)] = "",
    queue: Annotated[Named, Query(max_length=40)] = "",
) -> Wanted:
    """What the lists are narrowed to, from the address; an unknown queue narrows nothing."""
    return Wanted(one_line(q), queue if queue in QUEUES else "")


AWanted = Annotated[Wanted, Depends(wanted)]


class TicketForm(BaseModel):
    """The form of a ticket, as it was sent."""

    subject: Annotated[str, StringConstraints(max_length=300)]
    status: Line
    priority: Line
    queue: Line
    assignee: Line = ""
    reference: Annotated[str, StringConstraints(max_length=100)] = ""
    # What the form showed when it was opened, as JSON: only what differs from that was changed.
    shown: Annotated[str, StringConstraints(max_length=6000)] = ""
    csrf: Line = ""

    def was(self) -> dict[str, str | None]:
        """What the form showed; nothing where it does not say so."""
        try:
            said = json.loads(self.shown or "{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    def asked(self) -> dict[str, str | None]:
        """The columns of a ticket as the form wants them."""
        return {
            "subject": one_line(self.subject),
            "status": self.status,
            "priority": self.priority,
            "queue": self.queue,
            "assignee_id": one_line(self.assignee) or None,
            "procurement_reference": one_line(self.reference) or None,
        }


@router.get("")
def home(request: Request, session: ASession, wanted: AWanted, c: str | None = None) -> Response:
    """The whole console. The scripts ask for a conversation and for whatever comes after `last`."""
    member = session.member
    with db.reading(desk.of(request).engine) as s:
        # Noted before anything is read: what happens in between is told again, not missed.
        last = console.newest_event(s)
        reads = access.may(member, "conversation.read")
        lists = console.lists(s, member, wanted) if reads else None
        names = counselors.names(s) if lists else {}
    return desk_page(
        request,
        session,
        "console.html",
        lists=lists,
        last=last,
        opened=c or "",
        names=names,
        wanted=wanted,
        queues=QUEUES,
        codes=conversations.WRAP_CODES,
        abuse_kinds=KINDS,
        priorities=PRIORITIES,
        max_characters=desk.of(request).settings.max_characters,
        max_file_bytes=desk.of(request).settings.max_file_bytes,
        soft_phone=desk.of(request).settings.phone.rings_browsers,
    )


@router.get("/lists")
def lists(request: Request, session: ASession, wanted: AWanted) -> Response:
    """The left side anew, for the page that is open."""
    must(session.member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        found = console.lists(s, session.member, wanted)
    return desk_page(
        request, session, "console/lists.html", lists=found, wanted=wanted, queues=QUEUES
    )


@router.get("/talks/{conversation_id}")
def talk(request: Request, session: ASession, conversation_id: Named) -> Response:
    """Heading and right side of one conversation; its thread comes from the API."""
    must(session.member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        zone = desk.of(request).settings.hours.zone
        opened = console.opened(s, session.member, conversation_id, zone)
    return desk_page(request, session, "console/talk.html", opened=opened, statuses=STATUSES)


@router.get("/articles/{language}/{article}")
def article(
    request: Request,
    session: ASession,
    language: Language,
    article: Named,
    v: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """An article, or one of its versions, for the pane beside the talk."""
    must(session.member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        reading = help_centre.reading(s, language, article, v)
    return desk_page(request, session, "console/article.html", reading=reading, spoken=language)


@router.post("/language")
def choose_language(
    request: Request,
    session: ASession,
    language: Annotated[Language, Form()],
    csrf: Short = "",
    back: Annotated[str, Form(max_length=2000)] = "/console",
) -> Response:
    """The language of the member's own console."""
    session.check(csrf)
    with db.transaction(desk.of(request).engine) as s:
        counselors.use_interface(s, session.member.id, language)
    inside = back if back.startswith("/console") else "/console"
    return RedirectResponse(inside, 303)


@router.get("/tickets")
def ticket_list(
    request: Request,
    session: ASession,
    status: str = "",
    awaits: str = "",
    cursor: Annotated[Named | None, Query(max_length=40)] = None,
) -> Response:
    """Tickets the member may see, the newest first."""
    member = session.member
    must(member, "ticket.read")
    wanted = status if status in STATUSES else None
    waits = awaits if awaits in rulings.KINDS else None
    with db.reading(desk.of(request).engine) as s:
        found = queries.tickets(s, member, status=wanted, awaits=waits, cursor=cursor, limit=50)
        names = counselors.names(s)
    return desk_page(
        request,
        session,
        "console/tickets.html",
        tickets=found.rows,
        next=found.next,
        wanted=wanted or "",
        waits=waits or "",
        kinds=rulings.KINDS,
        changed=request.query_params.get("changed", ""),
        statuses=STATUSES,
        names=names,
    )


@router.get("/tickets/{ticket_id}")
def ticket_page(
    request: Request,
    session: ASession,
    ticket_id: Named,
    macro: Annotated[Named, Query(max_length=24)] = "",
) -> Response:
    """A ticket; with `macro` also what that one would do to it."""
    return show_ticket(request, session, ticket_id, macro=macro)


@router.post("/tickets/{ticket_id}")
def change_ticket(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[TicketForm, Form()]
) -> Response:
    """Change what differs from the record."""
    session.check(form.csrf)
    member = session.member
    must(member, "ticket.write")
    if form.queue not in QUEUES or not form.subject.strip():
        return show_ticket(request, session, ticket_id, "fields", 422)
    asked, was = form.asked(), form.was()
    with db.transaction(desk.of(request).engine) as s:
        ticket = matters.writable(s, member, ticket_id)
        now = _as_shown(ticket)
        changes = {name: asked[name] for name in asked if asked[name] != was.get(name, now[name])}
        changes = {name: value for name, value in changes.items() if value != now[name]}
        problem = _in_the_way(s, ticket, changes, was, now)
        if changes and not problem:
            matters.change(s, member, ticket, changes)
    if problem:
        return show_ticket(request, session, ticket_id, problem, 409)
    return RedirectResponse("/console/tickets?changed=" + ticket.number, 303)


def _in_the_way(
    s: db.Session,
    ticket: Ticket,
    changes: dict[str, str | None],
    was: dict[str, str | None],
    now: dict[str, str | None],
) -> str:
    """Why these changes cannot be made, as the key of its words; empty where they can."""
    if changes.get("assignee_id") and s.get(Counselor, changes["assignee_id"]) is None:
        raise Invalid("There is no such counselor.", field="assignee")
    # Somebody else changed the same since the form was opened: neither is lost without a word.
    if any(was.get(name, now[name]) != now[name] for name in changes):
        return "stale"
    if ticket.merged_into_id and changes:
        return "conflict"
    return "conflict" if changes.get("status") in tickets.OVER and ticket.awaits else ""


def _as_shown(ticket: Ticket) -> dict[str, str | None]:
    """The columns that the form changes, as it shows them: the subject masked."""
    return {
        "subject": one_line(masked(ticket.subject)),
        "status": ticket.status,
        "priority": ticket.priority,
        "queue": ticket.queue,
        "assignee_id": ticket.assignee_id,
        "procurement_reference": ticket.procurement_reference,
    }


def show_ticket(
    request: Request,
    session: Session,
    ticket_id: str,
    problem: str = "",
    status: int = 200,
    *,
    written: str = "",
    macro: str = "",
) -> Response:
    """The page of a ticket; `written` is a note that was not taken, so that it is not lost."""
    member = session.member
    must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        ticket = access.must_read_ticket(member, s.get(Ticket, ticket_id))
        contact = s.get_one(Contact, ticket.contact_id)
        gathered = queries.conversations_of_ticket(s, ticket.id)
        everybody = counselors.everybody(s)
        asked = rulings.of_ticket(s, ticket.id)
        planned = appointments.of_ticket(s, ticket.id)
        wrong = incidents.in_force(s)
        parent = incidents.get(s, ticket.incident_id) if ticket.incident_id else None
        choice = macro_choice.of(s, member, ticket, macro)
        numbers = placing.numbers_of(s, contact.id)
        deciders = {kind: rulings.deciders(s, kind) for kind in rulings.KINDS}
        beside = ticket_beside.read(s, member, ticket)
    return desk_page(
        request,
        session,
        "console/ticket.html",
        status,
        ticket=ticket,
        contact=contact,
        conversations=gathered,
        people=[x for x in everybody if x.role in access.HELPERS],
        names=counselors.told_apart(everybody),
        may_write=access.may_write_ticket(member, ticket),
        problem=problem,
        statuses=STATUSES,
        priorities=PRIORITIES,
        queues=QUEUES,
        asked=asked,
        deciders=deciders,
        planned=planned,
        now=clock.now(),
        wrong=wrong,
        parent=parent,
        beside=beside,
        written_note=written,
        done=request.query_params.get("done", ""),
        shown=_as_shown(ticket),
        choice=choice,
        numbers=numbers,
    )

"""Tickets as pages: their list, one of them, and the form that changes it."""

import json
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import desk
from api.pages import macro_choice, ticket_beside
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from bot.personal_numbers import masked
from crm import access, clock, counselors, db, queries, rulings, tickets
from crm.errors import Invalid
from crm.models import Contact, Counselor, Ticket
from crm.settings import QUEUES
from routing import matters

router = APIRouter(prefix="/console/tickets", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]


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
    wanted = status if status in tickets.STATUSES else None
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
        statuses=tickets.STATUSES,
        names=names,
    )


@router.get("/{ticket_id}")
def ticket_page(
    request: Request,
    session: ASession,
    ticket_id: Named,
    macro: Annotated[Named, Query(max_length=24)] = "",
) -> Response:
    """A ticket; with `macro` also what that one would do to it."""
    return show(request, session, ticket_id, macro=macro)


@router.post("/{ticket_id}")
def change_ticket(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[TicketForm, Form()]
) -> Response:
    """Change what differs from the record."""
    session.check(form.csrf)
    member = session.member
    must(member, "ticket.write")
    if form.queue not in QUEUES or not form.subject.strip():
        return show(request, session, ticket_id, "fields", 422)
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
        return show(request, session, ticket_id, problem, 409)
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


def show(
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
        everybody = counselors.everybody(s)
        beside = ticket_beside.read(s, member, ticket)
        choice = macro_choice.of(s, member, ticket, macro)
    return desk_page(
        request,
        session,
        "console/ticket.html",
        status,
        ticket=ticket,
        contact=contact,
        people=[x for x in everybody if x.role in access.HELPERS],
        names=counselors.told_apart(everybody),
        may_write=access.may_write_ticket(member, ticket),
        problem=problem,
        statuses=tickets.STATUSES,
        priorities=tickets.PRIORITIES,
        queues=QUEUES,
        now=clock.now(),
        beside=beside,
        numbers=beside.numbers,  # for the form that promises a call, here and beside a contact
        written_note=written,
        done=request.query_params.get("done", ""),
        shown=_as_shown(ticket),
        choice=choice,
    )

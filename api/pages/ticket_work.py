"""What is done on a ticket's page beside its fields: rulings, appointments, its incident."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages import local_time, promising, ticket_pages
from api.pages.session import ASession
from api.reading import Named
from api.routes import appointments, rulings, tickets
from crm.errors import Conflict, Invalid, NotFound

router = APIRouter(prefix="/console/tickets/{ticket_id}", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]


class RulingForm(BaseModel):
    kind: Line = ""
    question: Annotated[str, StringConstraints(max_length=10_000)] = ""
    approver: Line = ""
    due_at: Line = ""
    csrf: Line = ""


class AppointmentForm(BaseModel):
    kind: Line = ""
    starts_at: Line = ""
    minutes: Line = "60"
    counselor: Line = ""
    place: Line = ""
    csrf: Line = ""


@router.post("/rulings")
def ask(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[RulingForm, Form()]
) -> Response:
    """Ask the second line; the ticket waits until it has decided."""
    session.check(form.csrf)
    try:
        asked = rulings.Asking.model_validate(
            {
                "kind": form.kind,
                "question": form.question.strip(),
                "approver": form.approver or None,
                "due_at": _moment(request, form.due_at) if form.due_at else None,
            }
        )
        rulings.ask(request, session.member, ticket_id, asked)
    except (ValidationError, ValueError, Invalid):
        return ticket_pages.show(request, session, ticket_id, "ruling", 422)
    except Conflict:
        return ticket_pages.show(request, session, ticket_id, "conflict", 409)
    return _back(ticket_id, "second-line")


@router.post("/appointments")
def plan(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[AppointmentForm, Form()]
) -> Response:
    """Agree on a visit or a remote session."""
    session.check(form.csrf)
    try:
        new = appointments.NewAppointment.model_validate(
            {
                "kind": form.kind,
                "starts_at": _moment(request, form.starts_at),
                "minutes": form.minutes,
                "counselor": form.counselor or None,
                "place": form.place or None,
            }
        )
        appointments.plan(request, session.member, ticket_id, new)
    except (ValidationError, ValueError, Invalid):
        return ticket_pages.show(request, session, ticket_id, "appointment", 422)
    except Conflict:
        return ticket_pages.show(request, session, ticket_id, "busy", 409)
    return _back(ticket_id, "appointments")


@router.post("/incident")
def belong(
    request: Request,
    session: ASession,
    ticket_id: Named,
    incident: Annotated[str, Form(max_length=40)] = "",
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    """Make the ticket a child of an open incident, or of none."""
    session.check(csrf)
    parent = tickets.Parent(incident=incident or None)
    try:
        tickets.set_incident(request, session.member, ticket_id, parent)
    except Conflict:
        return ticket_pages.show(request, session, ticket_id, "conflict", 409)
    except NotFound:
        # Of the incident, or of the ticket itself: then this raises it again.
        return ticket_pages.show(request, session, ticket_id, "conflict", 404)
    return _back(ticket_id, "incident")


@router.post("/callback")
def promise(
    request: Request,
    session: ASession,
    ticket_id: Named,
    form: Annotated[promising.PromiseForm, Form()],
) -> Response:
    """Promise the contact that they will be rung about this ticket."""
    session.check(form.csrf)
    contact = tickets.get_ticket(request, session.member, ticket_id).contact
    problem, status = promising.promise(request, session, contact, form, ticket_id)
    if problem:
        return ticket_pages.show(request, session, ticket_id, f"call_{problem}", status)
    return RedirectResponse("/console/callbacks?done=promised", 303)


def _moment(request: Request, text: str) -> object:
    return local_time.moment(text, desk.of(request).settings.hours.zone)


def _back(ticket_id: str, part: str) -> Response:
    return RedirectResponse(f"/console/tickets/{ticket_id}#{part}", 303)

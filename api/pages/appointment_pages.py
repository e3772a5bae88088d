"""Appointments: who goes where and who helps whom from afar, and what came of it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import desk
from api.pages import local_time
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named
from api.routes import appointments as routes
from crm import access, appointments, clock, counselors, db
from crm.errors import Conflict, Invalid
from crm.models import Contact, Ticket

router = APIRouter(prefix="/console/appointments", include_in_schema=False)

# What began yesterday still wants to be told of today.
LOOKS_BACK = timedelta(days=1)
Line = Annotated[str, Form(max_length=320)]


@router.get("")
def show(
    request: Request,
    session: ASession,
    whose: Annotated[str, Query(max_length=10)] = "",
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
) -> Response:
    """Your own, or with `whose=all` everybody's that you may see."""
    return _list(request, session, everybody=whose == "all", cursor=cursor)


@router.post("/{appointment_id}/outcome")
def close(
    request: Request,
    session: ASession,
    appointment_id: Named,
    *,
    outcome: Line = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    csrf: Line = "",
) -> Response:
    session.check(csrf)
    try:
        told = routes.Outcome.model_validate({"outcome": outcome, "note": note.strip() or None})
        routes.close(request, session.member, appointment_id, told)
    except (ValidationError, Invalid):
        return _list(request, session, problem="incomplete", status=422)
    except Conflict:
        return _list(request, session, problem="over", status=409)
    return RedirectResponse("/console/appointments?done=told", 303)


@router.post("/{appointment_id}/move")
def move(
    request: Request,
    session: ASession,
    appointment_id: Named,
    *,
    starts_at: Line = "",
    minutes: Line = "60",
    csrf: Line = "",
) -> Response:
    session.check(csrf)
    zone = desk.of(request).settings.hours.zone
    try:
        to = routes.NewTime.model_validate(
            {"starts_at": local_time.moment(starts_at, zone), "minutes": minutes}
        )
        routes.move(request, session.member, appointment_id, to)
    except (ValidationError, ValueError, Invalid):
        return _list(request, session, problem="incomplete", status=422)
    except Conflict:
        return _list(request, session, problem="busy", status=409)
    return RedirectResponse("/console/appointments?done=moved", 303)


def _list(
    request: Request,
    session: Session,
    *,
    everybody: bool = False,
    cursor: str | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    member = session.member
    must(member, "appointment.read")
    own = member.role in access.HELPERS and not everybody
    with db.reading(desk.of(request).engine) as s:
        page = appointments.listed(
            s,
            member,
            since=clock.now() - LOOKS_BACK,
            counselor=member.id if own else None,
            cursor=cursor,
            limit=50,
        )
        found = []
        for row in page.rows:
            ticket = s.get_one(Ticket, row.ticket_id)
            writes = row.state == "planned" and access.may_write_appointment(member, row, ticket)
            found.append((row, ticket, s.get_one(Contact, ticket.contact_id), writes))
        names = counselors.names(s)
    return desk_page(
        request,
        session,
        "console/appointments.html",
        status,
        appointments=found,
        next=page.next,
        own=own,
        now=clock.now(),
        names=names,
        outcomes=appointments.OUTCOMES,
        problem=problem,
        done=request.query_params.get("done", ""),
    )

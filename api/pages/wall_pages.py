"""Walls as a page: who is kept from which tender or firm, until when, and why."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints
from sqlalchemy import select

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named, one_line
from crm import clock, db, walls
from crm.errors import Conflict, Invalid
from crm.events import Actor
from crm.models import Counselor
from routing import conflicts

router = APIRouter(prefix="/console/walls", include_in_schema=False)

USUAL = timedelta(days=90)


class WallForm(BaseModel):
    """The form for a new wall, as it was sent. `ends_on` is the last day on which it stands."""

    counselor: Annotated[str, StringConstraints(max_length=24)] = ""
    tender: Annotated[str, StringConstraints(max_length=60)] = ""
    organisation: Annotated[str, StringConstraints(max_length=200)] = ""
    reason: Annotated[str, Clean, StringConstraints(max_length=500)] = ""
    ends_on: Annotated[str, StringConstraints(max_length=10)] = ""
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("")
def wall_list(request: Request, session: ASession) -> Response:
    return _walls(request, session)


@router.post("")
def put_up(request: Request, session: ASession, form: Annotated[WallForm, Form()]) -> Response:
    """Set a wall; what is wrong with the form is said beside it."""
    session.check(form.csrf)
    must(session.member, "wall.write")
    here = desk.of(request)
    try:
        with db.transaction(here.engine) as s:
            conflicts.put_up(
                s,
                session.member,
                counselor=form.counselor,
                tender=one_line(form.tender) or None,
                organisation=one_line(form.organisation) or None,
                reason=form.reason,
                ends_at=_end_of(form.ends_on, here.settings.hours.zone),
            )
    except (Invalid, Conflict) as error:
        problem = "stands" if isinstance(error, Conflict) else str(error.details.get("field"))
        return _walls(request, session, form, problem, 422)
    return RedirectResponse("/console/walls?told=put_up", 303)


@router.post("/{wall_id}/lift")
def lift(
    request: Request,
    session: ASession,
    wall_id: Named,
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    session.check(csrf)
    must(session.member, "wall.write")
    with db.transaction(desk.of(request).engine) as s:
        walls.lift(s, Actor("counselor", session.member.id), wall_id)
    return RedirectResponse("/console/walls?told=lifted", 303)


def _end_of(day: str, zone: str) -> datetime:
    """Midnight after the day, at the agency; raises Invalid for what is no day."""
    try:
        following = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Invalid("This is no day.", field="ends_at") from error
    return datetime.combine(following, time(), ZoneInfo(zone))


def _walls(
    request: Request,
    session: Session,
    kept: WallForm | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    must(session.member, "wall.read")
    with db.reading(desk.of(request).engine) as s:
        every = walls.every(s)
        people = s.scalars(select(Counselor).order_by(Counselor.name)).all()
    soon = (clock.now() + USUAL).date().isoformat()
    return desk_page(
        request,
        session,
        "console/walls.html",
        status,
        walls=[(wall, walls.stands(wall)) for wall in every],
        names={person.id: person.name for person in people},
        people=[person for person in people if person.disabled_at is None],
        kept=kept or WallForm(ends_on=soon),
        problem=problem,
        told=request.query_params.get("told", ""),
    )

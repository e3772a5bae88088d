"""Courses of the four kinds: offered, assigned to counselors, and what came of them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints, ValidationError
from sqlalchemy import select

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named
from api.routes import team as routes
from crm import counselors, db, training
from crm.errors import Conflict, Invalid
from crm.models import Counselor

router = APIRouter(prefix="/console/courses", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320), Form()]


@router.get("")
def show(request: Request, session: ASession) -> Response:
    """The courses on offer, and who has which before them or behind."""
    return _show(request, session)


@router.post("")
def offer(
    request: Request,
    session: ASession,
    *,
    kind: Line = "",
    title: Line = "",
    hours: Line = "",
    area: Line = "",
    csrf: Line = "",
) -> Response:
    session.check(csrf)
    must(session.member, "training.write")
    told = {"kind": kind, "title": title, "hours": hours.strip(), "area": area.strip() or None}
    try:
        routes.offer_course(request, session.member, routes.NewCourse.model_validate(told))
    except ValidationError:
        return _show(request, session, "course", 422)
    return _back("offered")


@router.post("/{course_id}/assign")
def assign(
    request: Request, session: ASession, course_id: Named, counselor: Line = "", csrf: Line = ""
) -> Response:
    session.check(csrf)
    must(session.member, "training.write")
    try:
        new = routes.NewEnrolment(counselor=counselor)
        routes.assign_course(request, session.member, course_id, new)
    except (ValidationError, Invalid):
        return _show(request, session, "counselor", 422)
    except Conflict:
        return _show(request, session, "assigned", 409)
    return _back("assigned")


@router.post("/results/{enrolment_id}")
def finish(
    request: Request, session: ASession, enrolment_id: Named, result: Line = "", csrf: Line = ""
) -> Response:
    """The result of a course, given once."""
    session.check(csrf)
    must(session.member, "training.write")
    try:
        told = routes.Result.model_validate({"result": result.strip()})
    except ValidationError:
        return _show(request, session, "result", 422)
    try:
        routes.finish_course(request, session.member, enrolment_id, told)
    except Conflict:
        return _show(request, session, "finished", 409)
    return _back("finished")


def _back(done: str) -> Response:
    return RedirectResponse(f"/console/courses?done={done}", 303)


def _show(request: Request, session: Session, problem: str = "", status: int = 200) -> Response:
    must(session.member, "report.read")
    with db.reading(desk.of(request).engine) as s:
        names = {c.id: c.name for c in s.scalars(select(Counselor))}
        helpers = [(x.id, x.name) for x in counselors.helpers(s)]
    return desk_page(
        request,
        session,
        "console/courses.html",
        status,
        courses=routes.list_courses(request, session.member).items,
        enrolments=routes.list_enrolments(request, session.member).items,
        names=names,
        helpers=helpers,
        kinds=training.KINDS,
        pass_mark=training.PASS,
        problem=problem,
        done=request.query_params.get("done", ""),
    )

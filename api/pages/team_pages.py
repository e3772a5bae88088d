"""The board of notices with everybody's own quality; the team's figures for those who oversee."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api import desk
from api.pages import numbers
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Clean, Named, one_line
from api.routes import team
from crm import access, clock, db, notices, quality, training
from crm.events import Actor
from routing.kpi import counselors, formulas, report, rollup, words

router = APIRouter(prefix="/console", include_in_schema=False)

DAYS = 28
Csrf = Annotated[str, Form(max_length=320)]


@router.get("/team")
def team_page(request: Request, session: ASession) -> Response:
    return _show(request, session)


@router.post("/team/notices")
def put_up(
    request: Request,
    session: ASession,
    *,
    title: Annotated[str, Form(max_length=200)] = "",
    text: Annotated[str, Clean, Form(max_length=10_000)] = "",
    must_read: Annotated[bool, Form()] = False,
    csrf: Csrf = "",
) -> Response:
    """Put up a notice for everybody."""
    session.check(csrf)
    must(session.member, "notice.write")
    title, text = one_line(title), text.strip()
    if not title or not text:
        return _show(request, session, "incomplete", 422)
    with db.transaction(desk.of(request).engine) as s:
        actor = Actor("counselor", session.member.id)
        notices.put_up(s, actor, title=title, text=text, must_read=must_read)
    return _back("put_up")


@router.post("/team/notices/{notice_id}/read")
def read(request: Request, session: ASession, notice_id: Named, csrf: Csrf = "") -> Response:
    session.check(csrf)
    must(session.member, "notice.read")
    with db.transaction(desk.of(request).engine) as s:
        notices.read(s, Actor("counselor", session.member.id), notice_id)
    return _back("read")


@router.post("/team/notes/{note_id}/read")
def read_note(request: Request, session: ASession, note_id: Named, csrf: Csrf = "") -> Response:
    session.check(csrf)
    must(session.member, "quality.own")
    with db.transaction(desk.of(request).engine) as s:
        quality.read_note(s, Actor("counselor", session.member.id), note_id)
    return _back("read")


@router.post("/team/evaluations/{evaluation_id}/acknowledge")
def acknowledge(
    request: Request, session: ASession, evaluation_id: Named, csrf: Csrf = ""
) -> Response:
    session.check(csrf)
    must(session.member, "quality.own")
    with db.transaction(desk.of(request).engine) as s:
        quality.acknowledge(s, session.member, evaluation_id)
    return _back("read")


def _back(done: str) -> Response:
    return RedirectResponse(f"/console/team?done={done}", 303)


def _show(
    request: Request, session: ASession, problem: str | None = None, status: int = 200
) -> Response:
    must(session.member, "notice.read")
    here, member, said = desk.of(request), session.member, session.language
    oversees = access.may(member, "report.read")
    if oversees:
        rollup.catch_up(here.engine, batches=team.CATCH_UP)
    zone = here.settings.hours.zone
    now = clock.now()
    asked = report.span(now - timedelta(days=DAYS), now, zone=zone, now=now)
    with db.reading(here.engine) as s:
        board = notices.standing(s, member.id)
        own = access.may(member, "quality.own")
        mine = quality.evaluations(s, member, counselor_id=member.id, limit=20) if own else []
        notes = quality.coaching_notes(s, member, member.id) if own else []
        courses = training.enrolments(s, member.id) if own else []
        people = counselors.statistics(s, asked) if oversees else []
    wanted = team.list_targets(request, member).items if oversees else []
    return desk_page(
        request,
        session,
        "console/team.html",
        status,
        board=board,
        own=own,
        mine=[(e, numbers.number(e.score, 1, said)) for e in mine],
        notes=notes,
        courses=courses,
        oversees=oversees,
        days=DAYS,
        people=[
            (
                x,
                [numbers.figure(x.figures[k], formulas.CURRENT[k].unit, said) for k in x.figures],
                numbers.figure(x.quality, "index", said),
            )
            for x in people
        ],
        heads=[words.name(said, kpi) for kpi in counselors.SHOWN],
        targets=[
            (
                x,
                words.name(said, x.kpi),
                numbers.figure(x.target, formulas.CURRENT[x.kpi].unit, said),
                numbers.figure(x.value, formulas.CURRENT[x.kpi].unit, said),
            )
            for x in wanted
        ],
        today=now.astimezone(ZoneInfo(zone)).date(),
        problem=problem,
        done=request.query_params.get("done", ""),
    )

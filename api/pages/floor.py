"""The floor: what waits, who is there, and what is wrong. One page, with the acts beside it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import desk
from api.pages.desk_page import desk_page
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from crm import access, db, incidents, presence
from crm.errors import Conflict, Invalid
from crm.events import Actor
from crm.models import Incident
from crm.settings import QUEUES
from routing import board
from routing.allocator import bring_back

router = APIRouter(prefix="/console/floor", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]
Said = Annotated[str, StringConstraints(max_length=2000)]


class PresenceForm(BaseModel):
    state: Line
    reason: Line = ""
    csrf: Line = ""


class NoticeForm(BaseModel):
    """An incident's words in all languages, as they were typed."""

    title: Line = ""
    queue: Line = ""
    en: Said = ""
    es: Said = ""
    ko: Said = ""
    solve: bool = False
    csrf: Line = ""

    def notice(self) -> dict[str, str]:
        return {"en": self.en, "es": self.es, "ko": self.ko}


class Bare(BaseModel):
    csrf: Line = ""


@router.get("")
def show(request: Request, session: ASession) -> Response:
    return _board(request, session)


@router.post("/presence")
def declare(request: Request, session: ASession, form: Annotated[PresenceForm, Form()]) -> Response:
    """Say how you are; whoever goes away gives back what they hold."""
    session.check(form.csrf)
    access.must(session.member, "presence.declare")
    engine, me = desk.of(request).engine, session.member.id
    try:
        with db.transaction(engine) as s:
            presence.declare(s, me, form.state, reason=form.reason or None)
    except Invalid:
        return _board(request, session, "presence", status=422)
    if form.state == "offline":
        bring_back(engine, me)
    return _back()


@router.post("/incidents")
def begin(request: Request, session: ASession, form: Annotated[NoticeForm, Form()]) -> Response:
    """Open an incident that the supervisor knows of."""
    session.check(form.csrf)
    access.must(session.member, "incident.write")
    if form.queue not in QUEUES:
        return _board(request, session, "notice", form, status=422)
    try:
        with db.transaction(desk.of(request).engine) as s:
            incidents.open_known(
                s,
                _actor(session),
                queue=form.queue,
                title=one_line(form.title),
                notice=form.notice(),
                began_at=None,
            )
    except Invalid:
        return _board(request, session, "notice", form, status=422)
    except Conflict:  # a colleague opened the same a moment ago
        return _board(request, session, "decided", status=409)
    return _back()


@router.post("/incidents/{incident_id}/open")
def open_proposed(
    request: Request, session: ASession, incident_id: Named, form: Annotated[NoticeForm, Form()]
) -> Response:
    """The one act that opens a proposed incident everywhere."""

    def act(s: db.Session, row: Incident) -> None:
        title = one_line(form.title)
        incidents.open_(s, _actor(session), row, title=title, notice=form.notice())

    return _act(request, session, incident_id, form.csrf, act, form)


@router.post("/incidents/{incident_id}/dismiss")
def dismiss(
    request: Request, session: ASession, incident_id: Named, form: Annotated[Bare, Form()]
) -> Response:
    def act(s: db.Session, row: Incident) -> None:
        incidents.dismiss(s, _actor(session), row)

    return _act(request, session, incident_id, form.csrf, act)


@router.post("/incidents/{incident_id}/close")
def close(
    request: Request, session: ASession, incident_id: Named, form: Annotated[NoticeForm, Form()]
) -> Response:
    """The end: all affected are told, and happy calls are planned."""

    def act(s: db.Session, row: Incident) -> None:
        incidents.close(s, _actor(session), row, notice=form.notice(), solve=form.solve)

    return _act(request, session, incident_id, form.csrf, act, form)


def _act(
    request: Request,
    session: Session,
    incident_id: str,
    csrf: str,
    act: Any,
    form: NoticeForm | None = None,
) -> Response:
    session.check(csrf)
    access.must(session.member, "incident.write")
    try:
        with db.transaction(desk.of(request).engine) as s:
            act(s, incidents.get(s, incident_id, lock=True))
    except Invalid:
        return _board(request, session, "notice", form, incident_id, status=422)
    except Conflict:  # a colleague was quicker: the page shows what they decided
        return _board(request, session, "decided", status=409)
    return _back()


def _board(
    request: Request,
    session: Session,
    problem: str = "",
    kept: NoticeForm | None = None,
    about: str = "",
    *,
    status: int = 200,
) -> Response:
    access.must(session.member, "queue.read")
    member, here = session.member, desk.of(request)
    everything = member.role in access.OVERSEERS
    names = [name for name in QUEUES if everything or name in member.queues]
    with db.reading(here.engine) as s:
        rows = incidents.listed(s, 20)
        return desk_page(
            request,
            session,
            "console/floor.html",
            status,
            queues=board.states(s, here.settings, names),
            seats=board.seats(s, member),
            mine=presence.get(s, member.id),
            incidents=rows,
            tenders={i.id: incidents.touched_tenders(s, i) for i in rows if i.state == "open"},
            reasons=presence.REASONS,
            all_queues=QUEUES,
            problem=problem,
            kept=kept or NoticeForm(),
            about=about,
        )


def _back() -> Response:
    return RedirectResponse("/console/floor", 303)


def _actor(session: Session) -> Actor:
    return Actor("counselor", session.member.id)

"""Shifts: a week of who works when, planned here, and how today's plan is kept."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages import local_time, numbers
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named
from api.routes import planning as routes
from crm import access, clock, counselors, db
from crm.errors import Conflict, Invalid
from knowledge.port import Language
from routing.workforce import adherence, planning

router = APIRouter(prefix="/console/shifts", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]
DAYS = 7


class ShiftForm(BaseModel):
    """A shift as it was typed; the pause may be left out."""

    counselor: Line = ""
    starts_at: Line = ""
    ends_at: Line = ""
    pause_from: Line = ""
    pause_to: Line = ""
    csrf: Line = ""


@router.get("")
def show(
    request: Request, session: ASession, week: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """The week of a day; this week where none is named."""
    return _show(request, session, week=week)


@router.post("")
def plan(request: Request, session: ASession, form: Annotated[ShiftForm, Form()]) -> Response:
    session.check(form.csrf)
    must(session.member, "staffing.plan")
    zone = desk.of(request).settings.hours.zone
    try:
        paused = form.pause_from or form.pause_to
        pause = {
            "start": local_time.moment(form.pause_from, zone),
            "end": local_time.moment(form.pause_to, zone),
        } if paused else None  # fmt: skip
        new = routes.ShiftIn.model_validate(
            {
                "counselor": form.counselor,
                "starts_at": local_time.moment(form.starts_at, zone),
                "ends_at": local_time.moment(form.ends_at, zone),
                "pauses": [pause] if pause else [],
            }
        )
        planned = routes.plan_shift(request, session.member, new)
    except (ValidationError, ValueError, Invalid):
        return _show(request, session, problem="incomplete", status=422, kept=form)
    except Conflict:
        return _show(request, session, problem="overlap", status=409, kept=form)
    day = planned.starts_at.astimezone(ZoneInfo(zone)).date()
    return RedirectResponse(f"/console/shifts?week={day.isoformat()}&done=planned", 303)


@router.post("/{shift_id}/remove")
def remove(
    request: Request,
    session: ASession,
    shift_id: Named,
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    session.check(csrf)
    must(session.member, "staffing.plan")
    try:
        routes.remove_shift(request, session.member, shift_id)
    except Conflict:
        return _show(request, session, problem="begun", status=409)
    return RedirectResponse("/console/shifts?done=removed", 303)


def _show(
    request: Request,
    session: Session,
    *,
    week: str = "",
    problem: str = "",
    status: int = 200,
    kept: ShiftForm | None = None,
) -> Response:
    must(session.member, "staffing.read")
    here, said = desk.of(request), session.language
    zone = ZoneInfo(here.settings.hours.zone)
    today = clock.now().astimezone(zone).date()
    monday = _monday(week, today)
    days = [monday + timedelta(days=n) for n in range(DAYS)]
    since = datetime.combine(monday, time(0), zone)
    listed = routes.list_shifts(
        request, session.member, since=since, until=since + timedelta(days=DAYS), counselor=None
    ).items
    with db.reading(here.engine) as s:
        everybody = counselors.everybody(s)
        followed = planning.kept(s, today, zone=zone.key, until=clock.now())
    by_day: defaultdict[tuple[str, date], list[routes.ShiftView]] = defaultdict(list)
    for shift in listed:
        by_day[shift.counselor, shift.starts_at.astimezone(zone).date()].append(shift)
    names = counselors.told_apart(everybody)
    sees_all = session.member.role in access.OVERSEERS
    return desk_page(
        request,
        session,
        "console/shifts.html",
        status,
        days=days,
        today=today,
        before=(monday - timedelta(days=DAYS)).isoformat(),
        after=(monday + timedelta(days=DAYS)).isoformat(),
        people=sorted({who for who, _ in by_day}, key=lambda who: names.get(who, "")),
        by_day=by_day,
        names=names,
        now=clock.now(),
        helpers=[x for x in everybody if x.role in access.HELPERS and x.disabled_at is None],
        followed=[
            (names.get(who, ""), *_followed(told, said))
            for who, told in sorted(followed.items(), key=lambda x: names.get(x[0], ""))
            if sees_all or who == session.member.id
        ],
        problem=problem,
        kept=kept or ShiftForm(),
        done=request.query_params.get("done", ""),
    )


def _monday(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if text else today
        return day - timedelta(days=day.weekday())
    except (ValueError, OverflowError):
        return today - timedelta(days=today.weekday())


def _followed(told: adherence.Adherence, said: Language) -> tuple[str, str]:
    """Time that was planned, and the share of it that was kept."""
    return numbers.duration(told.scheduled, said), numbers.figure(told.share, "share", said)

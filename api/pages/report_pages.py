"""The wallboard, the reports and the published months."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import desk
from api.pages import numbers, plot
from api.pages.desk_page import desk_page, must
from api.pages.plot import Plot
from api.pages.session import ASession
from api.reading import Clean
from api.routes import reports
from crm import clock, counselors, db, months
from crm.errors import DeskError
from knowledge.port import LANGUAGES, Language
from routing.kpi import board, formulas, report, rollup, steps, words
from routing.kpi.formulas import Formula
from routing.kpi.report import Report
from routing.kpi.steps import Step

router = APIRouter(prefix="/console", include_in_schema=False)

Short = Annotated[str, Clean, Query(max_length=40)]
CHANNELS = ("web", "phone", "email", "sms", "whatsapp", "telegram", "kakao")
DEFAULT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a report's table."""

    label: str
    value: str
    n: str


@router.get("/board")
def wallboard(request: Request, session: ASession) -> Response:
    """Who waits, who talks, and the day so far; the page asks for itself anew."""
    return _board(request, session, "console/board.html")


@router.get("/board/now")
def wallboard_now(request: Request, session: ASession) -> Response:
    """The changing part of the wallboard."""
    return _board(request, session, "console/board_now.html")


@router.get("/reports")
def report_page(
    request: Request,
    session: ASession,
    *,
    kpi: Short = "service_level",
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Annotated[str, Query(alias="to", max_length=10)] = "",
    narrowed: Annotated[reports.Only, Depends()],
    formula: Short = "",
    interval: Short = "",
) -> Response:
    """One figure over whole days, in the desk's zone; both days are counted."""
    must(session.member, "report.read")
    here = desk.of(request)
    zone = here.settings.hours.zone
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    last = _day(until) or today
    first = _day(since) or last - timedelta(days=DEFAULT_DAYS - 1)
    only = {name: value or "" for name, value in asdict(narrowed).items()}
    made, problem = None, ""
    chosen = formulas.CURRENT.get(kpi, formulas.CURRENT["service_level"])
    try:
        # A version is one of its figure: another figure is told by its newest.
        of, _, _ = formula.rpartition(".")
        chosen = formulas.find(chosen.kpi, formula if of in {"", chosen.kpi} else None)
        asked = report.span(
            _midnight(first, zone), _midnight(last + timedelta(days=1), zone), zone=zone,
            now=clock.now(),
        )  # fmt: skip
        step = steps.find(interval)
        rollup.catch_up(here.engine, batches=reports.CATCH_UP)
        with db.reading(here.engine) as s:
            made = report.report(s, chosen, asked, where=only, step=step, zone=zone)
    except DeskError as error:
        problem = "intervals" if error.details.get("field") == "interval" else "days"
    with db.reading(here.engine) as s:
        helpers = counselors.helpers(s)
    said = session.language
    link = {"from": _midnight(first, zone), "to": _midnight(last + timedelta(days=1), zone)}
    more = {"formula": str(chosen.version), "interval": interval}
    query = {k: v for k, v in (only | more).items() if v}
    return desk_page(
        request,
        session,
        "console/reports.html",
        422 if problem else 200,
        problem=problem,
        made=made,
        chosen=chosen,
        named=_named(said),
        formulas=[(f, words.formula(said, f)) for f in formulas.FORMULAS if f.kpi == chosen.kpi],
        first=first.isoformat(),
        last=last.isoformat(),
        only=only,
        queues=here.settings.queues,
        channels=CHANNELS,
        intervals=list(Step),
        interval=interval,
        spoken=LANGUAGES,
        helpers=[(x.id, x.name) for x in helpers],
        value=made and numbers.figure(made.value, chosen.unit, said),
        n=made and numbers.number(made.n, 0, said),
        rows=_rows(made, said) if made else [],
        plot=_plot(made, said) if made else None,
        export=f"/api/v1/reports/{chosen.kpi}?"
        + urlencode(query | {k: v.isoformat() for k, v in link.items()}),
    )


@router.get("/reports/months")
def months_page(request: Request, session: ASession, month: Short = "") -> Response:
    """The published months; one of them in full, beside what the journal says now."""
    must(session.member, "report.read")
    return _months(request, session, month)


@router.post("/reports/months")
def publish_month(
    request: Request,
    session: ASession,
    month: Annotated[str, Form(max_length=7)] = "",
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    session.check(csrf)
    must(session.member, "report.publish")
    here = desk.of(request)
    try:
        reports.publish(here.engine, here.settings, session.member, month)
    except DeskError as error:
        return _months(request, session, "", error.code)
    return RedirectResponse(f"/console/reports/months?month={month}&published=1", 303)


def _months(
    request: Request, session: ASession, month: str, problem: str | None = None
) -> Response:
    here = desk.of(request)
    with db.reading(here.engine) as s:
        published = months.all_published(s)
    shown = next((m for m in published if m.month == month), None)
    opened = reports.compared(here.engine, here.settings, shown.month) if shown else None
    said = session.language
    differs = (
        {(d["kpi"], d["queue"]): d["now"] for d in (opened.differences or [])} if opened else {}
    )
    figures: list[dict[str, Any]] = [
        {
            "name": words.name(said, f.kpi),
            "version": f.version,
            "value": numbers.figure(f.value, formulas.CURRENT[f.kpi].unit, said),
            "n": numbers.number(f.n, 0, said),
            "now": numbers.figure(differs[f.kpi, ""], formulas.CURRENT[f.kpi].unit, said)
            if (f.kpi, "") in differs
            else "",
        }
        for f in (opened.figures if opened else [])
        if f.queue == ""
    ]
    now = clock.now().astimezone(ZoneInfo(here.settings.hours.zone))
    before = now.replace(day=1) - timedelta(days=1)
    return desk_page(
        request,
        session,
        "console/months.html",
        422 if problem else 200,
        published=published,
        opened=opened,
        figures=figures,
        differences=len(differs),
        suggested=before.strftime("%Y-%m"),
        problem=problem,
        done=bool(request.query_params.get("published")) and shown is not None,
    )


def _board(request: Request, session: ASession, template: str) -> Response:
    must(session.member, "report.read")
    here = desk.of(request)
    zone = here.settings.hours.zone
    rollup.catch_up(here.engine, batches=reports.CATCH_UP)
    with db.reading(here.engine) as s:
        told = board.board(s, report.span(None, None, zone=zone, now=clock.now()), zone)
    said = session.language
    lines = [told.total, *told.lines]
    return desk_page(
        request,
        session,
        template,
        named=_named(said),
        shown=board.SHOWN,
        at=told.at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S"),
        lines=[
            asdict(line)
            | {
                "longest": numbers.duration(line.longest, said) if line.waiting else "–",
                "figures": {
                    kpi: numbers.figure(value, formulas.CURRENT[kpi].unit, said)
                    for kpi, value in line.figures.items()
                },
            }
            for line in lines
        ],
        plots=[
            (words.name(said, p.formula.kpi), _plot(p, said), _rows(p, said)) for p in told.plots
        ],
    )


def _named(language: Language) -> dict[str, str]:
    return {kpi: words.name(language, kpi) for kpi in formulas.NAMES}


def _rows(made: Report, language: Language) -> list[Row]:
    unit = made.formula.unit
    return [
        Row(
            _label(part.start, made),
            numbers.figure(part.value, unit, language),
            numbers.number(part.n, 0, language),
        )
        for part in made.parts
    ]


def _plot(made: Report, language: Language) -> Plot:
    values = [part.value for part in made.parts]
    unit = made.formula.unit
    sides = _sides(made.formula, values)
    return plot.bars(
        [_label(part.start, made) for part in made.parts],
        values,
        [(at, numbers.figure(at, unit, language)) for at in sides],
    )


def _sides(formula: Formula, values: Sequence[float | None]) -> list[float]:
    if formula.unit == "share":
        return [0, 0.25, 0.5, 0.75, 1]
    if formula.unit == "index":
        return [0, 25, 50, 75, 100]
    return plot.scale(values)


def _label(start: datetime, made: Report) -> str:
    if made.step is Step.MONTH:
        return start.strftime("%Y-%m")
    if made.step.whole_days:
        return start.strftime("%m-%d")
    several_days = made.span.until - made.span.since > timedelta(days=1, hours=1)
    told = start.strftime("%m-%d %H:%M" if several_days else "%H:%M")
    return f"{told} ({start:%Z})" if _comes_twice(start) else told


def _comes_twice(moment: datetime) -> bool:
    """Whether the clocks, put back, show this time a second time."""
    return moment.replace(fold=0).utcoffset() > moment.replace(fold=1).utcoffset()  # type: ignore[operator]  # it has a zone


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))

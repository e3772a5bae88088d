"""Key figures: what there are, each over a span, the months as published, and the raw journal."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api import desk, journal_export
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean
from crm import access, clock, db, months, rollups
from crm.access import Member
from crm.errors import Conflict, Invalid
from crm.events import Actor
from crm.models import KpiMonth
from crm.settings import Settings
from routing.kpi import formulas, report, rollup, steps, words
from routing.kpi.report import Report, Span

router = APIRouter(prefix="/api/v1/reports", tags=["Reports"], responses=TOLD)

# So many batches are counted before a report is read; what is older the worker has counted.
CATCH_UP = 5
Name = Annotated[str | None, Clean, Query(max_length=40)]
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Language = Literal["en", "es", "ko"]


@dataclass(frozen=True, slots=True)
class Only:
    """Which contacts are counted; all of them where nothing is named."""

    queue: Name = None
    channel: Name = None
    language: Name = None
    counselor: Name = None


class FormulaView(BaseModel):
    version: int
    formula: str = Field(description="in the names of the measures")
    words: str


class KpiView(BaseModel):
    kpi: str
    name: str
    unit: Literal["share", "seconds", "index", "count"]
    current: int
    formulas: list[FormulaView]


class KpiList(BaseModel):
    items: list[KpiView]
    next: str | None = None


class PartView(BaseModel):
    """One interval: [from, to)."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    value: float | None
    n: int


class ReportView(BaseModel):
    """`value` is null where nothing happened to divide by; `as_of` is the last event it knows."""

    kpi: str
    formula: str
    version: int
    unit: str
    value: float | None
    n: int
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    as_of: int
    intervals: list[PartView]


class Figure(BaseModel):
    kpi: str
    version: int
    queue: str
    value: float | None
    n: int


class MonthView(BaseModel):
    """`differences` are the figures that the journal would give today and that differ."""

    month: str
    published_at: datetime
    published_by: str
    through: int
    figures: list[Figure]
    differences: list[dict[str, Any]] | None = None


class MonthList(BaseModel):
    items: list[MonthView]
    next: str | None = None


class NewMonth(BaseModel):
    month: Month


@router.get("")
def list_reports(
    member: AMember,
    language: Language | None = None,
    cursor: Name = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> KpiList:
    """The figures there are, with every version of their formulas, in words."""
    access.must(member, "report.read")
    said = language or member.interface
    names = _behind(cursor)
    return KpiList(
        items=[
            KpiView(
                kpi=kpi,
                name=words.name(said, kpi),
                unit=formulas.CURRENT[kpi].unit,
                current=formulas.CURRENT[kpi].version,
                formulas=[
                    FormulaView(version=f.version, formula=f.text, words=words.formula(said, f))
                    for f in formulas.FORMULAS
                    if f.kpi == kpi
                ],
            )
            for kpi in names[:limit]
        ],
        next=names[limit - 1] if len(names) > limit else None,
    )


def _behind(cursor: str | None) -> Sequence[str]:
    """The figures that come after one of them, in the order in which they are told."""
    if cursor is None:
        return formulas.NAMES
    if cursor not in formulas.NAMES:
        raise Invalid("This cursor is not one of ours.", field="cursor")
    return formulas.NAMES[formulas.NAMES.index(cursor) + 1 :]


@router.get("/journal")
def export_journal(
    request: Request, member: AMember, after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0
) -> Response:
    """The whole journal, one event a line, for `recompute.py` and for whoever checks the chain."""
    access.must(member, "report.read")
    return StreamingResponse(
        journal_export.lines(desk.of(request).engine, after),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="journal.jsonl"'},
    )


@router.get("/months")
def list_months(request: Request, member: AMember) -> MonthList:
    """The published months, the newest first."""
    access.must(member, "report.read")
    with db.reading(desk.of(request).engine) as s:
        return MonthList(items=[_month(m, None) for m in months.all_published(s)])


@router.post("/months", status_code=201)
def publish_month(request: Request, member: AMember, new: NewMonth) -> MonthView:
    """Freeze a month that is over: every figure, for all queues together and each alone."""
    access.must(member, "report.publish")
    here = desk.of(request)
    return _month(publish(here.engine, here.settings, member, new.month), [])


@router.get("/months/{month}")
def published_month(request: Request, member: AMember, month: Month) -> MonthView:
    """A month as it was published, and where the journal would tell it differently today."""
    access.must(member, "report.read")
    here = desk.of(request)
    return compared(here.engine, here.settings, month)


@router.get("/{kpi}", response_model=ReportView)
def read_report(
    request: Request,
    member: AMember,
    kpi: Annotated[str, Clean],
    *,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    only: Annotated[Only, Depends()],
    formula: Name = None,
    interval: Name = None,
    format: Literal["json", "csv"] = "json",  # noqa: A002 - the word of the address
) -> Response:
    """One figure over [from, to), whole and by `interval`: `quarter`, `half_hour`, `hour`, `day`,
    `week` or `month`, or its seconds.

    Times without a zone are the desk's. `formula` is a version; the newest without it. `n` is what
    the value rests on. Spans begin and end on quarters of an hour.
    """
    access.must(member, "report.read")
    here = desk.of(request)
    chosen, step = formulas.find(kpi, formula), steps.find(interval)
    if only.queue and only.queue not in here.settings.queues:
        raise Invalid(f"queue is one of {', '.join(here.settings.queues)}.", field="queue")
    zone = here.settings.hours.zone
    asked = report.span(since, until, zone=zone, now=clock.now())
    rollup.catch_up(here.engine, batches=CATCH_UP)
    with db.reading(here.engine) as s:
        made = report.report(s, chosen, asked, where=asdict(only), step=step, zone=zone)
        told = _view(made, rollups.cursor(s))
    if format == "csv":
        return _csv(told)
    return Response(told.model_dump_json(by_alias=True), media_type="application/json")


def publish(engine: Engine, settings: Settings, member: Member, month: str) -> KpiMonth:
    """Count to the end, then freeze. Raises Conflict for a month that is not over."""
    asked = report.month(month, settings.hours.zone)
    if asked.until > clock.now():
        raise Conflict("This month is not over yet.", month=month)
    while not rollup.catch_up(engine, batches=100):
        pass
    with db.transaction(engine) as s:
        figures = report.figures(report.sums(s, asked, "queue"))
        actor = Actor("counselor", member.id)
        return months.publish(s, actor, month, figures, rollups.cursor(s))


def compared(engine: Engine, settings: Settings, month: str) -> MonthView:
    """A published month beside what its own versions of the formulas give now."""
    asked = report.month(month, settings.hours.zone)
    rollup.catch_up(engine, batches=CATCH_UP)
    with db.reading(engine) as s:
        frozen = months.get(s, month)
        now = _again(s, asked, frozen.figures["figures"])
    differences = [
        {**was, "now": value, "now_n": n}
        for was, (value, n) in zip(frozen.figures["figures"], now, strict=True)
        if (was["value"], was["n"]) != (value, n)
    ]
    return _month(frozen, differences)


def _again(
    s: db.Session, asked: Span, figures: list[dict[str, Any]]
) -> list[tuple[float | None, int]]:
    sums = report.sums(s, asked, "queue")
    found = []
    for figure in figures:
        formula = formulas.find(figure["kpi"], str(figure["version"]))
        counted = sums[figure["queue"]] if figure["queue"] in sums else Counter[str]()
        found.append((formula.value(counted), formula.n(counted)))
    return found


def _view(made: Report, as_of: int) -> ReportView:
    ends = [part.start for part in made.parts[1:]] + [made.span.until]
    return ReportView(
        kpi=made.formula.kpi,
        formula=made.formula.text,
        version=made.formula.version,
        unit=made.formula.unit,
        value=made.value,
        n=made.n,
        since=made.span.since,
        until=made.span.until,
        as_of=as_of,
        intervals=[
            PartView(
                since=max(part.start, made.span.since, key=datetime.timestamp),
                until=min(end, made.span.until, key=datetime.timestamp)
                if made.step.whole_days
                else made.step.after(part.start),
                value=part.value,
                n=part.n,
            )
            for part, end in zip(made.parts, ends, strict=True)
        ],
    )


def _csv(told: ReportView) -> Response:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["kpi", "version", "from", "to", "value", "n"])
    for part in told.intervals:
        value = "" if part.value is None else repr(part.value)
        ends = (part.since.isoformat(), part.until.isoformat())
        sheet.writerow([told.kpi, told.version, *ends, value, part.n])
    name = f"{told.kpi}.csv"
    return Response(
        out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _month(frozen: KpiMonth, differences: list[dict[str, Any]] | None) -> MonthView:
    return MonthView(
        month=frozen.month,
        published_at=frozen.published_at,
        published_by=frozen.published_by,
        through=frozen.through,
        figures=[Figure(**figure) for figure in frozen.figures["figures"]],
        differences=differences,
    )

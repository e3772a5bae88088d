"""Forecasts, shifts that cover them, the plan of who works when, and how it was kept."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named
from crm import access, clock, db, shifts
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Shift
from routing.kpi import rollup
from routing.workforce import planning, staffing
from routing.workforce.protection import OCCUPANCY_CAP
from routing.workforce.shifts import Cover, NoShift, Rules, cover
from routing.workforce.staffing import Goal

router = APIRouter(prefix="/api/v1/staffing", tags=["Staffing"], responses=TOLD)

CATCH_UP = 5
MOST_DAYS = 62


class SlotView(BaseModel):
    """Half an hour: contacts expected and their 80 % range, agents for the mean and for its top."""

    start: datetime = Field(serialization_alias="from")
    mean: float
    low: float
    high: float
    closings: int
    agents: int
    agents_high: int
    scheduled: int


class BackTestView(BaseModel):
    """Null where there was nothing to test against."""

    days: int
    wape: float | None
    naive: float | None
    bias: float | None
    coverage: float | None


class ForecastView(BaseModel):
    """`basis` is `history`, or `shape` where the desk has too little of its own."""

    day: date
    basis: Literal["history", "shape"]
    days_used: int
    pull_per_closing: float
    spread: float
    year_end: float
    aht: float
    backtest: BackTestView
    intervals: list[SlotView]


class CoverRequest(BaseModel):
    """`needed` are people on the phones in each half hour of the day; hours are half hours."""

    needed: list[Annotated[int, Field(ge=0, le=5000)]] = Field(min_length=48, max_length=48)
    people: int = Field(ge=0, le=5000)
    opens: int = Field(18, ge=0, le=47)
    closes: int = Field(36, ge=1, le=48)
    lengths: list[Annotated[int, Field(ge=1, le=24)]] = Field([8, 12, 18], max_length=10)
    max_length: int = Field(18, ge=1, le=24)
    shrinkage: float = Field(0.0, ge=0, lt=1)


class ShiftGroup(BaseModel):
    start: int
    end: int
    meal: int | None
    people: int


class CoverView(BaseModel):
    """`short` names each half hour that cannot be covered, and how many people it lacks."""

    feasible: bool
    optimal: bool
    heads: int
    paid_hours: float
    shifts: list[ShiftGroup]
    staffed: list[int]
    needed: list[int]
    short: list[dict[str, int]]


class PauseIn(BaseModel):
    start: AwareDatetime
    end: AwareDatetime
    kind: Literal["break", "off_phone"] = "break"


class ShiftIn(BaseModel):
    counselor: Named
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    pauses: list[PauseIn] = Field(default=[], max_length=10)


class ShiftView(BaseModel):
    id: str
    counselor: str
    starts_at: datetime
    ends_at: datetime
    pauses: list[dict[str, str]]


class ShiftList(BaseModel):
    items: list[ShiftView]
    next: str | None = None


class AdherenceView(BaseModel):
    """Seconds; `share` is null before the shift began."""

    counselor: str
    scheduled: float
    adherent: float
    share: float | None
    deviations: list[dict[str, Any]]


class AdherenceList(BaseModel):
    items: list[AdherenceView]
    next: str | None = None


@router.get("/forecast")
def get_forecast(
    request: Request,
    member: AMember,
    *,
    day: date | None = None,
    queue: Annotated[str | None, Clean, Query(max_length=40)] = None,
    aht: Annotated[float | None, Query(gt=0, le=86_400, allow_inf_nan=False)] = None,
    target: Annotated[float, Query(ge=0, lt=1, allow_inf_nan=False)] = 0.8,
    within: Annotated[float, Query(ge=0, le=86_400, allow_inf_nan=False)] = 20.0,
    shrinkage: Annotated[float, Query(ge=0, lt=1, allow_inf_nan=False)] = 0.3,
    daily: Annotated[float, Query(ge=0, le=1e6, allow_inf_nan=False)] = 0.0,
) -> ForecastView:
    """Contacts of a day (tomorrow, where none is named) per half hour, and the agents they take.

    Occupancy is capped at 0.85. `daily` is what a day brings where the desk has no history.
    """
    access.must(member, "staffing.read")
    here = desk.of(request)
    if queue and queue not in here.settings.queues:
        raise Invalid(f"queue is one of {', '.join(here.settings.queues)}.", field="queue")
    zone = here.settings.hours.zone
    day = day or clock.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    rollup.catch_up(here.engine, batches=CATCH_UP)
    goal = Goal(target, within, OCCUPANCY_CAP)
    try:
        with db.reading(here.engine) as s:
            made = planning.plan(
                s, day, zone=zone, queue=queue, goal=goal, shrinkage=shrinkage, aht=aht, daily=daily
            )
    except staffing.Unreachable as error:
        raise Invalid(str(error)) from error
    return view(made)


@router.post("/cover")
def cover_day(member: AMember, asked: CoverRequest) -> CoverView:
    """Shifts for a day: as little uncovered as possible, then as few paid hours as possible."""
    access.must(member, "staffing.plan")
    rules = Rules(
        people=asked.people,
        opens=asked.opens,
        closes=asked.closes,
        lengths=tuple(asked.lengths),
        max_length=asked.max_length,
        shrinkage=asked.shrinkage,
    )
    try:
        return _cover(cover(asked.needed, rules))
    except NoShift as error:
        raise Invalid(str(error)) from error


@router.get("/shifts")
def list_shifts(
    request: Request,
    member: AMember,
    *,
    since: Annotated[AwareDatetime, Query(alias="from")],
    until: Annotated[AwareDatetime, Query(alias="to")],
    counselor: Named | None = None,
) -> ShiftList:
    """Planned shifts that touch [from, to); a counselor sees their own, a supervisor all."""
    access.must(member, "staffing.read")
    if not since < until <= since + timedelta(days=MOST_DAYS):
        raise Invalid(f"`from` comes before `to`, at most {MOST_DAYS} days.", field="to")
    if member.role not in access.OVERSEERS:
        counselor = member.id
    with db.reading(desk.of(request).engine) as s:
        return ShiftList(items=[_shift(x) for x in shifts.between(s, since, until, counselor)])


@router.post("/shifts", status_code=201)
def plan_shift(request: Request, member: AMember, new: ShiftIn) -> ShiftView:
    """Plan a shift for a counselor; 409 where it overlaps another."""
    access.must(member, "staffing.plan")
    pauses = [shifts.Pause(p.start, p.end, p.kind) for p in new.pauses]
    with db.transaction(desk.of(request).engine) as s:
        actor = Actor("counselor", member.id)
        planned = shifts.plan(s, actor, new.counselor, new.starts_at, new.ends_at, pauses)
        return _shift(planned)


@router.delete("/shifts/{shift_id}", status_code=204)
def remove_shift(request: Request, member: AMember, shift_id: Named) -> None:
    """Take a shift off the plan that has not begun."""
    access.must(member, "staffing.plan")
    with db.transaction(desk.of(request).engine) as s:
        shifts.remove(s, Actor("counselor", member.id), shift_id)


@router.get("/adherence")
def get_adherence(request: Request, member: AMember, day: date | None = None) -> AdherenceList:
    """How far each counselor kept to the plan of a day (today, where none is named)."""
    access.must(member, "staffing.read")
    here = desk.of(request)
    zone = here.settings.hours.zone
    day = day or clock.now().astimezone(ZoneInfo(zone)).date()
    with db.reading(here.engine) as s:
        found = planning.kept(s, day, zone=zone, until=clock.now())
    if member.role not in access.OVERSEERS:
        found = {who: kept for who, kept in found.items() if who == member.id}
    return AdherenceList(
        items=[
            AdherenceView(
                counselor=who,
                scheduled=kept.scheduled,
                adherent=kept.adherent,
                share=kept.share,
                deviations=[
                    {
                        "from": x.start.isoformat(),
                        "to": x.end.isoformat(),
                        "planned": x.planned,
                        "state": x.state,
                    }
                    for x in kept.deviations
                ],
            )
            for who, kept in sorted(found.items())
        ]
    )


def view(made: planning.Plan) -> ForecastView:
    told = made.told
    return ForecastView(
        day=told.day,
        basis="history" if told.basis == "history" else "shape",
        days_used=told.days_used,
        pull_per_closing=told.pull,
        spread=told.spread,
        year_end=told.year_end,
        aht=made.aht,
        backtest=BackTestView(**asdict(made.test)),
        intervals=[SlotView(**asdict(slot)) for slot in made.needed],
    )


def _cover(made: Cover) -> CoverView:
    return CoverView(
        feasible=not made.short,
        optimal=made.optimal,
        heads=made.heads,
        paid_hours=made.paid_slots / 2,
        shifts=[
            ShiftGroup(start=x.start, end=x.end, meal=x.meal, people=x.people) for x in made.shifts
        ],
        staffed=list(made.staffed),
        needed=list(made.needed),
        short=[{"slot": x.slot, "missing": x.missing} for x in made.short],
    )


def _shift(shift: Shift) -> ShiftView:
    return ShiftView(
        id=shift.id,
        counselor=shift.counselor_id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        pauses=[{"start": a, "end": b, "kind": kind} for a, b, kind in shift.pauses],
    )

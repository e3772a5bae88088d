"""The team: courses, the board of notices, targets by stage, and each counselor's statistics."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from crm import access, clock, db, notices, targets, training
from crm.access import Member
from crm.events import Actor
from crm.models import Course, Enrolment, KpiTarget
from routing.kpi import counselors, formulas, report, rollup

router = APIRouter(prefix="/api/v1", tags=["Team"], responses=TOLD)

CATCH_UP = 5
Kind = Literal["basic", "occupational", "customer_satisfaction", "computational"]
Line = Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)]


class NewCourse(BaseModel):
    """`area` is the area of scorecards that the course strengthens."""

    kind: Kind
    title: Line
    hours: int = Field(ge=1, le=500)
    area: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None


class CourseView(BaseModel):
    id: str
    kind: Kind
    title: str
    hours: int
    area: str | None


class CourseList(BaseModel):
    items: list[CourseView]
    next: str | None = None


class NewEnrolment(BaseModel):
    counselor: Named


class Result(BaseModel):
    result: int = Field(ge=0, le=100)


class EnrolmentView(BaseModel):
    id: str
    course: str
    title: str
    kind: str
    counselor: str
    reason: Literal["assigned", "weak_scorecard"]
    state: Literal["assigned", "passed", "failed"]
    result: int | None
    due_on: date
    finished_at: datetime | None


class EnrolmentList(BaseModel):
    items: list[EnrolmentView]
    next: str | None = None


class NewNotice(BaseModel):
    title: Line
    text: Annotated[str, Clean, StringConstraints(min_length=1, max_length=10_000)]
    must_read: bool = False


class NoticeView(BaseModel):
    id: str
    title: str
    text: str
    must_read: bool
    read: bool
    readers: int
    created_at: datetime


class NoticeList(BaseModel):
    items: list[NoticeView]
    next: str | None = None


class NewTarget(BaseModel):
    """What a figure is to reach in the early stage, and from `switch_on` on."""

    early: float = Field(allow_inf_nan=False)
    stabilised: float = Field(allow_inf_nan=False)
    switch_on: date
    at_least: bool


class TargetView(BaseModel):
    """`value` is this month's so far; `met` is null while there is none."""

    kpi: str
    early: float
    stabilised: float
    switch_on: date
    at_least: bool
    stage: Literal["early", "stabilised"]
    target: float
    value: float | None
    n: int
    met: bool | None


class TargetList(BaseModel):
    items: list[TargetView]
    next: str | None = None


class StatisticList(BaseModel):
    items: list[dict[str, Any]]
    next: str | None = None


@router.get("/courses")
def list_courses(request: Request, member: AMember) -> CourseList:
    """The courses on offer."""
    access.must(member, "notice.read")
    with db.reading(desk.of(request).engine) as s:
        return CourseList(items=[_course(c) for c in training.courses(s)])


@router.post("/courses", status_code=201)
def offer_course(request: Request, member: AMember, new: NewCourse) -> CourseView:
    access.must(member, "training.write")
    with db.transaction(desk.of(request).engine) as s:
        made = training.offer(
            s, _actor(member), kind=new.kind, title=new.title, hours=new.hours, area=new.area
        )
        return _course(made)


@router.post("/courses/{course_id}/enrolments", status_code=201)
def assign_course(
    request: Request, member: AMember, course_id: Named, new: NewEnrolment
) -> dict[str, str]:
    """Assign a course to a counselor; 409 where they have it before them already."""
    access.must(member, "training.write")
    with db.transaction(desk.of(request).engine) as s:
        return {"id": training.assign(s, _actor(member), course_id, new.counselor).id}


@router.get("/enrolments")
def list_enrolments(request: Request, member: AMember) -> EnrolmentList:
    """Who has which course before them or behind; a counselor sees their own."""
    everybody = member.role in access.OVERSEERS
    if not everybody:
        access.must(member, "quality.own")
    with db.reading(desk.of(request).engine) as s:
        rows = training.enrolments(s, None if everybody else member.id)
        return EnrolmentList(items=[_enrolment(e, c) for e, c in rows])


@router.post("/enrolments/{enrolment_id}/result")
def finish_course(
    request: Request, member: AMember, enrolment_id: Named, told: Result
) -> dict[str, str]:
    """The result, 0 to 100; 60 and more is passed. It is given once."""
    access.must(member, "training.write")
    with db.transaction(desk.of(request).engine) as s:
        done = training.finish(s, _actor(member), enrolment_id, told.result)
        return {"id": done.id, "state": done.state}


@router.get("/notices")
def list_notices(request: Request, member: AMember) -> NoticeList:
    """The board, the newest first, and whether you have read each."""
    access.must(member, "notice.read")
    with db.reading(desk.of(request).engine) as s:
        return NoticeList(
            items=[
                NoticeView(
                    id=n.id,
                    title=n.title,
                    text=n.text,
                    must_read=n.must_read,
                    read=is_read,
                    readers=readers,
                    created_at=n.created_at,
                )
                for n, is_read, readers in notices.standing(s, member.id)
            ]
        )


@router.post("/notices", status_code=201)
def put_up_notice(request: Request, member: AMember, new: NewNotice) -> dict[str, str]:
    access.must(member, "notice.write")
    with db.transaction(desk.of(request).engine) as s:
        made = notices.put_up(
            s, _actor(member), title=new.title, text=new.text, must_read=new.must_read
        )
        return {"id": made.id}


@router.post("/notices/{notice_id}/read", status_code=204)
def read_notice(request: Request, member: AMember, notice_id: Named) -> None:
    """You have read it."""
    access.must(member, "notice.read")
    with db.transaction(desk.of(request).engine) as s:
        notices.read(s, _actor(member), notice_id)


@router.get("/notices/{notice_id}/unread")
def who_has_not_read(request: Request, member: AMember, notice_id: Named) -> dict[str, list[str]]:
    """The counselors who have not read a notice yet, by id."""
    access.must(member, "notice.write")
    with db.reading(desk.of(request).engine) as s:
        notices.get(s, notice_id)
        return {"counselors": list(notices.unread_by(s, notice_id))}


@router.delete("/notices/{notice_id}", status_code=204)
def withdraw_notice(request: Request, member: AMember, notice_id: Named) -> None:
    """Take a notice off the board."""
    access.must(member, "notice.write")
    with db.transaction(desk.of(request).engine) as s:
        notices.withdraw(s, _actor(member), notice_id)


@router.get("/targets")
def list_targets(request: Request, member: AMember) -> TargetList:
    """What the figures are to reach at the present stage, and what this month reached so far."""
    access.must(member, "report.read")
    here = desk.of(request)
    zone = here.settings.hours.zone
    now = clock.now().astimezone(ZoneInfo(zone))
    rollup.catch_up(here.engine, batches=CATCH_UP)
    with db.reading(here.engine) as s:
        asked = report.month(now.strftime("%Y-%m"), zone)
        counted = report.sums(s, asked, "queue")[""]
        return TargetList(items=[_target(t, counted, now.date()) for t in targets.everything(s)])


@router.put("/targets/{kpi}")
def set_target(
    request: Request, member: AMember, kpi: Annotated[str, Clean], new: NewTarget
) -> dict[str, str]:
    access.must(member, "target.write")
    formulas.find(kpi, None)
    with db.transaction(desk.of(request).engine) as s:
        targets.put(
            s,
            _actor(member),
            kpi,
            early=new.early,
            stabilised=new.stabilised,
            switch_on=new.switch_on,
            at_least=new.at_least,
        )
    return {"kpi": kpi}


@router.get("/statistics/counselors")
def counselor_statistics(
    request: Request,
    member: AMember,
    *,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
) -> StatisticList:
    """What each counselor did in [from, to): figures, judgements and courses; today by default."""
    access.must(member, "report.read")
    here = desk.of(request)
    asked = report.span(since, until, zone=here.settings.hours.zone, now=clock.now())
    rollup.catch_up(here.engine, batches=CATCH_UP)
    with db.reading(here.engine) as s:
        return StatisticList(items=[asdict(x) for x in counselors.statistics(s, asked)])


def _target(t: KpiTarget, counted: Any, day: date) -> TargetView:
    stage, wanted = targets.stage(t, day)
    formula = formulas.CURRENT[t.kpi]
    value = formula.value(counted)
    met = None if value is None else (value >= wanted if t.at_least else value <= wanted)
    return TargetView(
        kpi=t.kpi,
        early=t.early,
        stabilised=t.stabilised,
        switch_on=t.switch_on,
        at_least=t.at_least,
        stage="stabilised" if stage == "stabilised" else "early",
        target=wanted,
        value=value,
        n=formula.n(counted),
        met=met,
    )


def _course(c: Course) -> CourseView:
    return CourseView(
        id=c.id,
        kind=c.kind,  # type: ignore[arg-type]  # checked by the table's own constraint
        title=c.title,
        hours=c.hours,
        area=c.area,
    )


def _enrolment(e: Enrolment, c: Course) -> EnrolmentView:
    return EnrolmentView(
        id=e.id,
        course=c.id,
        title=c.title,
        kind=c.kind,
        counselor=e.counselor_id,
        reason="weak_scorecard" if e.reason == "weak_scorecard" else "assigned",
        state=e.state,  # type: ignore[arg-type]  # checked by the table's own constraint
        result=e.result,
        due_on=e.due_on,
        finished_at=e.finished_at,
    )


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)

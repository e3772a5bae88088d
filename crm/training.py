"""Courses of the four kinds, who is to take them, and what came of it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from crm import clock, db, events
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.models import Counselor, Course, Enrolment, Evaluation

KINDS = ("basic", "occupational", "customer_satisfaction", "computational")
PASS = 60
DUE = timedelta(days=30)


def offer(
    s: Session, actor: Actor, *, kind: str, title: str, hours: int, area: str | None
) -> Course:
    course = Course(kind=kind, title=title, hours=hours, area=area, created_at=clock.now())
    s.add(course)
    s.flush()
    codes = {"course": course.id, "kind": kind, "hours": hours}
    events.emit(s, "course.offered", actor, data=codes)
    return course


def courses(s: Session) -> Sequence[Course]:
    query = select(Course).where(Course.closed_at.is_(None))
    return s.scalars(query.order_by(Course.kind, Course.title)).all()


def assign(s: Session, actor: Actor, course_id: str, counselor_id: str) -> Enrolment:
    """Assign a course; raises Conflict where it is before the counselor already."""
    course, counselor = s.get(Course, course_id), s.get(Counselor, counselor_id)
    if course is None or course.closed_at:
        raise NotFound("There is no such course.")
    if counselor is None or counselor.disabled_at:
        raise Invalid("There is no such counselor.", field="counselor")
    made = _enrol(s, actor, course, counselor_id, "assigned", None)
    if made is None:
        raise Conflict("This course is assigned to them already.")
    return made


def assign_weak(s: Session, made: Evaluation, below: float) -> list[Enrolment]:
    """The courses for the areas in which an evaluation was weak."""
    weak = sorted(area for area, score in made.areas.items() if score < below)
    found = s.scalars(
        select(Course)
        .where(Course.area.in_(weak), Course.closed_at.is_(None))
        .order_by(Course.created_at)
    ).all()
    enrolled = [
        _enrol(s, SYSTEM, course, made.counselor_id, "weak_scorecard", made.id) for course in found
    ]
    return [x for x in enrolled if x]


def finish(s: Session, actor: Actor, enrolment_id: str, result: int) -> Enrolment:
    """The result of a course, 0 to 100; 60 and more is passed."""
    enrolment = s.get(Enrolment, enrolment_id, with_for_update=True)
    if enrolment is None:
        raise NotFound("There is no such enrolment.")
    if enrolment.state != "assigned":
        raise Conflict("This course has its result.", state=enrolment.state)
    enrolment.state = "passed" if result >= PASS else "failed"
    enrolment.result, enrolment.finished_at = result, clock.now()
    codes = {"enrolment": enrolment.id, "state": enrolment.state, "result": result}
    events.emit(s, "course.finished", actor, data=codes)
    return enrolment


def enrolments(s: Session, counselor_id: str | None) -> Sequence[tuple[Enrolment, Course]]:
    query = select(Enrolment, Course).join(Course, Course.id == Enrolment.course_id)
    if counselor_id:
        query = query.where(Enrolment.counselor_id == counselor_id)
    rows = s.execute(query.order_by(Enrolment.created_at.desc()).limit(500))
    return [(enrolment, course) for enrolment, course in rows]


def _enrol(
    s: Session,
    actor: Actor,
    course: Course,
    counselor_id: str,
    reason: str,
    evaluation_id: str | None,
) -> Enrolment | None:
    db.alone(s, "enrolment", course.id, counselor_id)
    there = select(Enrolment.id).where(
        Enrolment.course_id == course.id,
        Enrolment.counselor_id == counselor_id,
        Enrolment.state == "assigned",
    )
    if s.scalar(there):
        return None
    made = Enrolment(
        course_id=course.id,
        counselor_id=counselor_id,
        reason=reason,
        evaluation_id=evaluation_id,
        due_on=(clock.now() + DUE).date(),
        created_at=clock.now(),
    )
    s.add(made)
    s.flush()
    codes = {"enrolment": made.id, "course": course.id, "counselor": counselor_id}
    events.emit(s, "course.assigned", actor, data={**codes, "reason": reason})
    return made

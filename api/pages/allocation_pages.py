"""How contacts are given out: the rules of each queue, calendars, skills, and who has which."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named
from api.routes import allocation as routes
from api.routes import waiting
from crm import access, db, presence, queues
from crm.errors import Conflict, Invalid, NotFound
from crm.models import Counselor
from crm.settings import QUEUES, WEEKDAYS

router = APIRouter(prefix="/console/allocation", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]
Csrf = Annotated[str, Form(max_length=320)]
LEVELS = range(6)  # 0: not at all


class QueueForm(BaseModel):
    """A queue's rules as they were sent. Of the steps, row n has `step_after[n]` and so on; an
    extra queue or any language stands as `n:queue` and `n`. A row without seconds is none."""

    mode: Line = ""
    offer_seconds: Line = ""
    misses: Line = ""
    wrap_seconds: Line = ""
    boost: Line = ""
    preferred_seconds: Line = ""
    calendar: Line = ""
    after_hours: list[Line] = []
    step_after: list[Line] = []
    step_lower: list[Line] = []
    step_drop: list[Line] = []
    step_queue: list[Line] = []
    step_any: list[Line] = []
    seen: Line | None = None
    csrf: Line = ""

    def change(self) -> dict[str, Any]:
        numbers = ("offer_seconds", "misses", "wrap_seconds", "boost", "preferred_seconds")
        return {
            "mode": self.mode,
            "calendar": self.calendar or None,
            "after_hours": self.after_hours,
            "relax": self._steps(),
            "seen": self.seen,
        } | {name: getattr(self, name).strip() for name in numbers}

    def _steps(self) -> list[dict[str, Any]]:
        rows = zip(self.step_after, self.step_lower, self.step_drop, strict=True)
        return [
            {
                "after": after.strip(),
                "lower": lower.strip() or 0,
                "drop": drop.replace(",", " ").split(),
                "queues": [q for x, _, q in (y.partition(":") for y in self.step_queue) if x == n],
                "any_language": n in self.step_any,
            }
            for n, (after, lower, drop) in ((str(i), row) for i, row in enumerate(rows))
            if after.strip()
        ]


class CalendarForm(BaseModel):
    """A week: `opens` and `closes` for each weekday; a day without them is closed."""

    name: Line = ""
    zone: Line = ""
    always: bool = False
    opens: list[Line] = []
    closes: list[Line] = []
    csrf: Line = ""

    def body(self) -> dict[str, Any]:
        week = zip(WEEKDAYS, self.opens, self.closes, strict=False)
        days = {day: (a.strip(), b.strip()) for day, a, b in week if a.strip() or b.strip()}
        return {"zone": self.zone.strip(), "always": self.always, "days": days}


class SeatForm(BaseModel):
    """What a counselor can do: a level for each skill, in the order of `skill`; 0 is not at all."""

    skill: list[Line] = []
    level: list[Line] = []
    call: Line = ""
    chat: Line = ""
    mail: Line = ""
    csrf: Line = ""


@router.get("")
def show(request: Request, session: ASession) -> Response:
    """The rules as they are; to change them is for supervisors and admins."""
    return _show(request, session)


@router.post("/queues/{name}")
def change_queue(
    request: Request, session: ASession, name: Named, form: Annotated[QueueForm, Form()]
) -> Response:
    """Serve a queue by other rules."""

    def act() -> None:
        change = routes.QueueChange.model_validate(form.change())
        routes.change_queue(request, session.member, name, change)

    return _act(request, session, form.csrf, act, "queue", name)


@router.post("/skills")
def add_skill(
    request: Request, session: ASession, name: Annotated[Line, Form()] = "", csrf: Csrf = ""
) -> Response:
    def act() -> None:
        routes.add_skill(request, session.member, routes.NewSkill(name=name.strip()))

    return _act(request, session, csrf, act, "skill")


@router.post("/skills/{name}/remove")
def remove_skill(request: Request, session: ASession, name: Named, csrf: Csrf = "") -> Response:
    """Take a skill away; who waited for it goes on waiting, for anybody else who fits."""

    def act() -> None:
        routes.remove_skill(request, session.member, name)

    return _act(request, session, csrf, act, "skill")


@router.post("/calendars")
def put_calendar(
    request: Request, session: ASession, form: Annotated[CalendarForm, Form()]
) -> Response:
    """Write a calendar's week, new or known; its holidays stay."""

    def act() -> None:
        body = waiting.CalendarBody.model_validate(form.body())
        waiting.put_calendar(request, session.member, form.name.strip(), body)

    return _act(request, session, form.csrf, act, "calendar")


@router.post("/calendars/holidays")
def put_holidays(
    request: Request,
    session: ASession,
    file: UploadFile,
    name: Annotated[Line, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """Take the holidays of an iCalendar file, all or none."""

    def act() -> None:
        waiting.put_holidays(request, session.member, name, file)

    return _act(request, session, csrf, act, "holidays")


@router.get("/people/{counselor_id}")
def show_person(request: Request, session: ASession, counselor_id: Named) -> Response:
    """One counselor's skills and capacity."""
    return _person(request, session, counselor_id)


@router.post("/people/{counselor_id}")
def change_person(
    request: Request, session: ASession, counselor_id: Named, form: Annotated[SeatForm, Form()]
) -> Response:
    session.check(form.csrf)
    must(session.member, "queue.write")
    try:
        pairs = zip(form.skill, map(int, form.level), strict=True)
        levels = routes.Levels(skills={skill: level for skill, level in pairs if level})
        room = routes.Capacity.model_validate({m: getattr(form, m) for m in presence.CAPACITY})
        routes.set_capacity(request, session.member, counselor_id, room)
        routes.set_skills(request, session.member, counselor_id, levels)
    except (ValueError, Invalid):
        return _person(request, session, counselor_id, problem=True, status=422)
    return RedirectResponse("/console/allocation?done=person#people", 303)


def _act(
    request: Request,
    session: Session,
    csrf: str,
    act: Callable[[], None],
    what: str,
    about: str = "",
) -> Response:
    session.check(csrf)
    must(session.member, "queue.write")
    try:
        act()
    except (ValidationError, ValueError, Invalid):
        return _show(request, session, problem=what, about=about, status=422)
    except Conflict:
        # Two at once: whoever came second sees the rules as they are now.
        problem = "stale" if what == "queue" else what
        return _show(request, session, problem=problem, about=about, status=409)
    except NotFound:
        return _show(request, session, problem="gone", status=404)
    return RedirectResponse(f"/console/allocation?done={what}", 303)


def _show(
    request: Request, session: Session, *, problem: str = "", about: str = "", status: int = 200
) -> Response:
    must(session.member, "queue.read")
    member = session.member
    return desk_page(
        request,
        session,
        "console/allocation.html",
        status,
        queues=routes.list_queues(request, member).items,
        skills=routes.list_skills(request, member).items,
        calendars=waiting.list_calendars(request, member).items,
        people=routes.list_presence(request, member).items,
        modes=queues.MODES,
        after_hours=queues.AFTER_HOURS,
        most_steps=queues.MOST_STEPS,
        all_queues=QUEUES,
        weekdays=WEEKDAYS,
        problem=problem,
        about=about,
        done=request.query_params.get("done", ""),
    )


def _person(
    request: Request,
    session: Session,
    counselor_id: str,
    *,
    problem: bool = False,
    status: int = 200,
) -> Response:
    must(session.member, "queue.write")
    with db.reading(desk.of(request).engine) as s:
        person = s.get(Counselor, counselor_id)
        if person is None or person.role not in access.HELPERS:
            raise NotFound("There is no such counselor.")
        name, row = person.name, presence.get(s, counselor_id)
        capacity = row.capacity if row else presence.CAPACITY
    return desk_page(
        request,
        session,
        "console/allocation_person.html",
        status,
        id=counselor_id,
        name=name,
        known=routes.list_skills(request, session.member).items,
        levels=routes.get_skills(request, session.member, counselor_id).skills,
        capacity=capacity,
        steps=LEVELS,
        most=presence.MOST,
        problem=problem,
    )

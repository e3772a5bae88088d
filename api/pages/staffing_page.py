"""Staffing: tomorrow's contacts from history and the bid calendar, the agents that they take, and
the shifts that would cover them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from api import desk
from api.pages import numbers, plot
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Clean
from crm import access, clock, db
from routing.kpi import rollup
from routing.workforce import planning, staffing
from routing.workforce.planning import Needed
from routing.workforce.protection import OCCUPANCY_CAP
from routing.workforce.shifts import Cover, NoShift, Rules, cover
from routing.workforce.staffing import Goal

router = APIRouter(prefix="/console", include_in_schema=False)

CATCH_UP = 5
SHRINKAGE = 0.3
MOST_PEOPLE = 5000


@router.get("/staffing")
def staffing_page(
    request: Request,
    session: ASession,
    *,
    day: Annotated[str, Query(max_length=10)] = "",
    queue: Annotated[str, Clean, Query(max_length=40)] = "",
    daily: Annotated[str, Query(max_length=12)] = "",
    people: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """The plan of a day, tomorrow's where none is named; with `people` also its shifts."""
    must(session.member, "staffing.read")
    here, said = desk.of(request), session.language
    zone = here.settings.hours.zone
    tomorrow = clock.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    rollup.catch_up(here.engine, batches=CATCH_UP)
    made, covered, problem = None, None, False
    try:
        wanted = date.fromisoformat(day) if day else tomorrow
        expected = float(daily or 0)
        if queue and queue not in here.settings.queues:
            raise ValueError(queue)  # noqa: TRY301 - told like the other slips of the form
        if not 0 <= expected <= 1e6:
            raise ValueError(daily)  # noqa: TRY301 - the same
        with db.reading(here.engine) as s:
            made = planning.plan(
                s, wanted, zone=zone, queue=queue or None, goal=Goal(max_occupancy=OCCUPANCY_CAP),
                shrinkage=SHRINKAGE, aht=None, daily=expected,
            )  # fmt: skip
        if people and access.may(session.member, "staffing.plan"):
            covered = _cover(made.needed, int(people))
    except (ValueError, OverflowError, staffing.Unreachable, NoShift):
        wanted, problem = tomorrow, True
    slots = [slot for slot in made.needed if slot.high >= 1] if made else []
    return desk_page(
        request,
        session,
        "console/staffing.html",
        422 if problem else 200,
        problem=problem,
        made=made,
        day=wanted.isoformat(),
        queue=queue,
        daily=daily,
        people=people,
        covered=covered,
        half_hour=_half_hour,
        paid=numbers.number(covered.paid_slots / 2, 1, said) if covered else "",
        queues=here.settings.queues,
        test=made and made.test,
        wape=numbers.figure(made.test.wape, "share", said) if made else "",
        naive=numbers.figure(made.test.naive, "share", said) if made else "",
        coverage=numbers.figure(made.test.coverage, "share", said) if made else "",
        aht=numbers.duration(made.aht, said) if made else "",
        total=numbers.number(sum(s.mean for s in made.needed), 0, said) if made else "",
        rows=[
            {
                "label": slot.start.strftime("%H:%M"),
                "mean": numbers.number(slot.mean, 1, said),
                "range": " – ".join(numbers.number(x, 0, said) for x in (slot.low, slot.high)),
                "closings": slot.closings,
                "agents": slot.agents,
                "agents_high": slot.agents_high,
                "scheduled": slot.scheduled,
            }
            for slot in slots
        ],
        drawing=plot.bars(
            [slot.start.strftime("%H:%M") for slot in slots],
            [slot.mean for slot in slots],
            [(x, numbers.number(x, 0, said)) for x in plot.scale([s.high for s in slots])],
            [(slot.low, slot.high) for slot in slots],
        ),
    )


def _cover(needed: Sequence[Needed], people: int) -> Cover | None:
    """Shifts for the agents of a day, from the first half hour that needs one to the last; None
    where no half hour does."""
    if not 0 <= people <= MOST_PEOPLE:
        raise ValueError(people)
    agents = [slot.agents for slot in needed]
    busy = [slot for slot, n in enumerate(agents) if n]
    if not busy:
        return None
    rules = Rules(people=people, opens=busy[0], closes=busy[-1] + 1, shrinkage=SHRINKAGE)
    return cover(agents, rules)


def _half_hour(slot: int) -> str:
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"

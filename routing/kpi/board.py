"""The wallboard: who waits now, who is there, and the day so far."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm import clock, queries
from crm.db import Session
from routing.kpi import report
from routing.kpi.formulas import CURRENT
from routing.kpi.report import Report, Span
from routing.kpi.steps import Step

SHOWN = ("service_level", "asa", "abandonment", "aht", "occupancy", "csat")
PLOTTED = ("offered", "service_level")
MEASURED = tuple(
    dict.fromkeys(name for kpi in (*SHOWN, *PLOTTED) for name in CURRENT[kpi].measures)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One queue, or all of them (`queue` is empty). Figures are today's; None without a basis."""

    queue: str
    waiting: int
    longest: float
    talking: int
    offered: int
    figures: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Board:
    at: datetime
    total: Line
    lines: Sequence[Line]
    plots: Sequence[Report]


def board(s: Session, day: Span, zone: str) -> Board:
    """Everything that the board shows; `day` is today from midnight, in the desk's zone."""
    counted = report.by_quarter(s, day, "queue", MEASURED)  # one reading for lines and plots
    sums = report.totals((queue, sums) for _, queue, sums in counted)
    now = queries.standing(s)
    names = sorted(set(sums) | set(now) - {""})
    lines = {
        name: _line(name, now.get(name) or queries.Standing(), sums.get(name) or Counter())
        for name in names
    }
    everywhere = queries.Standing(
        waiting=sum(x.waiting for x in now.values()),
        since=min((x.since for x in now.values() if x.since), default=None),
        talking=sum(x.talking for x in now.values()),
    )
    quarters = [(start, sums) for start, _, sums in counted]
    plots = [
        report.drawn(CURRENT[kpi], day, quarters, step=Step.HALF_HOUR, zone=zone) for kpi in PLOTTED
    ]
    return Board(
        at=clock.now(),
        total=_line("", everywhere, sums[""]),
        lines=[line for name, line in lines.items() if name],
        plots=plots,
    )


def _line(queue: str, now: queries.Standing, counted: Counter[str]) -> Line:
    longest = clock.seconds_since(now.since)
    return Line(
        queue=queue,
        waiting=now.waiting,
        longest=max(longest, 0.0),
        talking=now.talking,
        offered=int(CURRENT["offered"].value(counted) or 0),
        figures={kpi: CURRENT[kpi].value(counted) for kpi in SHOWN},
    )

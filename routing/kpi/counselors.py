"""What each counselor did in a span: figures, judgements, courses."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm.db import Session
from crm.models import Counselor, Enrolment, Evaluation
from routing.kpi import report
from routing.kpi.formulas import CURRENT
from routing.kpi.report import Span

SHOWN = ("aht", "occupancy", "csat", "fcr")
HELPERS = ("counselor", "senior", "supervisor")


@dataclass(frozen=True, slots=True)
class Statistic:
    """`quality` is the mean score of `judged` talks, 0 to 100; figures as their formulas say."""

    counselor: str
    name: str
    handled: int
    figures: dict[str, float | None]
    judged: int
    quality: float | None
    fatal: int
    passed: int
    assigned: int


def statistics(s: Session, asked: Span) -> Sequence[Statistic]:
    """Everybody who helps, in the order of their names."""
    sums = report.sums(s, asked, "counselor")
    judged = defaultdict(list)
    for made in s.scalars(
        select(Evaluation).where(
            Evaluation.calibration.is_(False),
            Evaluation.created_at >= asked.since,
            Evaluation.created_at < asked.until,
        )
    ):
        judged[made.counselor_id].append(made)
    courses: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for who, state in s.execute(select(Enrolment.counselor_id, Enrolment.state)):
        courses[who][state] += 1
    people = s.scalars(
        select(Counselor)
        .where(Counselor.role.in_(HELPERS), Counselor.disabled_at.is_(None))
        .order_by(Counselor.name)
    )
    return [
        _of(person, sums.get(person.id) or Counter(), judged[person.id], courses[person.id])
        for person in people
    ]


def _of(
    person: Counselor, counted: Counter[str], judged: list[Evaluation], courses: Counter[str]
) -> Statistic:
    return Statistic(
        counselor=person.id,
        name=person.name,
        handled=counted["handled"],
        figures={kpi: CURRENT[kpi].value(counted) for kpi in SHOWN},
        judged=len(judged),
        quality=sum(e.score for e in judged) / len(judged) if judged else None,
        fatal=sum(e.fatal for e in judged),
        passed=courses["passed"],
        assigned=courses["assigned"],
    )

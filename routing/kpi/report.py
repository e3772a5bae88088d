"""A figure over a span of time, whole and by interval; and all figures at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm import rollups
from crm.db import Session
from crm.errors import Invalid
from routing.kpi.formulas import CURRENT, NAMES, Formula
from routing.kpi.measures import MEASURES
from routing.kpi.steps import Step

LONGEST = timedelta(days=400)
MOST_INTERVALS = 1500


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until), which begin and end on a quarter of an hour."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> tuple[int, int]:
        return int(self.since.timestamp()), int(self.until.timestamp())


@dataclass(frozen=True, slots=True)
class Part:
    """One interval of a report; `value` is None where nothing happened to divide by."""

    start: datetime
    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Report:
    formula: Formula
    span: Span
    step: Step
    value: float | None
    n: int
    parts: Sequence[Part]


def span(since: datetime | None, until: datetime | None, *, zone: str, now: datetime) -> Span:
    """The span asked for; today so far, in the desk's zone, where nothing was."""
    local = ZoneInfo(zone)
    until = _in_zone(until or now, local)
    since = Step.DAY.start_of(until) if since is None else _in_zone(since, local)
    seconds = until.timestamp() - since.timestamp()
    if seconds <= 0:
        raise Invalid("`from` comes before `to`.", field="from")
    if seconds > LONGEST.total_seconds():
        raise Invalid(f"A report spans at most {LONGEST.days} days.", field="to")
    return Span(_floor(since), _ceiling(until))


def report(
    s: Session,
    formula: Formula,
    asked: Span,
    *,
    where: Mapping[str, str | None],
    step: Step | None,
    zone: str,
) -> Report:
    """The figure over the span and in each of its intervals of one `step`.

    A day begins at midnight of the desk's zone, a week on Monday. Without `step`, hours up to three
    days and days above. Raises Invalid for a step that cuts the span into too many.
    """
    since, until = asked.seconds
    length = until - since
    step = step or (Step.HOUR if length <= 3 * Step.DAY.seconds else Step.DAY)
    if length / step.seconds > MOST_INTERVALS:
        raise Invalid("These are too many intervals; take longer ones.", field="interval")
    rows = rollups.sums(s, formula.measures, since, until, where)
    counted = [(start, _named(formula.measures, sums)) for start, *sums in rows]
    return drawn(formula, asked, counted, step=step, zone=zone)


def drawn(
    formula: Formula,
    asked: Span,
    counted: Iterable[tuple[int, Mapping[str, int]]],
    *,
    step: Step,
    zone: str,
) -> Report:
    """The figure from what was counted in each quarter of an hour that something was."""
    whole: Counter[str] = Counter()
    # By the second: the hour that a clock goes through twice has two times with one reading.
    starts = {start.timestamp(): start for start in _starts(asked, step, zone)}
    parts: dict[float, Counter[str]] = {at: Counter() for at in starts}
    for start, sums in counted:
        whole.update(sums)
        moment = datetime.fromtimestamp(start, UTC).astimezone(ZoneInfo(zone))
        parts[step.start_of(moment).timestamp()].update(sums)
    return Report(
        formula=formula,
        span=asked,
        step=step,
        value=formula.value(whole),
        n=formula.n(whole),
        parts=[Part(starts[at], formula.value(c), formula.n(c)) for at, c in parts.items()],
    )


def sums(
    s: Session, asked: Span, by: str, where: Mapping[str, str | None] | None = None
) -> dict[str, Counter[str]]:
    """Every measure, for each value of a dimension and for all of them together (`""`)."""
    rows = rollups.sums(s, MEASURES, *asked.seconds, where or {}, by=(by,))
    return totals((value, _named(MEASURES, row)) for value, *row in rows)


def by_quarter(
    s: Session, asked: Span, by: str, measures: Sequence[str]
) -> list[tuple[int, str, Mapping[str, int]]]:
    """Start, value of a dimension, and what was counted there, for each quarter of an hour."""
    rows = rollups.sums(s, measures, *asked.seconds, {}, by=("start", by))
    return [(start, value, _named(measures, row)) for start, value, *row in rows]


def totals(counted: Iterable[tuple[str, Mapping[str, int]]]) -> dict[str, Counter[str]]:
    """The sums for each value of a dimension, and for all of them together (`""`)."""
    found: dict[str, Counter[str]] = {"": Counter()}
    for value, added in counted:
        found[""].update(added)
        if value:
            found.setdefault(value, Counter()).update(added)
    return found


def figures(sums: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Every figure by its current formula, as it is frozen: one entry for each kpi and queue."""
    return [
        {
            "kpi": kpi,
            "version": CURRENT[kpi].version,
            "queue": queue,
            "value": CURRENT[kpi].value(counted),
            "n": CURRENT[kpi].n(counted),
        }
        for queue, counted in sums.items()
        for kpi in NAMES
    ]


def month(name: str, zone: str) -> Span:
    """A calendar month, `2026-11`, in the desk's zone."""
    try:
        since = datetime.strptime(name, "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise Invalid("A month is written as 2026-11.", field="month") from error
    year, number = (since.year + 1, 1) if since.month == 12 else (since.year, since.month + 1)
    return Span(since, since.replace(year=year, month=number))


def _named(measures: Sequence[str], row: Sequence[Any]) -> dict[str, int]:
    return {name: int(n or 0) for name, n in zip(measures, row, strict=True)}


def _starts(asked: Span, step: Step, zone: str) -> list[datetime]:
    starts, at = [], step.start_of(asked.since.astimezone(ZoneInfo(zone)))
    while at.timestamp() < asked.until.timestamp():
        starts.append(at)
        at = step.after(at)
    return starts


def _floor(moment: datetime) -> datetime:
    return Step.QUARTER.start_of(moment)


def _ceiling(moment: datetime) -> datetime:
    floor = _floor(moment)
    return floor if floor == moment else Step.QUARTER.after(floor)


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment in a zone; one without a zone is meant to be in it."""
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)

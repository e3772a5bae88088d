"""How many contacts will come in each half hour of a day, with an honest range.

The mean of a slot is a base, from the same weekday and slot of the weeks before (younger weeks
weigh more), drawn to the common shape of all weekdays where there were few; plus a pull for each
tender that closes soon after. Tomorrow's closings are public, so the pull is known the day before.
The range is as wide as past days were scattered around their means. `back_test` says how it did.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SLOTS = 48
HALF_LIFE_WEEKS = 4.0
WEEKS = 12
# A weekday's own history counts as much as this many days of the common shape.
COMMON_DAYS = 2.0
AHEAD = 4  # slots: a closing pulls contacts in the two hours before it
RANGE = 1.2816  # standard deviations of an 80 % range
YEAR_END = (12, 15)
ENOUGH_DAYS = 7
# The day of a procurement call centre that has no history: bids gather between 09:00 and 10:30.
SHAPE = (
    *(0.0,) * 16, 1.0, 2.0, 9.0, 10.0, 9.0, 7.0, 6.0, 5.0, 3.0, 3.0, 5.0, 6.0,
    6.5, 6.0, 5.5, 5.0, 4.5, 4.0, 1.5, 0.5, *(0.0,) * 12,
)  # fmt: skip
MONDAY_MORE = 1.2

Day = Sequence[float]
Closings = Mapping[date, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Slot:
    """Half an hour from `index` x 30 minutes after midnight."""

    index: int
    mean: float
    low: float
    high: float
    closings: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """`basis` is `history`, or `shape` where there is too little of it (then scaled to `daily`)."""

    day: date
    basis: str
    days_used: int
    pull: float
    spread: float
    year_end: float
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class BackTest:
    """Past days, each forecast from what came before it.

    `wape` is the summed absolute error over the summed contacts, `naive` the same for "as a week
    ago", `bias` the summed error over the contacts, `coverage` the share of slots in their range.
    """

    days: int
    wape: float | None
    naive: float | None
    bias: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class _Fit:
    own: Sequence[float]
    pull: float
    spread: float


def forecast(
    history: Mapping[date, Day], closings: Closings, day: date, *, daily: float = 0.0
) -> Forecast:
    """The forecast of `day` from the days before it; `history` has 48 counts for each day.

    `daily` is what a day would bring where there is no history to say so.
    """
    before = {d: counts for d, counts in history.items() if d < day and sum(counts) > 0}
    near = _near(closings.get(day, ()))
    if len(before) < ENOUGH_DAYS:
        return _by_shape(before, day, near, daily)
    fit = _fit(before, closings, day)
    factor = _year_end(before, day)
    slots = []
    for index in range(SLOTS):
        mean = max(fit.own[index] * factor + fit.pull * near[index], 0.0)
        slots.append(_slot(index, mean, fit.spread, near[index]))
    return Forecast(day, "history", len(before), fit.pull, fit.spread, factor, slots)


def back_test(history: Mapping[date, Day], closings: Closings, *, days: int = 14) -> BackTest:
    """Forecast each of the last days from its past, and compare."""
    tested = sorted(d for d, counts in history.items() if sum(counts) > 0)[-days:]
    error = naive = bias = total = weeks_total = 0.0
    inside = slots = counted = 0
    for day in tested:
        told = forecast(history, closings, day)
        if told.basis != "history":
            continue
        counted += 1
        actual = history[day]
        week_ago = history.get(day - timedelta(days=7))
        for slot, came in zip(told.slots, actual, strict=True):
            error += abs(came - slot.mean)
            bias += slot.mean - came
            if slot.mean > 0.5 or came:
                slots += 1
                inside += int(slot.low <= came <= slot.high)
        total += sum(actual)
        if week_ago is not None:
            naive += sum(abs(a - b) for a, b in zip(actual, week_ago, strict=True))
            weeks_total += sum(actual)
    return BackTest(
        days=counted,
        wape=error / total if total else None,
        naive=naive / weeks_total if weeks_total else None,
        bias=bias / total if total else None,
        coverage=inside / slots if slots else None,
    )


def _by_shape(before: Mapping[date, Day], day: date, near: Sequence[int], daily: float) -> Forecast:
    """Too little history: the field's shape, as high as the few days were, in a wide range."""
    if before:
        daily = sum(sum(counts) for counts in before.values()) / len(before)
    if day.weekday() == 0:
        daily *= MONDAY_MORE
    whole = sum(SHAPE)
    spread = 9.0
    slots = [_slot(i, daily * share / whole, spread, near[i]) for i, share in enumerate(SHAPE)]
    return Forecast(day, "shape", len(before), 0.0, spread, 1.0, slots)


def _fit(before: Mapping[date, Day], closings: Closings, day: date) -> _Fit:
    recent = {d: c for d, c in before.items() if (day - d).days <= WEEKS * 7}
    recent = recent or dict(before)
    weights = {d: 0.5 ** ((day - d).days / 7 / HALF_LIFE_WEEKS) for d in recent}
    near = {d: _near(closings.get(d, ())) for d in recent}
    pull = _pull(recent, weights, near)
    own = _base(recent, weights, near, pull, day)
    return _Fit(own, pull, _spread(recent, weights, near, pull))


def _base(
    recent: Mapping[date, Day],
    weights: Mapping[date, float],
    near: Mapping[date, Sequence[int]],
    pull: float,
    day: date,
) -> list[float]:
    """The weekday's own slot means, drawn towards those of all working days."""
    same = [d for d in recent if d.weekday() == day.weekday()]
    alike = [d for d in recent if (d.weekday() >= 5) == (day.weekday() >= 5)] or list(recent)
    own = []
    for i in range(SLOTS):
        shared = _mean(alike, weights, recent, near, pull, i)
        weight = sum(weights[d] for d in same)
        mine = _mean(same, weights, recent, near, pull, i) if same else shared
        own.append((mine * weight + shared * COMMON_DAYS / 4) / (weight + COMMON_DAYS / 4))
    return own


def _mean(
    days: Sequence[date],
    weights: Mapping[date, float],
    recent: Mapping[date, Day],
    near: Mapping[date, Sequence[int]],
    pull: float,
    index: int,
) -> float:
    weight = sum(weights[d] for d in days)
    left = sum(weights[d] * (recent[d][index] - pull * near[d][index]) for d in days)
    return max(left / weight, 0.0) if weight else 0.0


def _pull(
    recent: Mapping[date, Day],
    weights: Mapping[date, float],
    near: Mapping[date, Sequence[int]],
) -> float:
    """Contacts that one closing draws in a slot: least squares within each weekday's slot."""
    over = under = 0.0
    for weekday in range(7):
        days = [d for d in recent if d.weekday() == weekday]
        if not days:
            continue
        for i in range(SLOTS):
            weight = sum(weights[d] for d in days)
            mean_near = sum(weights[d] * near[d][i] for d in days) / weight
            mean_came = sum(weights[d] * recent[d][i] for d in days) / weight
            for d in days:
                more = near[d][i] - mean_near
                over += weights[d] * more * (recent[d][i] - mean_came)
                under += weights[d] * more * more
    return max(over / under, 0.0) if under > 0 else 0.0


def _spread(
    recent: Mapping[date, Day],
    weights: Mapping[date, float],
    near: Mapping[date, Sequence[int]],
    pull: float,
) -> float:
    """Variance over mean (1 is pure chance), each day against the others of its weekday."""
    squares = means = 0.0
    for d, counts in recent.items():
        others = [o for o in recent if o.weekday() == d.weekday() and o != d]
        if not others:
            continue
        for i in range(SLOTS):
            mean = _mean(others, weights, recent, near, pull, i) + pull * near[d][i]
            # The mean itself is only known as well as its few days allow.
            known = sum(weights[o] for o in others) ** 2 / sum(weights[o] ** 2 for o in others)
            squares += (counts[i] - mean) ** 2 / (1 + 1 / known)
            means += mean
    return max(squares / means, 1.0) if means > 0 else 4.0


def _year_end(before: Mapping[date, Day], day: date) -> float:
    """How much higher the end of last year was than its autumn; 1 where nobody knows."""
    if (day.month, day.day) < YEAR_END:
        return 1.0
    year = day.year - 1
    end = [sum(c) for d, c in before.items() if date(year, *YEAR_END) <= d <= date(year, 12, 31)]
    autumn = [sum(c) for d, c in before.items() if date(year, 10, 1) <= d < date(year, 12, 1)]
    this = [sum(c) for d, c in before.items() if date(day.year, *YEAR_END) <= d < day]
    if this or not end or not autumn:  # what this year's own days say is in the base already
        return 1.0
    return (sum(end) / len(end)) / (sum(autumn) / len(autumn))


def _near(closings: Sequence[int]) -> list[int]:
    """For each slot, the tenders that close within the two hours from its start."""
    counts = list(closings) or [0] * SLOTS
    return [sum(counts[i : i + AHEAD]) for i in range(SLOTS)]


def _slot(index: int, mean: float, spread: float, closings: int) -> Slot:
    wide = RANGE * math.sqrt(spread * mean)
    return Slot(index, mean, max(mean - wide - 0.5, 0.0), mean + wide + 0.5, closings)

"""Forecasts against days whose law is known."""

import random
from datetime import date, timedelta

import pytest

from routing.workforce import forecast
from routing.workforce.forecast import SHAPE, SLOTS

FIRST = date(2026, 3, 2)  # a Monday
WHOLE = sum(SHAPE)


def poisson(draw: random.Random, mean: float) -> int:
    """A count by its exponential gaps."""
    count, passed = 0, draw.expovariate(1.0)
    while passed < mean:
        count += 1
        passed += draw.expovariate(1.0)
    return count


def invented(days: int, *, pull: float, seed: int = 1):
    """Working days with a Monday rise, and `pull` contacts in a slot for each closing near it."""
    draw = random.Random(seed)
    history, closings, means = {}, {}, {}
    for n in range(days):
        day = FIRST + timedelta(days=n)
        if day.weekday() >= 5:
            continue
        closing = [0] * SLOTS
        for _ in range(draw.choice((0, 2, 6, 14))):
            closing[draw.choice((20, 21, 22, 28, 32))] += 1
        near = [sum(closing[i : i + 4]) for i in range(SLOTS)]
        level = 900 * (1.25 if day.weekday() == 0 else 1.0)
        means[day] = [level * x / WHOLE + pull * c for x, c in zip(SHAPE, near, strict=True)]
        history[day] = [poisson(draw, m) for m in means[day]]
        closings[day] = closing
    return history, closings, means


def test_it_finds_mondays_and_what_a_closing_draws() -> None:
    history, closings, means = invented(84, pull=1.5)
    *_, monday = (d for d in history if d.weekday() == 0)
    told = forecast.forecast(history, closings, monday)
    assert told.basis == "history"
    assert told.pull == pytest.approx(1.5, abs=0.2)
    expected = sum(means[monday])
    assert sum(slot.mean for slot in told.slots) == pytest.approx(expected, rel=0.05)
    without = forecast.forecast(history, {**closings, monday: [0] * SLOTS}, monday)
    drawn = sum(s.mean for s in told.slots) - sum(s.mean for s in without.slots)
    near = sum(sum(closings[monday][i : i + 4]) for i in range(SLOTS))
    assert drawn == pytest.approx(told.pull * near, rel=1e-9)


def test_its_range_holds_what_it_says_and_it_beats_last_week() -> None:
    history, closings, _ = invented(120, pull=1.5, seed=3)
    test = forecast.back_test(history, closings, days=30)
    assert test.days == 30
    assert 0.74 <= test.coverage <= 0.9  # an 80 % range, with half a contact of rounding
    assert test.wape < test.naive
    assert abs(test.bias) < 0.05


def test_scattered_days_get_a_wider_range() -> None:
    draw = random.Random(5)
    history, closings, _ = invented(84, pull=0.0)
    wild = {}
    for day, counts in history.items():
        factor = draw.choice((0.5, 1.0, 1.5))
        wild[day] = [round(c * factor) for c in counts]
    day = max(history) + timedelta(days=3)
    calm, rough = (forecast.forecast(h, closings, day) for h in (history, wild))
    assert calm.spread == pytest.approx(1.0, abs=0.25)
    assert rough.spread > 3 * calm.spread
    assert forecast.back_test(wild, closings, days=20).coverage > 0.65


def test_only_the_past_is_used() -> None:
    history, closings, _ = invented(84, pull=1.0)
    day = sorted(history)[40]
    changed = {d: ([999] * SLOTS if d >= day else c) for d, c in history.items()}
    assert forecast.forecast(history, closings, day) == forecast.forecast(changed, closings, day)


def test_without_history_it_says_that_it_only_knows_the_shape() -> None:
    told = forecast.forecast({}, {}, date(2026, 11, 24), daily=5000)
    assert (told.basis, told.days_used) == ("shape", 0)
    assert sum(slot.mean for slot in told.slots) == pytest.approx(5000)
    assert max(told.slots, key=lambda s: s.mean).index in range(18, 21)  # 09:00 to 10:30
    monday = forecast.forecast({}, {}, date(2026, 11, 23), daily=5000)
    assert sum(s.mean for s in monday.slots) == pytest.approx(6000)
    assert forecast.back_test({}, {}).wape is None


def test_the_end_of_the_year_is_known_from_the_last_one() -> None:
    level = {True: 3.0, False: 1.0}
    history = {}
    for n in range(400):
        day = date(2025, 9, 1) + timedelta(days=n)
        if day.weekday() < 5 and day < date(2026, 12, 10):
            end = day.month == 12 and day.day >= 15
            history[day] = [round(x * 10 * level[end]) for x in SHAPE]
    told = forecast.forecast(history, {}, date(2026, 12, 21))
    usual = forecast.forecast(history, {}, date(2026, 12, 10))
    assert told.year_end == pytest.approx(3.0, rel=0.02)
    assert usual.year_end == 1.0

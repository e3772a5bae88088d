"""Clocks run in working time only, stand while the contact is awaited, and go on as they were."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import sla
from crm.calendars import WorkingTime
from crm.settings import Hours

SEOUL = ZoneInfo("Asia/Seoul")
WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00", "18:00"))
HOLIDAYS = {date(2026, 10, 9): "Hangul Day"}
OFFICE = WorkingTime(Hours(always=False, zone="Asia/Seoul", days=WEEK), HOLIDAYS)
HOUR = 3600


def at(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (at(7, 10), 2, at(7, 12)),
        (at(7, 17), 2, at(8, 10)),  # over the night
        (at(8, 17), 2, at(12, 10)),  # over the night, a holiday and a weekend
        (at(10, 12), 1, at(12, 10)),  # from a Saturday
        (at(7, 3), 1, at(7, 10)),  # from before opening
        (at(7, 17), 1, at(7, 18)),  # to the last minute
        (at(7, 18), 0, at(8, 9)),  # nothing is due while nobody is there
    ],
)
def test_working_time_is_added(start: datetime, hours: float, due: datetime) -> None:
    assert OFFICE.add(start, hours * HOUR) == due


def test_summer_time_costs_nobody_an_hour() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    night = WorkingTime(Hours(always=True, zone="Europe/Madrid", days={}), {})
    start = datetime(2026, 3, 28, 20, tzinfo=madrid)
    assert night.add(start, 10 * HOUR) == datetime(2026, 3, 29, 7, tzinfo=madrid)
    assert night.between(start, datetime(2026, 3, 29, 7, tzinfo=madrid)) == 10 * HOUR


def test_a_calendar_that_never_opens_is_not_searched_for_ever() -> None:
    shut = WorkingTime(Hours(always=False, zone="UTC", days={}), {})
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert shut.add(start, 60) > start + timedelta(days=1000)
    assert shut.between(start, start + timedelta(days=30)) == 0


moments = st.datetimes(
    datetime(2026, 9, 1),  # noqa: DTZ001 - given its zone below
    datetime(2026, 12, 31),  # noqa: DTZ001
).map(lambda t: t.replace(tzinfo=SEOUL))


@given(moments, st.integers(0, 200 * HOUR))
def test_adding_and_measuring_agree(start: datetime, seconds: int) -> None:
    assert OFFICE.between(start, OFFICE.add(start, seconds)) == pytest.approx(seconds, abs=1e-3)


@given(moments, moments, st.sampled_from(sorted(sla.SOLUTION)), st.integers(0, 30 * 24 * HOUR))
def test_a_pause_costs_and_gives_nothing(
    opened: datetime, paused: datetime, priority: str, later: int
) -> None:
    """Whatever the length of a pause, the working time left is the same after it as before."""
    clocks = sla.begin(OFFICE, priority, opened)
    left = sla.stop(clocks, OFFICE, paused)
    back = paused + timedelta(seconds=later)
    again = sla.go_on(left, OFFICE, back)
    for name, due in again.running().items():
        assert OFFICE.between(back, due) == pytest.approx(max(0.0, left[name]), abs=1e-3)


def test_another_priority_counts_the_time_already_spent() -> None:
    clocks = sla.begin(OFFICE, "normal", at(7, 9))
    sooner = sla.moved(clocks, OFFICE, was="normal", priority="high", now=at(7, 11))
    assert sooner.first_answer == at(7, 13)
    overdue = sla.moved(clocks, OFFICE, was="normal", priority="urgent", now=at(7, 11))
    assert overdue.first_answer == at(7, 11)  # at once, not in the past

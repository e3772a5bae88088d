"""When counselors are there, to the minute and in every language."""

from datetime import UTC, date, datetime

import pytest

from crm.calendars import WorkingTime
from crm.settings import WEEKDAYS, Hours
from routing import hours

WEEK = dict.fromkeys(WEEKDAYS[:5], ("09:00", "18:00"))
SEOUL = Hours(always=False, zone="Asia/Seoul", days=WEEK)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), True),  # Monday 09:00 in Seoul
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), False),  # one minute earlier
        (datetime(2026, 3, 2, 8, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), False),  # closing time is closed
        (datetime(2026, 3, 7, 3, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 3, 6, 16, 0, tzinfo=UTC), False),  # Saturday there, Friday here
    ],
)
def test_the_desk_is_open_by_its_own_clock(moment: datetime, is_open: bool) -> None:
    assert WorkingTime(SEOUL, {}).is_open(moment) is is_open


def test_always_is_always() -> None:
    always = Hours(always=True, zone="UTC", days={})
    assert WorkingTime(always, {}).is_open(datetime(2026, 3, 7, 3, tzinfo=UTC))
    closed = WorkingTime(always, {date(2026, 3, 7): "Founding Day"})
    assert not closed.is_open(datetime(2026, 3, 7, 3, tzinfo=UTC))  # but for its holidays


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Mon-Fri 09:00-18:00, Sun 10:00-12:00 (Asia/Seoul)"),
        ("es", "lun-vie 09:00-18:00, dom 10:00-12:00 (Asia/Seoul)"),
        ("ko", "월-금 09:00-18:00, 일 10:00-12:00 (Asia/Seoul)"),
    ],
)
def test_the_week_is_told_in_one_line(language: str, words: str) -> None:
    week = Hours(always=False, zone="Asia/Seoul", days=WEEK | {"sunday": ("10:00", "12:00")})
    assert hours.in_words(week, language) == words

"""A time that was said for a call-back: when people are there at or after it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crm.calendars import WorkingTime
from crm.settings import Hours
from routing.calling_back import moment

WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00", "18:00"))
WORKING = WorkingTime(Hours(False, "Asia/Seoul", WEEK), {})
NOW = datetime(2026, 11, 25, 5, tzinfo=UTC)  # Wednesday, 14:00 in Seoul


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("tomorrow at 10 am", "2026-11-26 10:00"),
        ("mañana a las 10", "2026-11-26 10:00"),
        ("내일 오전 10시요", "2026-11-26 10:00"),
        ("in two hours", "2026-11-25 16:00"),
        ("tomorrow", "2026-11-26 09:00"),  # a day alone is its opening
        ("today at 8 pm", "2026-11-26 09:00"),  # nobody is there any more
        ("on Saturday at 11:00", "2026-11-30 09:00"),
        ("today", None),  # as soon as the turn comes
        ("any time", None),
        ("아무 때나요", None),
        ("2031-05-05", None),  # further than anybody promises
    ],
)
def test_the_time_that_was_said_is_kept_where_people_are_there(said: str, due: str | None) -> None:
    found = moment(said, WORKING, NOW)
    shown = found and found.astimezone(ZoneInfo("Asia/Seoul")).strftime("%Y-%m-%d %H:%M")
    assert shown == due

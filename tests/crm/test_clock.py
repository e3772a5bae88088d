"""The desk's day, which is not that of UTC."""

from datetime import UTC, date, datetime

import pytest

from crm import clock


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Asia/Seoul", datetime(2026, 11, 26, 15, 0, tzinfo=UTC), date(2026, 11, 27)),
        ("Asia/Seoul", datetime(2026, 11, 26, 14, 59, tzinfo=UTC), date(2026, 11, 26)),
        ("America/Lima", datetime(2026, 11, 26, 4, 59, tzinfo=UTC), date(2026, 11, 25)),
        # Clocks go back an hour: the day is one of twenty-five.
        ("Europe/Madrid", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Madrid", datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_a_day_begins_at_midnight_where_the_desk_is(
    zone: str, moment: datetime, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_zone", clock._zone)  # put back behind the test
    monkeypatch.setattr(clock, "now", lambda: moment)
    clock.use_zone(zone)
    assert (clock.today(), clock.day_of(moment)) == (day, day)

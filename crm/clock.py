"""The one clock. Tests stop it; nothing else in the house asks the system for the time."""

import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

# The clocks of several machines differ by less; a moment further ahead shows that a clock was set
# back since it was written.
JITTER = timedelta(seconds=10)


_zone: tzinfo = UTC


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def use_zone(name: str) -> None:
    """The days of this process are those of this zone."""
    global _zone  # noqa: PLW0603 - set once, where the desk is wired
    _zone = ZoneInfo(name)


def today() -> date:
    """The desk's day: articles begin and end to hold with it, not with that of UTC."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The desk's day at a moment."""
    return moment.astimezone(_zone).date()


def seconds_since(moment: datetime | None) -> float:
    """Seconds that passed since; 0 where nothing began, or where the clock was set back since."""
    return max((now() - moment).total_seconds(), 0.0) if moment else 0.0


class Drift:
    """By how much the clock ran ahead of the time that passed, from one look to the next."""

    def __init__(self) -> None:
        self._seen, self._passed = now(), time.monotonic()

    def ahead(self) -> timedelta:
        """Since the last look; negative where the clock was set back."""
        seen, passed = now(), time.monotonic()
        drift = seen - self._seen - timedelta(seconds=passed - self._passed)
        self._seen, self._passed = seen, passed
        return drift

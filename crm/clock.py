"""The one clock. Tests stop it; nothing else in the house asks the system for the time."""

from datetime import UTC, datetime, timedelta

# The clocks of several machines differ by less; a moment further ahead shows that a clock was set
# back since it was written.
JITTER = timedelta(seconds=10)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)

"""The lengths into which a report is cut, from a quarter of an hour to a month."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from crm.errors import Invalid


class Step(StrEnum):
    """An interval's length. Days, weeks (from Monday) and months are the zone's own, and so now and
    then an hour shorter or longer than others."""

    QUARTER = "quarter"
    HALF_HOUR = "half_hour"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def seconds(self) -> int:
        """About how long it is."""
        return SECONDS[self]

    @property
    def whole_days(self) -> bool:
        return self.seconds >= SECONDS[Step.DAY]

    def start_of(self, moment: datetime) -> datetime:
        """Where the interval begins that a moment lies in, in the moment's own zone."""
        if not self.whole_days:
            at = int(moment.timestamp()) // self.seconds * self.seconds
            return datetime.fromtimestamp(at, UTC).astimezone(moment.tzinfo)
        # Where the clocks go through midnight twice, the day begins with the first.
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if self is Step.WEEK:
            return day - timedelta(days=day.weekday())  # by the calendar: midnight stays midnight
        return day.replace(day=1) if self is Step.MONTH else day

    def after(self, start: datetime) -> datetime:
        """Where the next interval begins."""
        if not self.whole_days:
            later = start.astimezone(UTC) + timedelta(seconds=self.seconds)
            return later.astimezone(start.tzinfo)
        # Half a day into the next one, wherever a clock was put forward or back.
        return self.start_of(start + timedelta(seconds=LONGEST[self] + 43_200))


SECONDS = {
    Step.QUARTER: 900,
    Step.HALF_HOUR: 1800,
    Step.HOUR: 3600,
    Step.DAY: 86_400,
    Step.WEEK: 7 * 86_400,
    Step.MONTH: 30 * 86_400,
}
LONGEST = {Step.DAY: 86_400, Step.WEEK: 7 * 86_400, Step.MONTH: 31 * 86_400}


def find(text: str | None) -> Step | None:
    """A step by its name or its seconds; None where none is asked for. Raises Invalid."""
    if not text:
        return None
    for step in Step:
        if text in {step.value, str(step.seconds)}:
            return step
    raise Invalid(f"interval is one of {', '.join(Step)}.", field="interval")

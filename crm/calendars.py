"""Calendars: when people work, and on which days they do not. Time is counted on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, or_, select

from crm import clock, db, events
from crm.db import Session
from crm.errors import Invalid, NotFound
from crm.events import Actor
from crm.models import Calendar, QueuePlan
from crm.settings import CLOCK, WEEKDAYS, Hours

# The calendar of every queue that has none of its own, once somebody has written it; and what
# holds until then.
DEFAULT, FROM_FILE = "default", "desk"
# A calendar that never opens must not be searched for ever.
LONGEST_SEARCH = 3 * 366


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Hours of a week without the holidays: `{date: name}`."""

    hours: Hours
    holidays: Mapping[date, str]

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """When people work on a day; None when they do not."""
        zone = ZoneInfo(self.hours.zone)
        midnight = datetime.combine(day, time(0), zone)
        if day in self.holidays:
            return None
        if self.hours.always:
            return midnight, datetime.combine(day + timedelta(days=1), time(0), zone)
        opens = self.hours.days.get(WEEKDAYS[day.weekday()])
        if opens is None:
            return None
        return _at(day, opens[0], zone), _at(day, opens[1], zone)

    def holiday(self, moment: datetime) -> str | None:
        """The name of the holiday that a moment falls on, in the calendar's own time zone."""
        return self.holidays.get(moment.astimezone(ZoneInfo(self.hours.zone)).date())

    def is_open(self, moment: datetime) -> bool:
        span = self.span(moment.astimezone(ZoneInfo(self.hours.zone)).date())
        return span is not None and span[0] <= moment < span[1]

    def add(self, start: datetime, seconds: float) -> datetime:
        """The moment when so much working time has passed since `start`; in UTC."""
        left = timedelta(seconds=max(0.0, seconds))
        day = start.astimezone(ZoneInfo(self.hours.zone)).date()
        for _ in range(LONGEST_SEARCH):
            span = self.span(day)
            if span:
                begins = max(start, span[0]).astimezone(UTC)
                room = span[1].astimezone(UTC) - begins
                if room > timedelta(0) and left <= room:
                    return begins + left
                left -= max(room, timedelta(0))
            day += timedelta(days=1)
        return (start + timedelta(days=LONGEST_SEARCH)).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> float:
        """Seconds of working time from `start` to `end`; negative where `end` came before it."""
        if end < start:
            return -self.between(end, start)
        zone = ZoneInfo(self.hours.zone)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        total = 0.0
        while day <= last:
            span = self.span(day)
            if span:
                # In UTC: on a day when clocks change, local differences are an hour wrong.
                begins, closes = (m.astimezone(UTC) for m in span)
                passed = min(end, closes) - max(start, begins)
                total += max(0.0, passed.total_seconds())
            day += timedelta(days=1)
        return total

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself when open, or when people are next there."""
        return moment if self.is_open(moment) else self.add(moment, 0)


ALWAYS = WorkingTime(Hours(always=True, zone="UTC", days={}), {})


def working_time(row: Calendar) -> WorkingTime:
    hours = Hours(row.always, row.zone, {day: (a, b) for day, (a, b) in row.days.items()})
    return WorkingTime(hours, {date.fromisoformat(d): name for d, name in row.holidays.items()})


def of_queue(s: Session, queue: str | None) -> WorkingTime:
    """The working time of a queue: of its own calendar, else `default`, else the desk's file."""
    row = s.scalar(_OF_QUEUE, {"queue": queue})
    return working_time(row) if row else ALWAYS


def keep_file(s: Session, hours: Hours, holidays: Mapping[date, str]) -> None:
    """What desk.toml says, where the verbs of the record can read it. No event: nobody did it."""
    db.alone(s, "calendar", FROM_FILE)
    row = s.get(Calendar, FROM_FILE, populate_existing=True)
    if row is None:
        row = Calendar(name=FROM_FILE)
        s.add(row)
    row.zone, row.always = hours.zone, hours.always
    row.days = {day: list(span) for day, span in hours.days.items()}
    row.holidays = {day.isoformat(): said for day, said in sorted(holidays.items())}
    row.changed_at = clock.now()


def all_of(s: Session) -> Sequence[Calendar]:
    return s.scalars(select(Calendar).order_by(Calendar.name)).all()


def put(s: Session, actor: Actor, name: str, hours: Hours) -> Calendar:
    """Write a calendar, new or known; its holidays stay."""
    if name == FROM_FILE:
        raise Invalid("This calendar is desk.toml's own.", field="name")
    _check(hours)
    db.alone(s, "calendar", name)
    row = s.get(Calendar, name, populate_existing=True)
    if row is None:
        row = Calendar(name=name, holidays={})
        s.add(row)
    row.zone, row.always = hours.zone, hours.always
    row.days = {day: list(span) for day, span in hours.days.items()}
    row.changed_at = clock.now()
    s.flush()
    events.emit(s, "calendar.changed", actor, data={"calendar": name})
    return row


def set_holidays(s: Session, actor: Actor, name: str, holidays: Mapping[date, str]) -> Calendar:
    """All holidays of a calendar anew."""
    row = s.get(Calendar, name)
    if row is None:
        raise NotFound("There is no such calendar.")
    row.holidays = {day.isoformat(): said for day, said in sorted(holidays.items())}
    row.changed_at = clock.now()
    codes = {"calendar": name, "days": len(holidays)}
    events.emit(s, "calendar.holidays_set", actor, data=codes)
    return row


def _check(hours: Hours) -> None:
    try:
        ZoneInfo(hours.zone)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid("There is no such time zone.", field="zone") from error
    for day, (opens, closes) in hours.days.items():
        if day not in WEEKDAYS:
            raise Invalid(f"A day is one of {', '.join(WEEKDAYS)}.", field="days")
        if not (CLOCK.fullmatch(opens) and CLOCK.fullmatch(closes) and opens < closes):
            raise Invalid("Hours are written as 09:00 and 18:00, the first earlier.", field="days")


def _at(day: date, moment: str, zone: ZoneInfo) -> datetime:
    hour, minute = map(int, moment.split(":"))
    if hour == 24:
        return datetime.combine(day + timedelta(days=1), time(0), zone)
    return datetime.combine(day, time(hour, minute), zone)


# Asked whenever somebody wants a person: the queue's own calendar first, the file's last.
_OF_QUEUE = (
    select(Calendar)
    .outerjoin(
        QueuePlan,
        and_(QueuePlan.calendar == Calendar.name, QueuePlan.name == bindparam("queue")),
    )
    .where(or_(QueuePlan.name.is_not(None), Calendar.name.in_((DEFAULT, FROM_FILE))))
    .order_by(QueuePlan.name.is_(None), Calendar.name != DEFAULT)
    .limit(1)
)

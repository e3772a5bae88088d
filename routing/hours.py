"""When counselors are there."""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import icalendar

from crm import calendars
from crm.calendars import WorkingTime
from crm.db import Session
from crm.errors import Invalid
from crm.settings import Hours, Settings

MOST_HOLIDAYS = 2000
LONGEST_HOLIDAY = 60
YEARS_AHEAD = 20
SIMPLE_RULE = {"FREQ", "INTERVAL", "UNTIL", "COUNT", "BYMONTH", "BYMONTHDAY", "WKST"}
LEAP_DAY = (2, 29)

SHORT = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "ko": ("월", "화", "수", "목", "금", "토", "일"),
}


def in_words(hours: Hours, language: str) -> str:
    """The week in one line, days of equal hours joined: `Mon-Fri 09:00-18:00 (Asia/Seoul)`."""
    names = SHORT[language]
    spans = [
        f"{names[a] if a == b else f'{names[a]}-{names[b]}'} {span[0]}-{span[1]}"
        for a, b, span in hours.runs()
    ]
    return f"{', '.join(spans)} ({hours.zone})"


def of_queue(s: Session, settings: Settings, queue: str | None) -> WorkingTime:
    """When the people of a queue are there: its own calendar, or the desk's.

    Whoever asks whether the desk is open asks here: chat, telephone, hand-off and board.
    """
    own = WorkingTime(settings.hours, of_file(settings))
    if settings.demo:  # the demo desk is open day and night
        return own
    found = calendars.of_queue(s, queue)
    return own if found is calendars.ALWAYS else found


def of_file(settings: Settings) -> dict[date, str]:
    """The holidays that desk.toml names."""
    return {date.fromisoformat(day): name for day, name in settings.phone.holidays.items()}


def holidays_in(content: bytes) -> dict[date, str]:
    """The days of an iCalendar file (RFC 5545), each with its name.

    Whole days, spans of days, and what comes every year. Raises Invalid, naming what is wrong,
    for a file that is none, that holds no day, or that repeats in a way not read here.
    """
    try:
        parsed = icalendar.Calendar.from_ical(content)
    except (ValueError, KeyError, IndexError, UnicodeError) as error:
        raise Invalid("This is not an iCalendar file.", field="file") from error
    found: dict[date, str] = {}
    for event in parsed.walk("VEVENT"):
        name = " ".join(str(event.get("SUMMARY", "")).split())[:100] or "Holiday"
        for day in _days(event, name):
            found[day] = name
            if len(found) > MOST_HOLIDAYS:
                raise Invalid(f"A calendar holds {MOST_HOLIDAYS} days at most.", field="file")
    if not found:
        raise Invalid("The file holds no day.", field="file")
    return found


def _days(event: Any, name: str) -> Iterator[date]:
    try:
        first = _day(event.decoded("DTSTART"))
        end = _day(event.decoded("DTEND")) if "DTEND" in event else first + timedelta(days=1)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"The day of {name!r} cannot be read.", field="file") from error
    length = max(1, (end - first).days)
    if length > LONGEST_HOLIDAY:
        raise Invalid(f"{name!r} lasts longer than {LONGEST_HOLIDAY} days.", field="file")
    rule = event.get("RRULE")
    years = [0]
    if rule:
        freq = [str(f).upper() for f in rule.get("FREQ", [])]
        if freq != ["YEARLY"] or set(rule) - SIMPLE_RULE or rule.get("INTERVAL", [1]) != [1]:
            raise Invalid(f"{name!r} repeats in a way that is not read here.", field="file")
        years = list(range(min(YEARS_AHEAD, int(rule.get("COUNT", [YEARS_AHEAD])[0]))))
        until = rule.get("UNTIL", [None])[0]
        last = _day(until) if until else date.max
    for year in years:
        for n in range(length):
            day = first + timedelta(days=n)
            if not rule:
                yield day
            elif (day.month, day.day) != LEAP_DAY or isleap(day.year + year):
                then = day.replace(year=day.year + year)
                if then <= last:
                    yield then


def _day(value: Any) -> date:
    found: date = value.date() if isinstance(value, datetime) else value
    found.isoformat()
    return found

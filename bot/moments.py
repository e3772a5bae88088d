"""Times and dates as people write them in English, Spanish and Korean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot import days

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6,
}  # fmt: skip
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"

_SPAN = re.compile(
    r"(?<![\w])(?<!시 )(?<!\blas )(?:"
    + _COUNT
    + r"\s*(?P<unit>hours?|hrs?|horas?|시간|minutes?|mins?|minutos?|분|days?|d[ií]as?|일)"
    + r"(?! h[aá]bil| laborable)(?=\W|$|후|뒤|안|이내|내|남|만|밖|전|도|이|정)"
    + r"|(?P<half>half an hour|media hora|반\s?시간|30분))",
    re.IGNORECASE,
)
_MORNING = re.compile(r"\bmorning\b|por la ma[ñn]ana|temprano|오전|아침", re.IGNORECASE)
_HOURS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "una": 1, "dos": 2, "tres": 3, "cuatro": 4,
    "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12,
}  # fmt: skip
_HOUR_WORDS = "|".join(sorted(_HOURS, key=len, reverse=True))
_CLOCKS = (
    re.compile(
        r"(?<!\d)(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\s*(?P<half>[ap]\.?m\.?)?",
        re.IGNORECASE,
    ),
    re.compile(r"(?<!\d)(?P<hour>1[0-2]|0?[1-9])\s*(?P<half>[ap]\.?m\b\.?)", re.IGNORECASE),
    re.compile(
        r"\b(?:at (?P<hour>1[0-2]|[1-9]|" + _HOUR_WORDS + r")\b(?![:.]\d)"
        r"|(?P<sharp>1[0-2]|[1-9]|" + _HOUR_WORDS + r") o'?clock)"
        r"(?P<half>\s?[ap]\.?m\b\.?| in the (?:afternoon|evening)| at night)?",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:a|hasta|de|desde|antes de) las? (?P<hour>[01]?\d|2[0-3]|" + _HOUR_WORDS + r")\b"
        r"(?::(?P<minute>[0-5]\d))?(?: y (?P<past>media|cuarto))?"
        r"(?P<half>(?: horas)?(?: de la (?:mañana|tarde|noche))?)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<half>오전|오후|저녁|밤|아침)?\s*(?<!\d)(?P<hour>[01]?\d"
        r"|2[0-4])시(?!간)(?:\s*(?:(?P<minute>[0-5]?\d)분|(?P<past>반)))?"
    ),
)
_NOON = re.compile(r"\b(?:noon|mediod[ií]a)\b|정오", re.IGNORECASE)
_MIDNIGHT = re.compile(r"\b(?:midnight|medianoche)\b|자정", re.IGNORECASE)
_END_OF_DAY = time(23, 59)
_NIGHT_HOURS = 6  # up to here a bare hour means the afternoon: nothing falls due at three at night
_PARTS = re.compile(
    r"\b(?:morning|afternoon|evening|por la (?:mañana|tarde|noche))\b|오전|오후|아침|저녁",
    re.IGNORECASE,
)
_AFTERNOON = ("p", "오후", "저녁", "밤")
_LATE = ("tarde", "noche", "afternoon", "evening", "night")
_MINUTES_PAST = {"media": 30, "반": 30, "cuarto": 15}


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a time or date stands in a text."""

    start: int
    end: int


def moments(text: str) -> Sequence[Moment]:
    """Every stretch of the text that names a time, in order and without overlap."""
    forms = (_SPAN, *days.FORMS, *_CLOCKS, _NOON, _MIDNIGHT, _PARTS)
    found = sorted(
        (Moment(*_trimmed(text, match)) for form in forms for match in form.finditer(text)),
        key=lambda moment: (moment.start, -moment.end),
    )
    apart: list[Moment] = []
    for moment in found:
        if not apart or moment.start >= apart[-1].end:
            apart.append(moment)
    return apart


def without(text: str) -> str:
    """The text without what names a time in it."""
    for moment in reversed(moments(text)):
        text = f"{text[: moment.start]} {text[moment.end :]}"
    return text


def due(text: str, now: datetime) -> datetime | None:
    """When the text says something falls due, or None when it names no time.

    A day without a clock means the end of that day; a clock without a day means its next hour.
    """
    span = _after_span(text, now)
    if span is not None:
        return span
    day, clock = days.day_in(text, now.date()), clock_in(text)
    if day is None and clock is None:
        return None
    if day is None:
        at = datetime.combine(now.date(), clock or time.max, now.tzinfo)
        return at if at >= now else at + timedelta(days=1)
    end = time(12) if _MORNING.search(text) and not clock else _END_OF_DAY
    return datetime.combine(day, clock or end, now.tzinfo)


def _trimmed(text: str, match: re.Match[str]) -> tuple[int, int]:
    part = match.group()
    start = match.start() + len(part) - len(part.lstrip())
    return start, start + len(text[start : match.end()].rstrip())


def _after_span(text: str, now: datetime) -> datetime | None:
    match = _SPAN.search(text)
    if match is None:
        return None
    if match["half"]:
        return now + timedelta(minutes=30)
    word = match["count"].lower()
    count = int(word) if word.isdigit() else _NUMBERS[word]
    unit = match["unit"].lower()
    if unit.startswith("h") or unit == "시간":
        return now + timedelta(hours=count)
    if unit.startswith("m") or unit == "분":
        return now + timedelta(minutes=count)
    # "22일" is the 22nd of a month far more often than 22 days.
    if unit == "일":
        return None
    # "In ten days at noon" is noon of that day.
    clock = clock_in(text)
    later = now + timedelta(days=count)
    return datetime.combine(later.date(), clock, now.tzinfo) if clock else later


def clock_in(text: str) -> time | None:
    if _NOON.search(text):
        return time(12)
    if _MIDNIGHT.search(text):
        return _END_OF_DAY
    match = next((found for form in _CLOCKS if (found := form.search(text))), None)
    return None if match is None else _time_of(match.groupdict())


def _time_of(parts: dict[str, str | None]) -> time:
    word = (parts.get("hour") or parts.get("sharp") or "").lower()
    hour = _HOURS.get(word) or int(word)
    half = (parts.get("half") or "").strip().lower()
    minute = int(parts.get("minute") or _MINUTES_PAST.get(parts.get("past") or "", 0))
    if hour == 24:
        return _END_OF_DAY
    if hour < 12 and (half.startswith(_AFTERNOON) or half.endswith(_LATE)):
        return time(hour + 12, minute)
    bare = not half.removeprefix("horas") and not parts.get("minute") and not word.startswith("0")
    return time(hour + 12 if bare and 0 < hour <= _NIGHT_HOURS else hour, minute)

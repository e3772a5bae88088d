"""Times and dates as people write them in English, Spanish and Korean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january enero jan ene", "february febrero feb", "march marzo mar",
            "april abril apr abr", "may mayo", "june junio jun", "july julio jul",
            "august agosto aug ago", "september septiembre sep sept", "october octubre oct",
            "november noviembre nov", "december diciembre dec dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday lunes 월요일", "tuesday martes 화요일", "wednesday miércoles miercoles 수요일",
            "thursday jueves 목요일", "friday viernes 금요일", "saturday sábado sabado 토요일",
            "sunday domingo 일요일",
        )
    )
    for name in names.split()
}  # fmt: skip
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")"

_SPAN = re.compile(
    r"(?<![\w])(?:"
    + _COUNT
    + r"\s*(?P<unit>hours?|hrs?|horas?|시간|minutes?|mins?|minutos?|분|days?|d[ií]as?|일)"
    + r"(?=\W|$|후|뒤|안|이내|내|남|만|밖|전|도|이|정)"
    + r"|(?P<half>half an hour|media hora|반\s?시간|30분))",
    re.IGNORECASE,
)
_TODAY = re.compile(
    r"\b(?:today|tonight|this (?:morning|afternoon|evening)|hoy|esta (?:mañana|tarde"
    r"|noche))\b|오늘|금일|당일",
    re.IGNORECASE,
)
_LAST_DAY = re.compile(
    r"\b(?:it'?s|is) the last day\b|\bes el [uú]ltimo d[ií]a"
    r"|마지막\s?날(?:이에요|입니다|인데|이라)",
    re.IGNORECASE,
)
_MORNING = re.compile(r"\bmorning\b|por la ma[ñn]ana|temprano|오전|아침", re.IGNORECASE)
_TOMORROW = re.compile(r"\btomorrow\b|(?<!esta )(?<!la )\bma[ñn]ana\b|내일|명일", re.IGNORECASE)
_WEEKDAY = re.compile(r"(?<!\w)(?:" + "|".join(_WEEKDAYS) + r")", re.IGNORECASE)
_ISO = re.compile(
    r"(?<![A-Za-z0-9-])(?P<year>20\d\d)[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})(?![-\d])"
)
_DAY_FIRST = re.compile(r"(?<!\d)(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>20\d\d)(?!\d)")
_KOREAN_DATE = re.compile(r"(?P<month>\d{1,2})월\s*(?P<day>\d{1,2})일")
_NAMED = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s*(?:of|de|-)?\s*" + _MONTH + r"\b", re.IGNORECASE
)
_NAMED_FIRST = re.compile(r"\b" + _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b", re.IGNORECASE)
_CLOCKS = (
    re.compile(
        r"(?<!\d)(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\s*(?P<half>[ap]\.?m\.?)?",
        re.IGNORECASE,
    ),
    re.compile(r"(?<!\d)(?P<hour>1[0-2]|0?[1-9])\s*(?P<half>[ap]\.?m\b\.?)", re.IGNORECASE),
    re.compile(r"\bat (?P<hour>1[0-2]|[1-9])\b(?![:.]\d)", re.IGNORECASE),
    re.compile(
        r"\ba las? (?P<hour>[01]?\d|2[0-3])(?P<half>(?: horas)?(?: de la (?:mañana|tarde"
        r"|noche))?)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<half>오전|오후|저녁|밤|아침)?\s*(?<!\d)(?P<hour>[01]?\d"
        r"|2[0-4])시(?!간)(?:\s*(?P<minute>[0-5]?\d)분)?"
    ),
)
_NOON = re.compile(r"\b(?:noon|mediod[ií]a)\b|정오", re.IGNORECASE)
_PARTS = re.compile(
    r"\b(?:morning|afternoon|evening|por la (?:mañana|tarde|noche))\b|오전|오후|아침|저녁",
    re.IGNORECASE,
)
_AFTERNOON = ("p", "오후", "저녁", "밤")


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a time or date stands in a text."""

    start: int
    end: int


def moments(text: str) -> Sequence[Moment]:
    """Every stretch of the text that names a time, in order and without overlap."""
    forms = (
        _SPAN, _TODAY, _TOMORROW, _WEEKDAY, _ISO, _DAY_FIRST, _KOREAN_DATE, _NAMED,
        _NAMED_FIRST, *_CLOCKS, _NOON, _PARTS,
    )  # fmt: skip
    found = sorted(
        (Moment(*_trimmed(text, match)) for form in forms for match in form.finditer(text)),
        key=lambda moment: (moment.start, -moment.end),
    )
    apart: list[Moment] = []
    for moment in found:
        if not apart or moment.start >= apart[-1].end:
            apart.append(moment)
    return apart


def due(text: str, now: datetime) -> datetime | None:
    """When the text says something falls due, or None when it names no time.

    A day without a clock means the end of that day; a clock without a day means its next hour.
    """
    span = _after_span(text, now)
    if span is not None:
        return span
    day, clock = _day(text, now.date()), _clock(text)
    if day is None and clock is None:
        return None
    if day is None:
        at = datetime.combine(now.date(), clock or time.max, now.tzinfo)
        return at if at >= now else at + timedelta(days=1)
    end = time(12) if _MORNING.search(text) and not clock else time(23, 59)
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
    return now + timedelta(days=count)


def _day(text: str, today: date) -> date | None:
    if _TODAY.search(text) or (_LAST_DAY.search(text) and not _WEEKDAY.search(text)):
        return today
    for form in (_ISO, _DAY_FIRST, _KOREAN_DATE, _NAMED, _NAMED_FIRST):
        match = form.search(text)
        if match is not None:
            return _calendar_day(match.groupdict(), today)
    if _TOMORROW.search(text):
        return today + timedelta(days=1)
    weekday = _WEEKDAY.search(text)
    if weekday is not None:
        ahead = (_WEEKDAYS[weekday.group().lower()] - today.weekday()) % 7
        return today + timedelta(days=ahead)
    return None


def _calendar_day(parts: dict[str, str], today: date) -> date | None:
    month = parts["month"].lower()
    number = int(month) if month.isdigit() else _MONTHS[month]
    try:
        day = date(int(parts.get("year") or today.year), number, int(parts["day"]))
    except ValueError:
        return None
    past_without_year = not parts.get("year") and day < today - timedelta(days=180)
    return day.replace(year=day.year + 1) if past_without_year else day


def _clock(text: str) -> time | None:
    if _NOON.search(text):
        return time(12)
    for form in _CLOCKS:
        match = form.search(text)
        if match is None:
            continue
        parts = match.groupdict()
        hour, half = int(parts["hour"]), (parts.get("half") or "").strip().lower()
        if hour < 12 and (half.startswith(_AFTERNOON) or half.endswith(("tarde", "noche"))):
            hour += 12
        return time(hour % 24, int(parts.get("minute") or 0))
    return None

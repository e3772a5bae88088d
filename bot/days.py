"""Which day words mean: calendar dates, weekdays and days counted from today, in three languages.

Standard library only, because Rasa's process uses it too.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

MONTHS = {
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
# Korean counts days with words of their own: 사흘 is three days, 보름 half a month.
_KOREAN_DAYS = {
    "하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "열흘": 10,
    "보름": 15,
}  # fmt: skip
_COUNTS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "diez": 10, "한": 1, "두": 2, "세": 3, "네": 4,
}  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")"
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_COUNTS, key=len, reverse=True)) + r")"
_AFTER = r"\s?(?:후|뒤|안|이내|내|남)"

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
_DAY_AFTER = re.compile(
    r"\bday after tomorrow\b|\bpasado ma[ñn]ana\b|모레|내일\s?모레", re.IGNORECASE
)
_TOMORROW = re.compile(
    r"\btomorrow\b|(?<!esta )(?<!la )(?<!pasado )\bma[ñn]ana\b|내일|명일|익일", re.IGNORECASE
)
_WEEKDAY = re.compile(
    r"(?<!\w)(?P<ahead>(?:next|this(?: coming)?|el pr[oó]ximo|pr[oó]ximo|el|este|다음\s?주|차주"
    r"|이번\s?주|금주|돌아오는)\s?)?(?P<day>" + "|".join(_WEEKDAYS) + r")"
    r"(?P<behind>,? (?:next week|(?:de )?la (?:pr[oó]xima semana|semana que viene|otra semana)"
    r"|que viene|pr[oó]ximo))?",
    re.IGNORECASE,
)
_WEEK_AHEAD = re.compile(r"다음\s?주|차주|next week|semana", re.IGNORECASE)
_NEXT_ONE = re.compile(r"next|pr[oó]ximo|que viene", re.IGNORECASE)
_NEXT_WEEK = re.compile(
    r"\bnext week\b|\b(?:la pr[oó]xima semana|la semana que viene)\b|다음\s?주|차주", re.IGNORECASE
)
_WEEKS_ON = re.compile(
    r"(?:\b(?:in|within)\s+" + _COUNT + r"\s*weeks?\b)"
    r"|(?:\b(?:en|dentro de)\s+" + _COUNT.replace("count", "es") + r"\s*semanas?\b)"
    r"|(?:" + _COUNT.replace("count", "ko") + r"\s?주(?:일)?" + _AFTER + r")",
    re.IGNORECASE,
)
_WORKING = re.compile(
    r"(?<!\w)"
    + _COUNT
    + r"\s*(?:(?:business|working) days?|d[ií]as? (?:h[aá]bil(?:es)?|laborables?)"
    r"|영업일|근무일)",
    re.IGNORECASE,
)
_KOREAN_COUNTED = re.compile(
    r"(?P<days>" + "|".join(_KOREAN_DAYS) + r")(?=" + _AFTER + r")|(?P<count>\d{1,3})\s?일"
    r"(?=\s?(?:후|뒤|이후|있다가|안에|이내|남))"
)
_MONTH_END = re.compile(
    r"\b(?:by |at )?(?:the )?end of (?:the|this) month\b|\bmonth[- ]end\b"
    r"|\b(?:a |para )?(?:fin(?:al)?(?:es)? (?:de|del) (?:este )?mes)\b"
    r"|(?:이번\s?달|이달|금월)\s?말|월말",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?<![A-Za-z0-9-])(?P<year>20\d\d)[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})(?![-\d])"
)
_DAY_FIRST = re.compile(r"(?<!\d)(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>20\d\d)(?!\d)")
_KOREAN_DATE = re.compile(r"(?:(?P<year>20\d\d)년\s*)?(?P<month>\d{1,2})월\s*(?P<day>\d{1,2})일")
_NAMED = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s*(?:of|de|-)?\s*"
    + _MONTH
    + r"\b(?:,?\s*(?:de(?:l)?\s*)?(?P<year>20\d\d)\b)?",
    re.IGNORECASE,
)
_NAMED_FIRST = re.compile(
    r"\b" + _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s*(?P<year>20\d\d)\b)?",
    re.IGNORECASE,
)
# "the 25th", "el día 25", "25일까지": of this month, or of the next when it is past.
_OF_MONTH = re.compile(
    r"\b(?:(?:by|on|until|till|before) the (?P<en>[12]?\d|3[01])(?:st|nd|rd|th)\b(?! (?:of|day))"
    r"|the (?P<at>[12]?\d|3[01])(?:st|nd|rd|th)(?=,? (?:at|by|noon|midday|\d)))"
    r"|\bel (?:d[ií]a (?P<es>[12]?\d|3[01])\b(?! de)|(?P<las>[12]?\d|3[01])(?=,? a (?:las?"
    r"|mediod)))"
    r"|(?<![월\d후내] )(?<![월\d])(?P<ko>[12]?\d|3[01])일"
    r"(?=\s?(?:까지|마감|자정|에\s?(?:마감|끝)))",
    re.IGNORECASE,
)
_CALENDAR = (_ISO, _DAY_FIRST, _KOREAN_DATE, _NAMED, _NAMED_FIRST)

# Every form that names a day, for whoever marks them in a text.
FORMS = (
    _TODAY, _DAY_AFTER, _TOMORROW, _WEEKDAY, _NEXT_WEEK, _WEEKS_ON, _WORKING, _KOREAN_COUNTED,
    _MONTH_END, *_CALENDAR, _OF_MONTH,
)  # fmt: skip


def day_in(text: str, today: date) -> date | None:
    """The day that the text names, or None; a day of the past only when it is written out."""
    if _TODAY.search(text) or (_LAST_DAY.search(text) and not _WEEKDAY.search(text)):
        return today
    for form in _CALENDAR:
        match = form.search(text)
        if match is not None:
            return _calendar_day(match.groupdict(), today)
    return _counted(text, today) or _of_the_week(text, today) or _of_the_month(text, today)


def _counted(text: str, today: date) -> date | None:
    working = _WORKING.search(text)
    if working is not None:
        return _working_days_on(today, _number(working["count"]))
    weeks = _WEEKS_ON.search(text)
    if weeks is not None:
        return today + timedelta(weeks=_number(weeks["count"] or weeks["es"] or weeks["ko"]))
    counted = _KOREAN_COUNTED.search(text)
    if counted is not None:
        days = _KOREAN_DAYS.get(counted["days"] or "") or int(counted["count"])
        return today + timedelta(days=days)
    if _DAY_AFTER.search(text):
        return today + timedelta(days=2)
    return today + timedelta(days=1) if _TOMORROW.search(text) else None


def _of_the_week(text: str, today: date) -> date | None:
    match = _WEEKDAY.search(text)
    if match is None:
        return today + timedelta(days=7) if _NEXT_WEEK.search(text) else None
    weekday = _WEEKDAYS[match["day"].lower()]
    around = f"{match['ahead'] or ''} {match['behind'] or ''}"
    if _WEEK_AHEAD.search(around):
        return today + timedelta(days=7 - today.weekday() + weekday)
    ahead = (weekday - today.weekday()) % 7
    # On a Monday "next Monday" is not today.
    return today + timedelta(days=ahead or (7 if _NEXT_ONE.search(around) else 0))


def _of_the_month(text: str, today: date) -> date | None:
    if _MONTH_END.search(text):
        return today.replace(day=monthrange(today.year, today.month)[1])
    match = _OF_MONTH.search(text)
    if match is None:
        return None
    number = int(match["en"] or match["at"] or match["es"] or match["las"] or match["ko"])
    month = today if number >= today.day else _next_month(today)
    last = monthrange(month.year, month.month)[1]
    return month.replace(day=number) if 1 <= number <= last else None


def _next_month(today: date) -> date:
    return today.replace(day=1) + timedelta(days=monthrange(today.year, today.month)[1])


def _working_days_on(today: date, count: int) -> date:
    """Weekends are left out; public holidays are not known here."""
    day = today
    for _ in range(count):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return day


def _calendar_day(parts: dict[str, str | None], today: date) -> date | None:
    month = (parts["month"] or "").lower()
    number = int(month) if month.isdigit() else MONTHS[month]
    try:
        day = date(int(parts.get("year") or today.year), number, int(parts["day"] or 0))
    except ValueError:
        return None
    past_without_year = not parts.get("year") and day < today - timedelta(days=180)
    return day.replace(year=day.year + 1) if past_without_year else day


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _COUNTS[word.lower()]

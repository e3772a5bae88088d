"""What has a fixed form in a message: addresses, numbers, times, amounts. Standard library only,
because Rasa's process uses it too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.amounts import amounts
from bot.company_numbers import company_numbers
from bot.moments import due, moments

EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{1,24}"
)
TENDER = re.compile(
    r"(?<![a-z0-9])UA-\d{4}-\d{2}-\d{2}-\d{6}(?:-[a-z])?(?![a-z0-9])"  # openprocurement core
    r"|(?<![a-z0-9])R\d{2}[A-Z]{2}\d{8}(?:-\d{2,3})?(?!\d)"  # next-generation KONEPS
    r"|(?<!\d)\d{11}-\d{2}(?!\d)|(?<![\d+-])\d{20}(?!\d)"  # older KONEPS, CompraNet and the like
    r"|(?<![a-z0-9])(?:LA|IA|AA|LO|IO|AO|LPN|LPI)-\d{2,3}-[A-Z0-9]{3}-[A-Z0-9]{9}"
    r"-[NIT]-\d{1,4}-\d{4}(?!\d)"  # CompraNet
    r"|(?<![a-z0-9])(?:LA|IA|AA|LO|IO|AO|SA|SO)-\d{3}[A-Z0-9]{6}-[EN]\d{1,4}-20\d\d(?!\d)",
    re.IGNORECASE,
)
# The number that a gazette gives to a notice; the last form only behind words that say so.
NOTICE = re.compile(
    r"(?<![\w/])20\d\d/S \d{1,3}-\d{6,8}(?!\d)|(?<![\d-])\d{6,8}-20\d\d(?![\d-])"  # the EU's
    r"|(?:\bnotice (?:number|no\.?|id)|\b(?:aviso|convocatoria) (?:n[uú]m(?:ero)?\.?|n[.º°]+)"
    r"|공고\s?번호)\s?[:#]?\s?(?:is |es |는 |은 )?(?P<named>[A-Z0-9][A-Z0-9/-]{4,28}\d)",
    re.IGNORECASE,
)
PHONE = re.compile(
    # Behind a country code the area may be one digit: Seoul is +82 2.
    r"(?<![A-Za-z0-9_.@-])(?:\+\d{1,3}[ .-]?\(?\d\)?|\+?\(?\d{1,4}\)?)"
    r"(?:[ .-]?\(?\d{2,4}\)?){1,4}(?![A-Za-z0-9_@])"
)
_PARTICLE = 3
_BETWEEN = re.compile(r",? ?(?:(?:at|on|by|de|del|el|before|antes) ?)?")


@dataclass(frozen=True, slots=True)
class Spotted:
    """`kind`: email, tender_number, notice_number, company_number, amount, phone or time.

    `value` is written the usual way. `means` is what an amount comes to ("2000000 MXN") or when a
    time is (ISO 8601), and else empty.
    """

    kind: str
    value: str
    start: int
    end: int
    means: str = ""


def spot(text: str, now: datetime | None = None) -> Sequence[Spotted]:
    """All that was found, in order; what was taken by one kind is not offered to the next.

    Times mean something only beside `now`.
    """
    found: list[Spotted] = []
    for kind, form in (("email", EMAIL), ("tender_number", TENDER)):
        _take(found, [Spotted(kind, m.group().strip(), *m.span()) for m in form.finditer(text)])
    _take(found, [_notice(m) for m in NOTICE.finditer(text)])
    _take(
        found, [Spotted("company_number", n.value, n.start, n.end) for n in company_numbers(text)]
    )
    sums = amounts(text)
    _take(
        found, [Spotted("amount", text[a.start : a.end], a.start, a.end, a.written()) for a in sums]
    )
    dialled = [Spotted("phone", _dialled(m.group()), *m.span()) for m in PHONE.finditer(text)]
    _take(found, [number for number in dialled if _is_phone(number.value)])
    _take(found, [_time(text, start, end, now) for start, end in _times(text)])
    return sorted(found, key=lambda spotted: spotted.start)


def tender_numbers(text: str) -> Sequence[str]:
    """All tender numbers of the text, each once, in the letters' usual case."""
    return list(dict.fromkeys(_usual(match.group()) for match in TENDER.finditer(text)))


def tender_number(text: str) -> str | None:
    """The first tender number of the text, in the letters' usual case."""
    match = TENDER.search(text)
    if match is None:
        return None
    return _usual(match.group())


def _usual(number: str) -> str:
    number = number.upper()
    return number[:-1] + number[-1].lower() if number.startswith("UA-") else number


def _notice(match: re.Match[str]) -> Spotted:
    part = "named" if match["named"] else 0
    return Spotted("notice_number", match[part].upper(), *match.span(part))


def _times(text: str) -> list[tuple[int, int]]:
    """Stretches that name a time; a day and its clock beside each other are one."""
    joined: list[tuple[int, int]] = []
    for moment in moments(text):
        if joined and _BETWEEN.fullmatch(text[joined[-1][1] : moment.start]):
            joined[-1] = (joined[-1][0], moment.end)
        else:
            joined.append((moment.start, moment.end))
    return joined


def _time(text: str, start: int, end: int, now: datetime | None) -> Spotted:
    # What a number of days means may hang on the particle behind it: "25일까지".
    at = due(text[start : end + _PARTICLE], now) if now else None
    means = at.isoformat(timespec="minutes") if at else ""
    return Spotted("time", text[start:end], start, end, means)


def _take(found: list[Spotted], more: Sequence[Spotted]) -> None:
    for new in more:
        if all(new.end <= old.start or new.start >= old.end for old in found):
            found.append(new)


def _dialled(text: str) -> str:
    return re.sub(r"[^\d+]", "", text)


def _is_phone(number: str) -> bool:
    # E.164 allows 15 digits; a public service line has at least 7.
    digits = number.removeprefix("+")
    return 7 <= len(digits) <= 15 and not re.fullmatch(r"20\d{6}", digits)

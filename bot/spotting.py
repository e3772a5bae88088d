"""What has a fixed form in a message: addresses, numbers, times, amounts. Standard library only,
because Rasa's process uses it too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.moments import moments

EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{1,24}"
)
TENDER = re.compile(
    r"(?<![a-z0-9])UA-\d{4}-\d{2}-\d{2}-\d{6}(?:-[a-z])?(?![a-z0-9])"  # openprocurement core
    r"|(?<![a-z0-9])R\d{2}[A-Z]{2}\d{8}(?:-\d{2,3})?(?!\d)"  # next-generation KONEPS
    r"|(?<!\d)\d{11}-\d{2}(?!\d)|(?<![\d+-])\d{20}(?!\d)"  # older KONEPS, CompraNet and the like
    r"|(?<![a-z0-9])(?:LA|IA|AA|LO|IO|AO|LPN|LPI)-\d{2,3}-[A-Z0-9]{3}-[A-Z0-9]{9}"
    r"-[NIT]-\d{1,4}-\d{4}(?!\d)",  # CompraNet
    re.IGNORECASE,
)
PHONE = re.compile(
    # Behind a country code the area may be one digit: Seoul is +82 2.
    r"(?<![A-Za-z0-9_.@-])(?:\+\d{1,3}[ .-]?\(?\d\)?|\+?\(?\d{1,4}\)?)"
    r"(?:[ .-]?\(?\d{2,4}\)?){1,4}(?![A-Za-z0-9_@])"
)
AMOUNT = re.compile(
    r"(?:[$₩€]|USD|KRW|MXN|UAH)\s?\d[\d.,]*(?:\s?(?:million|billion|millones|billones|억"
    r"|만)(?!\w))?"
    r"|\d[\d.,]*\s?(?:million|billion|mil|millones|억|만)?\s?(?:de\s)?"
    r"(?:won|wones|pesos|dollars|d[oó]lares|euros|원|달러)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Spotted:
    """`kind`: email, tender_number, amount, phone or time; `value` is written the usual way."""

    kind: str
    value: str
    start: int
    end: int


def spot(text: str) -> Sequence[Spotted]:
    """All that was found, in order; what was taken by one kind is not offered to the next."""
    found: list[Spotted] = []
    for kind, form in (("email", EMAIL), ("tender_number", TENDER), ("amount", AMOUNT)):
        _take(found, [Spotted(kind, m.group().strip(), *m.span()) for m in form.finditer(text)])
    times = [Spotted("time", text[m.start : m.end], m.start, m.end) for m in moments(text)]
    dialled = [Spotted("phone", _dialled(m.group()), *m.span()) for m in PHONE.finditer(text)]
    _take(found, [number for number in dialled if _is_phone(number.value)])
    _take(found, times)
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

"""Hides numbers that belong to one person or firm: cards, resident, tax and account numbers.

Tender numbers, amounts, dates and phone numbers are left alone.
"""

import re
from collections.abc import Callable

MASK = "•••"

# A tender number may hold digits that look personal; it is public and must stay readable.
_PUBLIC = re.compile(
    r"UA-\d{4}-\d{2}-\d{2}-\d{6}(?:-[a-z])?|(?<![A-Z0-9])R\d{2}[A-Z]{2}\d{8}(?:-\d{2,3})?(?!\d)"
    r"|(?<!\d)\d{20,}(?!\d)|(?<!\d)\d{11}-\d{2}(?!\d)",
    re.IGNORECASE,
)
_DIGITS_AND_GAPS = r"(?<![\d.,])\d(?:[ .-]?\d){%d,%d}(?![\d])"


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _always(_: str) -> bool:
    return True


def _birth_date(digits: str) -> bool:
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31


# Each form with the check that keeps look-alikes out. Sources: ISO/IEC 7812 (cards), the Korean
# resident and business registration numbers, the Mexican CURP, RFC and CLABE, the Spanish NIF/NIE
# and the United States social security number.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        re.compile(
            r"(?<![A-Z0-9])[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d(?![A-Z0-9])",
            re.IGNORECASE,
        ),
        _always,
    ),
    (
        re.compile(
            r"(?<![A-Z0-9Ñ&])[A-ZÑ&]{3,4}[ -]?\d{6}[ -]?[A-Z0-9]{2}[A0-9](?![A-Z0-9])",
            re.IGNORECASE,
        ),
        lambda text: _birth_date(re.sub(r"\D", "", text)[:6]),
    ),
    (re.compile(r"(?<!\d)\d{6}[ ]?[-–][ ]?[1-8]\d{6}(?!\d)"), _always),
    (
        re.compile(r"(?<![\d-])\d{6}[1-8]\d{6}(?![\d-])"),
        lambda text: _birth_date(text) and not _luhn(text),
    ),
    (re.compile(r"(?<!\d)\d{3}-\d{2}-\d{5}(?!\d)"), _always),
    (re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"), _always),
    (
        re.compile(
            r"(?<![A-Z0-9-])(?:[XYZ]-?\d{7}|\d{8})-?[A-HJ-NP-TV-Z](?![A-Z0-9-])", re.IGNORECASE
        ),
        _always,
    ),
    (re.compile(_DIGITS_AND_GAPS % (12, 18)), lambda text: _luhn(re.sub(r"\D", "", text))),
    (re.compile(r"(?<!\d)\d{18}(?!\d)"), _always),
)


def masked(text: str) -> str:
    """The text with every personal number replaced by `MASK`."""
    kept: list[str] = []
    last = 0
    for public in _PUBLIC.finditer(text):
        kept += [_masked_part(text[last : public.start()]), public.group()]
        last = public.end()
    return "".join([*kept, _masked_part(text[last:])])


def _masked_part(text: str) -> str:
    for form, belongs in _FORMS:
        text = form.sub(lambda m, ok=belongs: MASK if ok(m.group()) else m.group(), text)  # type: ignore[misc]
    return text

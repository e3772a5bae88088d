"""Hides numbers that belong to one person or firm: cards, resident, tax and account numbers.

Tender numbers, amounts, dates and phone numbers are left alone; `nameless` hides where to reach
somebody too, for what leaves the house.
"""

import re
from collections.abc import Callable
from functools import partial

from bot.spotting import EMAIL, spot

MASK = "•••"
_GAP = r"[ \u00a0.–-]{0,2}"
# Digits as Korean and Japanese keyboards write them at full width.
_NARROW = str.maketrans("０１２３４５６７８９－", "0123456789-")

# Numbers and ids of a core may hold digits that look personal; they are public, and must stay
# readable: a receipt without its number is none.
_PUBLIC = re.compile(
    r"UA-(?:[A-Z]{1,2}-)?\d{4}-\d{2}-\d{2}-\d{6}(?:-[a-z])?|(?<![A-Z0-9])R\d{2}[A-Z]{2}\d{8}(?:-\d{2,3})?(?!\d)"
    r"|\b[0-9a-f]{32}\b|(?<!\d)\d{20,}(?!\d)|(?<!\d)\d{11}-\d{2}(?!\d)",
    re.IGNORECASE,
)
_DIGITS_AND_GAPS = r"(?<![\d.,])\d(?:" + _GAP + r"\d){%d,%d}(?![\d])"


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _always(_: str) -> bool:
    return True


def _account(text: str) -> bool:
    """An IBAN with its check digits right (ISO 13616)."""
    compact = re.sub(r"\s", "", text).upper()
    turned = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _firm_in_spain(text: str) -> bool:
    """Seven digits and a check digit or letter, as the CIF has behind its first letter."""
    even = sum(int(d) for d in text[1:7:2])
    odd = sum(sum(divmod(2 * int(d), 10)) for d in text[0:7:2])
    check = (10 - (even + odd) % 10) % 10
    return text[7] in (str(check), "JABCDEFGHI"[check])


def _birth_date(digits: str) -> bool:
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31


# Each form with the check that keeps look-alikes out. Sources: ISO/IEC 7812 (cards), the Korean
# resident and business registration numbers, driving licence and passport, the Mexican CURP, RFC
# and CLABE, the Spanish NIF/NIE/CIF and the United States social security number.
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
    (re.compile(r"(?<!\d)\d{6}\s?[-–.]\s?[1-8]\d{6}(?!\d)"), _always),
    (re.compile(r"(?<![\d-])\d{2}-\d{2}-\d{6}-\d{2}(?![\d-])"), _always),
    (
        re.compile(
            r"(?:여권|passport|pasaporte)\W{0,3}(?:번호|number|no\.?|n[uú]m\w*)?\D{0,6}"
            r"(?P<own>[A-Z]{1,2}\d{7,8}|[A-Z]\d{3}[A-Z]\d{4})(?![A-Z0-9])",
            re.IGNORECASE,
        ),
        _always,
    ),
    (
        re.compile(r"(?<![\d-])\d{6}[1-8]\d{6}(?![\d-])"),
        lambda text: _birth_date(text) and not _luhn(text),
    ),
    (re.compile(r"(?<!\d)\d{3}-\d{2}-\d{5}(?!\d)"), _always),
    (re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"), _always),
    (
        re.compile(r"(?<![A-Z0-9-])[ABCDEFGHJNPQRSUVW]-?\d{7}[0-9A-J](?![A-Z0-9-])"),
        lambda text: _firm_in_spain(text[1:].lstrip("-")),
    ),
    (
        re.compile(
            r"(?<![A-Z0-9-])(?:[XYZ]-?\d{7}|\d{8})-?[A-HJ-NP-TV-Z](?![A-Z0-9-])", re.IGNORECASE
        ),
        _always,
    ),
    (re.compile(_DIGITS_AND_GAPS % (12, 18)), lambda text: _luhn(re.sub(r"\D", "", text))),
    (re.compile(r"(?<!\d)\d{18}(?!\d)"), _always),
)


# An id of a core has 32 signs of sixteen kinds, as no account has.
_IBAN = re.compile(
    r"(?<![A-Z0-9])(?![0-9A-F]{32}(?![A-Z0-9]))[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text with every personal number replaced by `MASK`."""
    narrow = text.translate(_NARROW)
    hidden = _IBAN.sub(_without_account, narrow)
    kept: list[str] = []
    last = 0
    for public in _PUBLIC.finditer(hidden):
        kept += [_masked_part(hidden[last : public.start()]), public.group()]
        last = public.end()
    hidden = "".join([*kept, _masked_part(hidden[last:])])
    return text if hidden == narrow else hidden


def nameless(text: str) -> str:
    """`masked`, and without e-mail addresses and phone numbers too."""
    text = EMAIL.sub(MASK, masked(text))
    for found in reversed(spot(text)):
        if found.kind in ("phone", "company_number"):
            text = text[: found.start] + MASK + text[found.end :]
    return text


def _without_account(match: re.Match[str]) -> str:
    """The longest beginning that is an account is hidden: words may stand right behind it."""
    said = match.group()
    ends = (end for end in range(len(said), 14, -1) if _account(said[:end]))
    end = next(ends, 0)
    return MASK + said[end:] if end else said


def _masked_part(text: str) -> str:
    for form, belongs in _FORMS:
        text = form.sub(partial(_hidden_where, belongs), text)
    return text


def _hidden_where(belongs: Callable[[str], bool], found: re.Match[str]) -> str:
    return _hidden(found) if belongs(found.group()) else found.group()


def _hidden(match: re.Match[str]) -> str:
    """`MASK` in the place of the number; words that only say what it is stay."""
    if "own" not in match.re.groupindex:
        return MASK
    start, end = (at - match.start() for at in match.span("own"))
    return match.group()[:start] + MASK + match.group()[end:]

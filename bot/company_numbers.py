"""Numbers under which firms are registered: the Korean business number and the Mexican tax number.

Both carry check digits, so a stray row of digits is not taken for one. Standard library only,
because Rasa's process uses it too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_KOREAN = re.compile(r"(?<![\d-])(\d{3})(-?)(\d{2})\2(\d{5})(?![\d-])")
_KOREAN_LABEL = re.compile(
    r"(?:사업자\s?(?:등록)?\s?번호|business (?:registration )?(?:number|no\.?)|\bBRN\b)\W{0,3}"
    r"(?:is |는 |은 )?$",
    re.IGNORECASE,
)
# Three letters for a firm, four for a person in business; then a date and three check characters.
_MEXICAN = re.compile(
    r"(?<![A-ZÑ&0-9])([A-ZÑ&]{3,4})[ -]?(\d{6})[ -]?([A-Z0-9]{2}[0-9A])(?![A-Z0-9])", re.IGNORECASE
)
_KOREAN_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
# The alphabet of the RFC's check character, in the order of the tax authority's rule.
_RFC_ALPHABET = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"

Country = Literal["KR", "MX"]


@dataclass(frozen=True, slots=True)
class CompanyNumber:
    """`value` in the usual writing (123-45-67890, ABC680524P76), where it stands in the text."""

    country: Country
    value: str
    start: int
    end: int


def company_numbers(text: str) -> Sequence[CompanyNumber]:
    """All of them, in order. A Korean one behind the words for it counts whatever its check says;
    without them it needs its hyphens too, or every tenth phone number would be one."""
    found = [
        CompanyNumber("KR", "-".join(m.group(1, 3, 4)), *m.span())
        for m in _KOREAN.finditer(text)
        if _KOREAN_LABEL.search(text[: m.start()])
        or (m[2] and is_korean("".join(m.group(1, 3, 4))))
    ]
    found += [
        CompanyNumber("MX", "".join(m.groups()).upper(), *m.span())
        for m in _MEXICAN.finditer(text)
        if _is_date(m[2])
    ]
    return sorted(found, key=lambda number: number.start)


def is_korean(digits: str) -> bool:
    """Whether ten digits carry the right check digit (National Tax Service)."""
    numbers = [int(digit) for digit in digits]
    total = sum(n * w for n, w in zip(numbers, _KOREAN_WEIGHTS, strict=False))
    return (10 - (total + numbers[8] * 5 // 10) % 10) % 10 == numbers[9]


def is_mexican(number: str) -> bool:
    """Whether an RFC of 12 or 13 characters carries the right check character."""
    padded = number.upper().rjust(13)
    total = sum(
        _RFC_ALPHABET.index(character) * (13 - place) for place, character in enumerate(padded[:12])
    )
    rest = 11 - total % 11
    return padded[12] == {10: "A", 11: "0"}.get(rest, str(rest))


def _is_date(digits: str) -> bool:
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31

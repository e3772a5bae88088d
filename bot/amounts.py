"""Sums of money as people write them in English, Spanish and Korean. Standard library only, because
Rasa's process uses it too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

FACTORS = {
    "thousand": 10**3, "k": 10**3, "mil": 10**3, "천": 10**3, "만": 10**4, "백만": 10**6,
    "천만": 10**7, "million": 10**6, "millions": 10**6, "millón": 10**6, "millon": 10**6,
    "millones": 10**6, "m": 10**6, "억": 10**8, "billion": 10**9,
}  # fmt: skip
# A Spanish billón is a million millions; "mil millones" is what English calls a billion.
_MORE_FACTORS = {
    "hundred": 100, "hundred thousand": 10**5, "hundred million": 10**8, "bn": 10**9,
    "mil millones": 10**9,
    "trillion": 10**12, "billón": 10**12, "billon": 10**12, "billones": 10**12, "조": 10**12,
}  # fmt: skip
_OF_WORDS = {**FACTORS, **_MORE_FACTORS}
_NUMBER_WORDS = {
    "half a": "0.5", "a": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12",
    "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
    "a hundred": "100", "one hundred": "100", "medio": "0.5", "un": "1", "uno": "1", "dos": "2",
    "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
    "diez": "10", "doce": "12", "quince": "15", "veinte": "20", "treinta": "30", "cuarenta": "40",
    "cincuenta": "50", "cien": "100", "doscientos": "200", "quinientos": "500",
    "mil": "1000",
}  # fmt: skip
_DIGITS = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
_SMALL = {"십": 10, "백": 100, "천": 1000}
_BIG = {"만": 10**4, "억": 10**8, "조": 10**12}

CURRENCIES = {
    "KRW": r"\bKRW\b|₩|원|\bwon(?:es)?\b",
    "MXN": r"\bMXN\b|\bMX\$|\bpesos?\b|페소",
    "UAH": r"\bUAH\b|₴|\bhryvnias?\b|\bgrivnas?\b",
    "USD": r"\bUSD\b|\bUS\$|\bd[oó]lar(?:es)?\b|\bdollars?\b|달러",
    "EUR": r"\bEUR\b|€|\beuros?\b|유로",
}


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_BEFORE = r"(?P<before>[$₩€₴]|US\$|MX\$|\b(?:USD|KRW|MXN|UAH|EUR))"
_AFTER = (
    r"(?P<after>wones|won|pesos?|dollars?|d[oó]lares|d[oó]lar|euros?|hryvnias?|USD|KRW|MXN|UAH|EUR)"
    r"(?!\w)"
)
_NUMBER = (
    r"(?P<number>\d{1,3}(?:[ \u00a0]\d{3})+(?!\d)|\d[\d.,]*\d|\d|(?<!\w)(?:"
    + _either(list(_NUMBER_WORDS))
    + r")(?!\w))"
    r"(?:\s?(?P<factor>"
    + _either([w for w in _OF_WORDS if w.isascii() or w[0] < "가"])
    + r")(?!\w))?"
)
_LATIN = re.compile(
    rf"(?<![\w.,-]){_BEFORE}\s?{_NUMBER}|(?<![\w.,-])"
    + re.sub(r"\?P<(number|factor)>", r"?P<\1_>", _NUMBER)
    + rf"\s?(?:de\s)?{_AFTER}",
    re.IGNORECASE,
)
# Each sign is read in one way only, and no number has more of them than these: what two ways could
# read doubles the work with every sign.
_KOREAN = re.compile(
    r"(?<![\d.,\w])(?P<before>[₩])?\s?(?P<said>(?:(?:\d[\d,.]*\d|\d|[일이삼사오육칠팔구])?"
    r"(?:[십백천]?[만억조]|[십백천](?![만억조]))\s?){1,12}(?:\d[\d,]*)?|\d[\d,.]*\d|\d)\s?"
    r"(?P<after>원(?!본|칙|산지|인|격|서|문|래|하는|하시|합|해)|달러|유로|페소)"
    r"|(?<![\d.,\w])(?P<won>₩|KRW)\s?(?P<plain>(?:\d[\d,.]*\s?[천만억조]+\s?)+)(?!원)"
)


_UNSAID = re.compile(r"\d\s?억\s?\d[\d,]*\s?[천백](?!\s?[\d만천])")
_KOREAN_MIXED = re.compile(
    r"(?<![\d.,\w])\d[\d,.]*\s?[십백천만억조]+(?:\s?\d[\d,.]*\s?[십백천만억조]+)*(?:\s?\d[\d,]*\d)?"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """`value` in whole units of `currency` (ISO 4217); None where a bare "$" could be several."""

    value: Decimal
    currency: str | None
    start: int
    end: int

    def written(self) -> str:
        """As the record writes money: "2000000 MXN"."""
        number = format(self.value.normalize(), "f")
        return f"{number} {self.currency}" if self.currency else number


def amounts(text: str) -> Sequence[Amount]:
    """All sums that name a currency, in order and without overlap."""
    found = [one for m in _KOREAN.finditer(text) if (one := _korean_amount(m))]
    for match in _LATIN.finditer(text):
        one = _latin_amount(match)
        if one and all(one.end <= k.start or one.start >= k.end for k in found):
            found.append(one)
    return sorted(found, key=lambda amount: amount.start)


def currency(text: str) -> str | None:
    """The first currency of the table that the text names."""
    return next((c for c, form in CURRENCIES.items() if re.search(form, text, re.IGNORECASE)), None)


def decimal(digits: str) -> Decimal | None:
    """A number with either mark for thousands; None when the marks make no sense."""
    digits = re.sub(r"[ \u00a0]", "", digits)
    marks = [c for c in digits if c in ".,"]
    if len(set(marks)) == 2:
        decimal_mark = marks[-1]
        other = "," if decimal_mark == "." else "."
        if marks.count(decimal_mark) > 1:
            return None
        digits = digits.replace(other, "").replace(decimal_mark, ".")
    elif marks:
        groups = re.split(r"[.,]", digits)
        # No thousands are counted from naught: "0.125" is an eighth.
        grouped = all(len(g) == 3 for g in groups[1:]) and 1 <= len(groups[0]) <= 3
        grouped = grouped and not groups[0].startswith("0")
        if grouped:
            digits = "".join(groups)
        elif len(marks) == 1:
            digits = ".".join(groups)
        else:
            return None
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def korean_as_digits(text: str) -> str:
    """The text with its mixed Korean numbers written out: "5천4백에" as "5400에".

    A counting word needs a digit before it: "이천" alone is a town and "만" alone means "only".
    """

    def written(match: re.Match[str]) -> str:
        value = _korean_number(match.group())
        return match.group() if value is None else format(value.normalize(), "f")

    # "1억 5천" is said for 1억 5천만.
    return _KOREAN_MIXED.sub(written, _UNSAID.sub(r"\g<0>만", text))


def _latin_amount(match: re.Match[str]) -> Amount | None:
    said = (match["number"] or match["number_"]).lower()
    factor = (match["factor"] or match["factor_"] or "").lower()
    # "35.545 trillion" has a decimal point, whatever the three digits behind it look like.
    point = re.fullmatch(r"\d{1,3}[.,]\d+", said) if factor else None
    number = Decimal(said.replace(",", ".")) if point else decimal(_NUMBER_WORDS.get(said, said))
    if number is None:
        return None
    money = currency(match["before"] or match["after"])
    return Amount(number * _OF_WORDS.get(factor, 1), money, *match.span())


def _korean_amount(match: re.Match[str]) -> Amount | None:
    value = _korean_number(match["said"] or match["plain"])
    if value is None:
        return None
    start = match.start() + len(match.group()) - len(match.group().lstrip())
    money = currency(match["after"] or match["won"])
    return Amount(value, money, start, match.start() + len(match.group().rstrip()))


def _korean_number(said: str) -> Decimal | None:
    """ "1억 2천만", "삼억", "3,500만": digits and counting words mixed."""
    total, section, number = Decimal(0), Decimal(0), None
    for token in re.findall(r"\d[\d,.]*|[일이삼사오육칠팔구십백천만억조]", said):
        if token in _DIGITS:
            number = Decimal(_DIGITS[token])
        elif token in _SMALL:
            section += (number if number is not None else 1) * _SMALL[token]
            number = None
        elif token in _BIG:
            section += number or 0
            total += (section or 1) * _BIG[token]
            section, number = Decimal(0), None
        else:
            number = _korean_digits(token)
            if number is None:
                return None
    return total + section + (number or 0)


def _korean_digits(token: str) -> Decimal | None:
    # A point is always decimal in Korean: "1.5억".
    try:
        return Decimal(token.strip(",.").replace(",", ""))
    except InvalidOperation:
        return None

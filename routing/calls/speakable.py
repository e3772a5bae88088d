"""Making written answers fit to be said: short, without addresses, figures as they are read."""

import re
import unicodedata
from collections.abc import Sequence

from knowledge.port import Language

# Characters of about half a minute of speech: a Korean one is a whole syllable.
LONGEST: dict[Language, int] = {"en": 420, "es": 420, "ko": 200}
# A first sentence may be longer than that before it is cut.
CUT = 1.25
SENTENCES = 3
URL = re.compile(r"(?:https?://|www\.)\S+|\b[\w.-]+@[\w.-]+\.\w+\b|/help/\S+")
MARKUP = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*_`#>|]+|^\s*(?:[-•]|\d+\.)\s+", re.MULTILINE)
END = re.compile(r"(?<=[.!?。])\s+|\n+")
GROUPED = re.compile(r"(?<=\d),(?=\d{3})")
# A range of two figures, and no part of a date or of a tender's number.
RANGE = re.compile(r"(?<![\w-])(\d[\d.:]*)\s*[–-]\s*(\d[\d.:]*)(?![\w-])")


def _currency(won: str, dollars: str, hryvnias: str, space: str = " ") -> Sequence[tuple[str, str]]:
    """Money as it is said, the amount first, on whichever side of it the code was written."""
    names = (("KRW", won), ("USD", dollars), ("UAH", hryvnias))
    amount = r"(\d+(?:\.\d+)?(?: \([\d .]+\))?)"
    before = [(rf"\b{code}\s*{amount}", rf"\1{space}{name}") for code, name in names]
    after = [(rf"(?<=[\d)])\s*{code}\b", f"{space}{name}") for code, name in names]
    return (*before, *after)


# What a voice would spell out or swallow.
SIGNS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": ((r"\s*%", " percent"), *_currency("won", "US dollars", "hryvnias"),
           (r"\(?\bKST\b\)?", "Korean time"),
           (r"\be\.g\.", "for example"), (r"\bNo\.\s*(?=\d)", "number "), (r"§\s*", "section "),
           (r"&", " and ")),
    "es": ((r"\s*%", " por ciento"), *_currency("wones", "dólares", "grivnas"),
           (r"\(?\bKST\b\)?", "hora de Corea"),
           (r"\bArt\.\s*", "artículo "), (r"\bN[.º°]\s*(?=\d)", "número "), (r"§\s*", "sección "),
           (r"&", " y ")),
    "ko": ((r"\s*%", "퍼센트"), *_currency("원", "달러", "흐리우냐", space=""),
           (r"\(?\bKST\b\)?", "한국 시간"), (r"§\s*", "제"), (r"&", " 및 ")),
}  # fmt: skip
# Signs that mean nothing as a word: numbers of tenders and receipts, accounts, classes of goods.
CODE = re.compile(
    r"(?<![\w.,-])(?!\d{4}-\d\d-\d\d(?![A-Za-z0-9_-]))(?=[A-Za-z-]*\d)"
    r"(?:[A-Z0-9]+(?:-[A-Za-z0-9]+)+|[A-Z]{2}\d[A-Z0-9]{8,}|\d{6,})(?![A-Za-z0-9_-])"
)
# A day as it is written is read as it stands; what else is a number of that size is an amount.
WRITTEN_DAY = r"\d{1,2} [A-Z][a-z]+ \d{4}|\d{1,2} de [a-z]+ de \d{4}|\d{4}년 \d{1,2}월 \d{1,2}일"
AMOUNT = re.compile(
    rf"(?P<day>{WRITTEN_DAY})"
    r"|(?<![\w.,-])(?P<whole>\d{1,3}(?:,\d{3})+|\d{4,5})(?P<part>\.\d+)?(?![\w.,-]*\d)"
)
PLUS: dict[Language, str] = {"en": "plus ", "es": "más ", "ko": "국가 번호 "}
DAY = re.compile(r"(?<![\dA-Za-z-])(\d{4})-(\d\d)-(\d\d)(?![\dA-Za-z-])")
MONTHS: dict[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre",
    "ko": "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
}
DATED: dict[Language, str] = {
    "en": "{month} {day}, {year}",
    "es": "{day} de {month} de {year}",
    "ko": "{year}년 {month} {day}일",
}
TO = {"en": " to ", "es": " a ", "ko": "에서 "}


def clean(text: str) -> str:
    """The text without what makes XML ill-formed or a voice stumble: control characters."""
    if not text.isprintable():  # nearly all of it is
        text = "".join(
            " " if c in "\n\t\r" else c
            for c in text
            if c in "\n\t\r" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn", "Cf"}
        )
    return " ".join(text.split())


def spoken(text: str, language: Language, sentences: int = SENTENCES) -> str:
    """An answer as it is said on the phone: its first sentences, about `LONGEST` characters."""
    bare = URL.sub("", MARKUP.sub(lambda m: m.group(1) or "", text))
    parts = [clean(part) for part in END.split(bare)]
    said = ""
    for sentence in [part for part in parts if part][:sentences]:
        sentence = sentence if sentence[-1] in ".!?。:" else sentence + "."  # noqa: PLW2901
        if said and len(said) + len(sentence) > LONGEST[language]:
            break
        said = f"{said} {sentence}".strip()
    return figures(_shortened(said, language), language)


def figures(text: str, language: Language) -> str:
    """Figures and signs as a voice reads them: `1,000,000` whole, `80 %` in words."""
    text = DAY.sub(lambda day: _day(day, language), text)
    text = RANGE.sub(rf"\1{TO[language]}\2", GROUPED.sub("", text))
    for sign, words in SIGNS[language]:
        text = re.sub(sign, words, text)
    return " ".join(text.split())


def _day(day: re.Match[str], language: Language) -> str:
    """`2026-12-01` as a day is said."""
    year, month, number = (int(part) for part in day.groups())
    if not 1 <= month <= 12:
        return day.group()
    named = MONTHS[language].split()[month - 1]
    return DATED[language].format(year=year, month=named, day=number)


def read_back(text: str, language: Language) -> str:
    """A preview or a receipt, whole: each line a sentence, codes sign by sign, and amounts as they
    are read and then digit by digit."""
    said = []
    for line in filter(None, (clean(line) for line in URL.sub("", text).split("\n"))):
        spelt = AMOUNT.sub(_twice, CODE.sub(lambda m: _spelt(m.group()), line))
        said.append(spelt if spelt[-1] in ".!?。:" else spelt + ".")
    return figures(" ".join(said), language)


def aloud(text: str, language: Language) -> str:
    """What a person wrote for a caller, all of it: long codes sign by sign, without addresses."""
    said = []
    bare = URL.sub("", MARKUP.sub(lambda m: m.group(1) or "", text))
    for line in filter(None, (clean(line) for line in bare.split("\n"))):
        whole = _closed(line)
        spelt = CODE.sub(lambda m: _spelt(m.group()) if _is_long(m.group()) else m.group(), whole)
        said.append(spelt if spelt[-1:] in ".!?。" else spelt + ".")
    return figures(" ".join(said), language)


def _closed(line: str) -> str:
    """A line without the gap, and the comma or colon at its end, where an address stood."""
    return re.sub(r"[,;:]*\s*$", "", re.sub(r"\s+([.,;:!?])", r"\1", line))


def _is_long(code: str) -> bool:
    """A code that nobody takes in as a word: `UA-2026-…`, and not `A-17`."""
    return sum(sign.isdigit() for sign in code) > 4


def _twice(found: re.Match[str]) -> str:
    if found["day"]:
        return found["day"]
    whole, part = found["whole"].replace(",", ""), found["part"] or ""
    digits = " ".join(whole) + (f" . {' '.join(part[1:])}" if part else "")
    return f"{whole}{part} ({digits})"


def _spelt(code: str) -> str:
    return ", ".join(" ".join(part.upper()) for part in code.split("-"))


def in_groups(number: str, abroad: bool, language: Language) -> str:
    """A telephone number to be read back in the groups in which it is written; abroad, with its
    country code."""
    groups = [" ".join(group) for group in re.findall(r"\d+", number)]
    return (PLUS[language] if abroad else "") + ", ".join(groups)


def digit_by_digit(number: str) -> str:
    """The end of a ticket's number: each digit by itself; a long one with a breath every three."""
    digits = [d for d in number if d.isdigit()]
    size = 3 if len(digits) > 4 else 4
    groups = ["".join(digits[i : i + size]) for i in range(0, len(digits), size)]
    return ", ".join(" ".join(group) for group in groups)


def _shortened(text: str, language: Language) -> str:
    most = int(LONGEST[language] * CUT)
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(",;:") + "."

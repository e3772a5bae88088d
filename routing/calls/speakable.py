"""Making written answers fit to be said: short, without addresses, figures as they are read."""

import re
import unicodedata

from knowledge.port import Language

LONGEST = 420  # about half a minute of speech
SENTENCES = 3
URL = re.compile(r"(?:https?://|www\.)\S+|\b[\w.-]+@[\w.-]+\.\w+\b|/help/\S+")
MARKUP = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*_`#>|]+|^\s*(?:[-•]|\d+\.)\s+", re.MULTILINE)
END = re.compile(r"(?<=[.!?。])\s+|\n+")
GROUPED = re.compile(r"(?<=\d),(?=\d{3})")
# A range of two figures, and no part of a date or of a tender's number.
RANGE = re.compile(r"(?<![\w-])(\d[\d.:]*)\s*[–-]\s*(\d[\d.:]*)(?![\w-])")
# What a voice would spell out or swallow.
SIGNS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": ((r"\s*%", " percent"), (r"\bKRW\s*", "won "), (r"\bUSD\s*", "US dollars "),
           (r"\be\.g\.", "for example"), (r"\bNo\.\s*(?=\d)", "number "), (r"§\s*", "section "),
           (r"&", " and ")),
    "es": ((r"\s*%", " por ciento"), (r"\bKRW\s*", "wones "), (r"\bUSD\s*", "dólares "),
           (r"\bArt\.\s*", "artículo "), (r"\bN[.º°]\s*(?=\d)", "número "), (r"§\s*", "sección "),
           (r"&", " y ")),
    "ko": ((r"\s*%", "퍼센트"), (r"\bKRW\s*(\d[\d.]*)", r"\1원"), (r"§\s*", "제"), (r"&", " 및 ")),
}  # fmt: skip
# Signs that mean nothing as a word: numbers of tenders and receipts, accounts, classes of goods.
CODE = re.compile(
    r"(?<![\w.,-])(?!\d{4}-\d\d-\d\d(?![\w-]))(?=[A-Za-z-]*\d)"
    r"(?:[A-Z0-9]+(?:-[A-Za-z0-9]+)+|[A-Z]{2}\d[A-Z0-9]{8,}|\d{6,})(?![\w-])"
)
AMOUNT = re.compile(r"(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d{4,5})(\.\d+)?(?![\w.,-]*\d)")
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


def spoken(text: str, language: Language) -> str:
    """An answer as it is said on the phone: its first sentences, at most `LONGEST` characters."""
    bare = URL.sub("", MARKUP.sub(lambda m: m.group(1) or "", text))
    sentences = [clean(part) for part in END.split(bare)]
    said = ""
    for sentence in [s for s in sentences if s][:SENTENCES]:
        sentence = sentence if sentence[-1] in ".!?。:" else sentence + "."  # noqa: PLW2901
        if said and len(said) + len(sentence) > LONGEST:
            break
        said = f"{said} {sentence}".strip()
    return figures(_shortened(said), language)


def figures(text: str, language: Language) -> str:
    """Figures and signs as a voice reads them: `1,000,000` whole, `80 %` in words."""
    text = RANGE.sub(rf"\1{TO[language]}\2", GROUPED.sub("", text))
    for sign, words in SIGNS[language]:
        text = re.sub(sign, words, text)
    return " ".join(text.split())


def read_back(text: str, language: Language) -> str:
    """A preview or a receipt, whole: each line a sentence, codes sign by sign, and amounts as they
    are read and then digit by digit."""
    said = []
    for line in filter(None, (clean(line) for line in URL.sub("", text).split("\n"))):
        spelt = CODE.sub(lambda m: _spelt(m.group()), AMOUNT.sub(_twice, line))
        said.append(spelt if spelt[-1] in ".!?。:" else spelt + ".")
    return figures(" ".join(said), language)


def _twice(amount: re.Match[str]) -> str:
    whole = amount.group(1).replace(",", "")
    digits = " ".join(whole) + (f" . {' '.join(amount.group(2)[1:])}" if amount.group(2) else "")
    return f"{whole}{amount.group(2) or ''} ({digits})"


def _spelt(code: str) -> str:
    return ", ".join(" ".join(part.upper()) for part in code.split("-"))


def digit_by_digit(number: str) -> str:
    """A telephone number to be read back: each digit by itself, with a breath every three."""
    digits = [d for d in number if d.isdigit()]
    groups = ["".join(digits[i : i + 3]) for i in range(0, len(digits), 3)]
    return ", ".join(" ".join(group) for group in groups)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + "."

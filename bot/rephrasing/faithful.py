"""Whether other words for a passage say no more than it does: no new figure, date or name, and no
negation lost or won. It errs on the side of the passage."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.days import MONTHS
from bot.language import language_of
from knowledge.port import Language

Fault = Literal["length", "markup", "language", "figure", "date", "name", "negation", "words"]

SHORTEST = 15  # characters
MOST_NEW = 0.45  # share of telling words that neither passage nor question has
STEM = 4  # letters (in Korean half as many syllables) that make two forms of a word the same

_MARKUP = re.compile(r"[<>{}*#`|]|\bhttps?:|\bwww\.|@")
_FIGURE = re.compile(r"\d+(?:[.,\u00a0 ]\d{3})*(?:[.,]\d+)?")
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20",
    "thirty": "30", "sixty": "60", "ninety": "90", "hundred": "00", "thousand": "000",
    "million": "000000", "half": "50", "twice": "2", "double": "2", "dos": "2", "tres": "3",
    "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
    "diez": "10", "quince": "15", "veinte": "20", "treinta": "30", "sesenta": "60", "cien": "100",
    "mil": "000", "millón": "000000", "millones": "000000", "mitad": "50", "doble": "2",
    "두": "2", "세": "3", "네": "4", "다섯": "5", "여섯": "6", "일곱": "7", "여덟": "8",
    "아홉": "9", "열": "10", "절반": "50",
}  # fmt: skip
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday lunes martes miércoles jueves viernes"
    " sábado domingo 월요일 화요일 수요일 목요일 금요일 토요일 일요일"
    " today tomorrow hoy mañana 오늘 내일"
)
_DATED = frozenset(_WEEKDAYS.split()) | {m for m in MONTHS if len(m) > 3}
_NOT = re.compile(
    r"\b(?:not|no|never|cannot|without|neither|nor|none|nobody|nothing|unless|except|only|forbidden"
    r"|prohibited|barred|excluded|exempt|refused|rejected)\b|n['’]t\b"
    r"|\b(?:nunca|jam[aá]s|ni|sin|tampoco|salvo|excepto|ning[uú]n[ao]?|nadie|nada|s[oó]lo"
    r"|solamente|[uú]nicamente|prohib\w+|exclu\w+|exent\w+|rechaz\w+)\b"
    r"|않|없|못|아니|아닙|(?<![가-힣])안\s|불가|금지|제외|말아|마십시오|마세요|에만|[가-힣]만\s(?=가능)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_CLAUSE = re.compile(
    r"(?<=[.!?。,;:])\s+|\n+|\s(?=(?:and|but|or|y|pero|o|e)\s)|(?<=[고며만])\s", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Words that open a sentence with a capital and are no name.
_OPENER_WORDS = (
    "the a an you your to if in on for when it its this that these those there yes only please"
    " before after with without as at by all any each every once both they their we our one and but"
    " or from until since while because so no not then also first next finally if el la los las un"
    " una unos usted su sus para si en de del al cuando como esto este esta estos estas hay sí solo"
    " antes después con sin por todo toda todos cada una vez ambos y pero o desde hasta mientras"
    " porque así no luego también primero se debe puede es son lo le"
)
_OPENERS = frozenset(_OPENER_WORDS.split())
# The ends of names of bodies, laws and systems in Korean, where capitals do not show a name.
_KOREAN_NAME = re.compile(
    r"[가-힣]{2,}(?:공사|은행|센터|위원회|협회|재단|조달청|본부|법률|시행령|대통령|장관)"
)


@dataclass(frozen=True, slots=True)
class _Case:
    said: str
    quotes: Sequence[str]
    question: str
    language: Language

    @property
    def source(self) -> str:
        return "\n".join(self.quotes)


def unfaithful(said: str, quotes: Sequence[str], question: str, language: Language) -> Fault | None:
    """The first thing that is wrong with `said` as other words for `quotes`; None when nothing is.

    Words of the question may be used again, but no figure or name of it that no quote has.
    """
    case = _Case(said, quotes, question, language)
    return next((fault for fault, found in _FAULTS.items() if found(case)), None)


def _is_of_other_length(case: _Case) -> bool:
    return not SHORTEST <= len(case.said) <= len(case.source) + 200


def _is_in_other_language(case: _Case) -> bool:
    other: Language = "en" if case.language != "en" else "es"
    return language_of(case.said, other) != case.language


def _adds_figures(case: _Case) -> bool:
    known = _figures(case.said) <= _figures(case.source)
    return not known or not _numbered(case.said, case.source)


def _adds_dates(case: _Case) -> bool:
    return not _dates(case.said) <= _dates(case.source)


def _adds_names(case: _Case) -> bool:
    return bool(_new_names(case.said, case.source))


def _turns_a_no(case: _Case) -> bool:
    return any(_turned(clause, case.quotes) for clause in _clauses([case.said]))


def _is_about_something_else(case: _Case) -> bool:
    return _newness(case.said, f"{case.source}\n{case.question}") > MOST_NEW


_FAULTS: dict[Fault, Callable[[_Case], bool]] = {
    "length": _is_of_other_length,
    "markup": lambda case: _MARKUP.search(case.said) is not None,
    "language": _is_in_other_language,
    "figure": _adds_figures,
    "date": _adds_dates,
    "name": _adds_names,
    "negation": _turns_a_no,
    "words": _is_about_something_else,
}


def _figures(text: str) -> set[str]:
    return {re.sub(r"(?<=\d)[.,\u00a0 ](?=\d{3}(?!\d))", "", f) for f in _FIGURE.findall(text)}


def _numbered(said: str, source: str) -> bool:
    """Whether every number in words stands in the source, in words or as a figure."""
    known, figures = set(_words(source)), " ".join(_figures(source))
    return all(
        word in known or _NUMBER_WORDS[word] in figures
        for word in _words(said)
        if word in _NUMBER_WORDS
    )


def _dates(text: str) -> set[str]:
    return set(_DATED.intersection(_words(text)))


def _new_names(said: str, source: str) -> set[str]:
    known = {_plain(word) for word in _WORD.findall(source)}
    names: set[str] = set()
    for sentence in _sentences([said]):
        for at, word in enumerate(_WORD.findall(sentence)):
            opens = at == 0 and word.casefold() in _OPENERS
            if word[0].isupper() and not opens and word != "I":
                names.add(_plain(word))
    korean = {name for name in _KOREAN_NAME.findall(said) if name not in source}
    return {name for name in names if not _same(name, known)} | korean


def _turned(clause: str, quotes: Sequence[str]) -> bool:
    """Whether the clause of the source that is nearest to this one says yes where it says no."""
    words = set(_stems(clause))
    nearest = max(_clauses(quotes), key=lambda one: _overlap(words, set(_stems(one))), default="")
    return bool(_NOT.search(clause)) != bool(_NOT.search(nearest))


def _newness(said: str, known: str) -> float:
    have, stems = set(_stems(known)), [s for s in _stems(said) if s not in _OPENERS]
    return sum(stem not in have for stem in stems) / max(len(stems), 1)


def _overlap(words: set[str], other: set[str]) -> float:
    return len(words & other) / (len(words | other) or 1)


def _sentences(texts: Iterable[str]) -> list[str]:
    return [one for text in texts for one in _SENTENCE.split(text) if one.strip()]


def _clauses(texts: Iterable[str]) -> list[str]:
    return [one for text in texts for one in _CLAUSE.split(text) if _WORD.search(one)]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _stems(text: str) -> list[str]:
    return [_plain(w)[: 2 if "가" <= w[0] <= "힣" else STEM] for w in _words(text) if len(w) > 1]


def _same(name: str, known: set[str]) -> bool:
    return name in known or any(
        name.startswith(k) or k.startswith(name) for k in known if len(k) > 3
    )


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(c for c in apart if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare)

"""What a question asks for and about which country, and whether a text gives that."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from knowledge import analyser
from knowledge.port import Language

PATTERNS = Path(__file__).with_name("asked_for.toml")
PLACES = Path(__file__).with_name("places.toml")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

REMEMBERED = 16_384  # texts of the base come again with every search

Pattern = re.Pattern[str]


@lru_cache(REMEMBERED)
def kind(question: str, language: Language) -> str | None:
    """percent, money, duration, date or count; None when no such thing is asked."""
    folded = analyser.fold(question)
    kinds = _patterns("kinds", language)
    return next((name for name, (asks, _) in kinds.items() if asks.search(folded)), None)


@lru_cache(REMEMBERED)
def gives(text: str, wanted: str, language: Language) -> bool:
    """Whether `text` shows something of the kind `wanted`."""
    folded = _folded(text)
    if wanted != "date":
        folded = YEAR.sub(" ", folded)  # nearly every text names its year; that counts nothing
    return bool(_patterns("kinds", language)[wanted][1].search(folded))


def details(
    question: str, language: Language, text: str, text_language: Language
) -> tuple[int, int]:
    """How many details (a phone number, a fee, a form ...) are asked, and how many `text` gives."""
    wanted = _details_asked(question, language)
    return len(wanted), sum(_tells(text, name, text_language) for name in wanted)


def years(text: str) -> frozenset[str]:
    """The years of the last and of this century that `text` names."""
    return frozenset(YEAR.findall(text))


@lru_cache(REMEMBERED)
def places(text: str) -> frozenset[str]:
    """The countries that `text` names, in whatever language, also by what only they have."""
    folded = analyser.fold(text)
    possible = {name for letters, name in _letters_of_places() if letters in folded}
    return frozenset(name for name in possible if _places()[name].search(folded))


@lru_cache(REMEMBERED)
def _details_asked(question: str, language: Language) -> tuple[str, ...]:
    folded = analyser.fold(question)
    return tuple(
        name for name, (asks, _) in _patterns("details", language).items() if asks.search(folded)
    )


@lru_cache(REMEMBERED)
def _tells(text: str, detail: str, language: Language) -> bool:
    return bool(_patterns("details", language)[detail][1].search(_folded(text)))


@lru_cache(REMEMBERED)
def _folded(text: str) -> str:
    """`analyser.fold` of a passage, which is looked at for one thing after another."""
    return analyser.fold(text)


@cache
def _patterns(table: str, language: Language) -> Mapping[str, tuple[Pattern, Pattern]]:
    read = tomllib.loads(PATTERNS.read_text(encoding="utf-8"))[table]
    return {
        name: (re.compile(both["asks"][language]), re.compile(both["gives"][language]))
        for name, both in read.items()
    }


@cache
def _forms_of_places() -> Mapping[str, Sequence[str]]:
    return tomllib.loads(PLACES.read_text(encoding="utf-8"))


@cache
def _places() -> Mapping[str, Pattern]:
    return {
        name: re.compile("|".join(f"\\b{form}" if form.isascii() else form for form in forms))
        for name, forms in _forms_of_places().items()
    }


@cache
def _letters_of_places() -> Sequence[tuple[str, str]]:
    """(letters, country): whatever names the country has some of its letters. There are many
    patterns, most texts name no country, and plain letters are found much sooner."""
    return [(_letters(form), name) for name, forms in _forms_of_places().items() for form in forms]


def _letters(form: str) -> str:
    """The plain letters that a form begins with, without one that may be missing."""
    plain = re.match(r"[\w ]*", form)
    letters = plain[0] if plain else ""
    return letters[:-1] if form[len(letters) :].startswith(("?", "*", "{")) else letters

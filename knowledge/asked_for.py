"""What kind of thing a question asks for, and whether a text gives anything of that kind."""

import re
import tomllib
from functools import cache
from pathlib import Path

from knowledge import analyser
from knowledge.port import Language

PATTERNS = Path(__file__).with_name("asked_for.toml")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def kind(question: str, language: Language) -> str | None:
    """contact, percent, money, duration, date or count; None when no such thing is asked."""
    folded = analyser.fold(question)
    return next((name for name, asks, _ in _patterns(language) if asks.search(folded)), None)


def gives(text: str, wanted: str, language: Language) -> bool:
    """Whether `text` shows something of the kind `wanted`."""
    folded = analyser.fold(text)
    return any(given.search(folded) for name, _, given in _patterns(language) if name == wanted)


def years(text: str) -> frozenset[str]:
    """The years of the last and of this century that `text` names."""
    return frozenset(YEAR.findall(text))


@cache
def _patterns(language: Language) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    table = tomllib.loads(PATTERNS.read_text(encoding="utf-8"))
    return tuple(
        (name, re.compile(both["asks"][language]), re.compile(both["gives"][language]))
        for name, both in table.items()
    )

"""How often the language of published questions is told, while the talk was in another one."""

from collections.abc import Sequence
from pathlib import Path

from bot.language import language_of
from bot.measuring.public_sets import language_sets
from knowledge.port import Language

# What is unsure keeps the talk's language, so the talk is in a wrong one here: the hardest case.
_BEFORE: dict[Language, Language] = {"en": "es", "es": "en", "ko": "en"}


def told(folder: Path) -> dict[str, Sequence[bool]]:
    """Whether each question's language was told, by "way, language" and by way alone."""
    found: dict[str, list[bool]] = {}
    for one in language_sets(folder):
        hits = [language_of(text, _BEFORE[one.language]) == one.language for text in one.texts]
        found.setdefault(one.name, []).extend(hits)
        found[f"{one.name}, {one.language}"] = hits
    return dict(sorted(found.items()))

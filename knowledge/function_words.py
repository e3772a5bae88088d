"""Slips in the words that only carry grammar ("wich", "teh", "q"), put right before a search.

An unknown word counts as the most telling of a question; "mutch" tells nothing but how it is spelt.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from knowledge import analyser
from knowledge.lexicon import alike
from knowledge.port import Language

IN_A_HURRY = Path(__file__).with_name("function_words.toml")
WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 4  # letters from which a function word may lack a letter, or have one wrong or too many
REMEMBERED = 4096


class FunctionWords:
    """Those of one language; `known` says which folded words the base itself uses."""

    def __init__(self, language: Language, known: Callable[[str], bool]) -> None:
        self._known = known
        self._hurried = _hurried(language)
        self._words = analyser.stop_words(language)
        self._right = lru_cache(REMEMBERED)(self._find)

    def mend(self, text: str) -> str:
        """`text` with each slip in a function word put right."""
        return WORD.sub(lambda found: self._right(found[0]), text)

    def _find(self, word: str) -> str:
        folded = analyser.fold(word)
        if folded in self._words or self._known(folded):
            return word
        if folded in self._hurried:
            return self._hurried[folded]
        return min((one for one in self._words if _slipped(folded, one)), default=word)


def _slipped(written: str, meant: str) -> bool:
    """Whether one slip makes `written` of `meant`: two letters swapped, one gone, more or alike."""
    if written[:1] != meant[:1] or abs(len(written) - len(meant)) > 1:
        return False
    if len(written) == len(meant):
        wrong = [at for at, letter in enumerate(meant) if written[at] != letter]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return written[wrong[0]] == meant[wrong[1]] and written[wrong[1]] == meant[wrong[0]]
        one_alike = len(wrong) == 1 and alike(written[wrong[0]], meant[wrong[0]])
        return len(meant) >= SHORTEST and one_alike
    shorter, longer = sorted((written, meant), key=len)
    gone = any(longer[:at] + longer[at + 1 :] == shorter for at in range(1, len(longer)))
    return len(meant) >= SHORTEST and gone


@cache
def _hurried(language: Language) -> Mapping[str, str]:
    table: dict[str, str] = tomllib.loads(IN_A_HURRY.read_text(encoding="utf-8"))[language]
    return table

"""Spanish words typed without their accents ("garantia", "pequena"), put as the base spells them.

A stemmer takes the bare word for another one, and so, in part, does the encoder. Where the base
also writes a word without its accent, or with another one ("que", "publico"), it is left as it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from knowledge import analyser

WORD = re.compile(r"[^\W\d_]+")
# What a message begins with is asked, however it is typed; further on it may only join.
ASKING = (
    "qué", "cómo", "cuándo", "dónde", "quién", "quiénes", "cuál", "cuáles",
    "cuánto", "cuánta", "cuántos", "cuántas",
)  # fmt: skip
ASKED = {analyser.fold(word): word for word in ASKING}
FIRST = re.compile(rf"^\W*({'|'.join(ASKED)})\b", re.IGNORECASE)
LAST = "áéíóú"  # so ends another person of a verb, which bare is a word as well ("llevó", "llevo")
SHORTEST = 3  # letters
# Of what the base spells so without the accents; the rest may be slips of its own.
NEARLY_ALL = 0.95


class Accents:
    """The one accented spelling of each bare word that has one in the base's own prose."""

    def __init__(self, prose: Iterable[str]) -> None:
        spelt: dict[str, Counter[str]] = defaultdict(Counter)
        for text in prose:
            for word in WORD.findall(text.casefold()):
                spelt[analyser.fold(word)][word] += 1
        self._accented = {
            bare: word
            for bare, counts in spelt.items()
            for word, count in counts.most_common(1)
            if _is_told_by(word, bare) and count >= NEARLY_ALL * counts.total()
        }

    def mend(self, text: str) -> str:
        """`text` with each bare word accented as the base has it; its capitals stay."""
        text = FIRST.sub(_asked, text)
        return WORD.sub(lambda found: self._mend_word(found[0]), text)

    def _mend_word(self, word: str) -> str:
        accented = self._accented.get(word.casefold()) if word.isascii() else None
        return word if accented is None else _as_typed(accented, word)


def _asked(found: re.Match[str]) -> str:
    word = found[1]
    return found[0].removesuffix(word) + _as_typed(ASKED[word.casefold()], word)


def _as_typed(accented: str, word: str) -> str:
    """`accented` in the capitals of `word`."""
    if word.isupper():
        return accented.upper()
    return accented.capitalize() if word[0].isupper() else accented


def _is_told_by(word: str, bare: str) -> bool:
    """Whether `bare` can only be meant to be `word`."""
    return word != bare and len(bare) >= SHORTEST and word[-1] not in LAST

"""Korean words whose vowels were mixed up by ear, put as the base spells them.

Several vowels sound the same today (ㅐ and ㅔ, ㅙ and ㅚ and ㅞ), so they are what people miswrite,
and a morphological analyser cuts a miswritten word in the wrong places.
"""

import re
import unicodedata
from collections.abc import Iterable

HANGUL = re.compile(r"[가-힣]{2,}")
SAME_SOUND = str.maketrans(
    {
        "\u1162": "\u1166",  # ㅐ as ㅔ
        "\u1164": "\u1166",  # ㅒ as ㅔ
        "\u1168": "\u1166",  # ㅖ as ㅔ
        "\u116b": "\u116c",  # ㅙ as ㅚ
        "\u1170": "\u116c",  # ㅞ as ㅚ
    }
)
LONGEST = 7


class Respelling:
    """The base's Korean words by their sound."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {word for word in words if HANGUL.fullmatch(word)}
        self._by_sound = {_sound(word): word for word in sorted(self._words)}

    def mend(self, text: str) -> str:
        """`text` with each stretch that only sounds like a word of the base spelt like it."""
        return HANGUL.sub(lambda found: self._mend_run(found[0]), text)

    def _mend_run(self, run: str) -> str:
        for length in range(min(LONGEST, len(run)), 1, -1):
            for start in range(len(run) - length + 1):
                stretch = run[start : start + length]
                left, right = run[:start], run[start + length :]
                if stretch in self._words:
                    return self._mend_run(left) + stretch + self._mend_run(right)
                word = self._by_sound.get(_sound(stretch))
                if word is not None:
                    return self._mend_run(left) + word + self._mend_run(right)
        return run


def _sound(word: str) -> str:
    return unicodedata.normalize("NFD", word).translate(SAME_SOUND)

"""A guess at the language of a whole text, by its script and its commonest words."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from knowledge.port import Language

STOPWORDS = Path(__file__).parents[1] / "stopwords"
HANGUL = re.compile(r"[\uac00-\ud7a3]")
LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ']+")
LOOKED_AT = 20_000
# A text in a language has at least so many of its commonest words, as a share of all.
LEAST_SHARE, LEAST_WORDS = 0.12, 3


def guess(text: str) -> Language | None:
    """English, Spanish or Korean; None where the text does not say."""
    beginning = text[:LOOKED_AT]
    hangul = len(HANGUL.findall(beginning))
    words = [_folded(word) for word in LATIN_WORD.findall(beginning)]
    if hangul > sum(map(len, words)) / 2:
        return "ko"
    english, spanish = (sum(w in _common(code) for w in words) for code in ("en", "es"))
    most = max(english, spanish)
    if most < LEAST_WORDS or most < LEAST_SHARE * len(words) or english == spanish:
        return None
    return "en" if english > spanish else "es"


@cache
def _common(language: str) -> frozenset[str]:
    return frozenset(STOPWORDS.joinpath(f"{language}.txt").read_text("utf-8").split())


def _folded(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))

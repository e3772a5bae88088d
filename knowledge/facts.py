"""Whether a text holds a fact, and which figures it holds, however they are written."""

import re
import unicodedata
from collections.abc import Sequence

FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def plain(text: str) -> str:
    """Case, accents, separators of thousands and the space before % away; Hangul stays whole."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c)))
    bare = re.sub(r"(?<=\d)[.,\s](?=\d{3}(?!\d))", "", bare)
    return re.sub(r"\s+", " ", re.sub(r"\s+%", "%", bare))


def holds(text: str, facts: Sequence[Sequence[str]]) -> bool:
    """Whether `text` holds at least one of the strings of every list in `facts`."""
    said = plain(text)
    return all(any(plain(one) in said for one in alternatives) for alternatives in facts)


def figures(text: str) -> list[str]:
    """Every figure of `text` as it is written there."""
    return FIGURE.findall(text)


def invented(text: str, quotes: Sequence[str]) -> list[str]:
    """The figures of `text` that stand in none of its quotes."""
    quoted = {figure for quote in quotes for figure in figures(quote)}
    return [figure for figure in figures(text) if figure not in quoted]

"""What the other rooms may know of knowledge: a query goes in, a finding comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Language = Literal["en", "es", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "es", "ko")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the person put it.

    `history` holds the person's earlier questions of this conversation, oldest first, for
    follow-ups that lean on them. Only articles in force on `as_of` may answer.
    """

    text: str
    language: Language
    as_of: date
    history: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    article: str
    title: str
    version: int
    url: str
    quote: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query; `score` is comparable only within one search."""

    article: str
    title: str
    version: int
    language: Language
    passage: str
    score: float
    url: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`answer`: `text` holds the fact, in `language`, every figure of it stands in a quote.
    `ask`: two to four `options` (short questions) that the person may have meant; asked for in the
    very words of one, its passage is the answer. `text` then holds what can be said without asking,
    if anything, and an answer may have `options` too: what else may have been meant.
    `none`: the base does not hold it. `confidence` is the calibrated chance of a right answer.
    """

    verdict: Literal["answer", "ask", "none"]
    text: str = ""
    language: Language = "en"
    citations: Sequence[Citation] = ()
    options: Sequence[str] = ()
    confidence: float = 0.0
    topic: str | None = None


Search = Callable[[Query], Finding]

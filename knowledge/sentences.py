"""Cutting a passage to the sentences that answer a question, word for word and in their order."""

import re

from knowledge import analyser, asked_for
from knowledge.port import Language

# A full stop ends a sentence before a capital, a digit or Hangul, but not after "Art." or "No.".
END = re.compile(
    r"(?<=[.!?。])(?<!\b[A-Z]\.)(?<!\bArt\.)(?<!\bart\.)(?<!\bNo\.)\s+(?=[A-Z¿¡ÁÉÍÓÚÑ0-9가-힣\"'(])|\n+"
)


def split(text: str) -> list[str]:
    """The sentences of `text`; joined by a space they say the same."""
    return [part.strip() for part in END.split(text) if part and part.strip()]


def around(text: str, start: int, end: int) -> str:
    """The sentences that `text[start:end]` touches, as they stand there."""
    stops = list(END.finditer(text))
    begin = max((one.end() for one in stops if one.end() <= start), default=0)
    finish = min((one.start() for one in stops if one.start() >= end), default=len(text))
    return text[begin:finish].strip()


def words(text: str) -> int:
    return len(text.split())


def best(text: str, question: str, language: Language, most: int) -> str:
    """`text` whole if it has at most `most` words, else as many of its best sentences as fit.

    The sentence that shares most with the question comes first in the choice; one that gives the
    asked kind of thing goes before one that does not. Empty when not even one sentence fits.
    """
    if words(text) <= most:
        return text
    parts = split(text)
    asked = {term.key for term in analyser.terms(question, language)}
    wanted = asked_for.kind(question, language)

    def worth(at: int) -> tuple[float, int]:
        shared = asked & {term.key for term in analyser.terms(parts[at], language)}
        given = wanted is not None and asked_for.gives(parts[at], wanted, language)
        return len(shared) + 1.5 * given, -at

    chosen: list[int] = []
    for at in sorted(range(len(parts)), key=worth, reverse=True):
        if sum(words(parts[kept]) for kept in chosen) + words(parts[at]) <= most:
            chosen.append(at)
    return " ".join(parts[at] for at in sorted(chosen))

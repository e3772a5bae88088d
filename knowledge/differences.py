"""What changed between two texts: line by line, and word by word within a changed line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]
ALIKE = 0.4  # lines that share less than this are not one line reworded
MOST_COMPARED = 4000  # characters of a line that are compared by words

# Hangul particles and Spanish endings differ within a word; a word is still what is read as one.
WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that both texts have, or only one of them."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of either text. `kind` is `changed` where both have it in different words."""

    kind: Literal["same", "added", "removed", "changed"]
    pieces: Sequence[Piece]


def between(old: str, new: str) -> list[Line]:
    """How `new` came out of `old`, in the order of reading; every line of both is in it once."""
    before, after = old.split("\n"), new.split("\n")
    lines: list[Line] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            lines += [_whole("same", text) for text in before[i:j]]
        else:
            lines += _changed(before[i:j], after[k:m])
    return lines


def any_change(lines: Sequence[Line]) -> bool:
    return any(line.kind != "same" for line in lines)


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """Lines that are alike are shown as one; the rest as taken out and put in."""
    start = 0
    for text in before:
        twin = next((at for at in range(start, len(after)) if _alike(text, after[at])), None)
        if twin is None:
            yield _whole("removed", text)
            continue
        for added in after[start:twin]:
            yield _whole("added", added)
        yield Line("changed", tuple(_words(text, after[twin])))
        start = twin + 1
    for added in after[start:]:
        yield _whole("added", added)


def _alike(one: str, other: str) -> bool:
    if not one.strip() or not other.strip() or max(len(one), len(other)) > MOST_COMPARED:
        return False
    matcher = SequenceMatcher(None, WORD.findall(one), WORD.findall(other), autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = WORD.findall(old), WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[i:j]))
            continue
        if i < j:
            yield Piece("removed", "".join(before[i:j]))
        if k < m:
            yield Piece("added", "".join(after[k:m]))


def _whole(kind: Kind, text: str) -> Line:
    return Line(kind, (Piece(kind, text),))

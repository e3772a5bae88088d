"""Cutting a page of plain text into overlapping passages that end where sentences do."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge import sentences

WORDS = 120  # of a passage, its title and heading included
OVERLAP = 0.25  # of a passage that the next one says again, so that no answer is cut in two
HEADING_WORDS = 16
BLANK = re.compile(r"\n\s*\n|$")


@dataclass(frozen=True, slots=True)
class Piece:
    """`page[start:end]`, and the heading it stands under, if any."""

    start: int
    end: int
    heading: str


def pieces(page: str, title: str = "", most: int = WORDS) -> list[Piece]:
    """The whole page in order. With `title` and heading no piece has more than `most` words."""
    room = most - sentences.words(title)
    parts = [part for one in _sentences(page) for part in _cut_down(page, one, room)]
    found: list[Piece] = []
    first = 0
    while first < len(parts):
        last = _fill(page, parts, first, room)
        found.append(Piece(parts[first].start, parts[last - 1].end, parts[first].heading))
        if last == len(parts):
            break
        first = _step_back(page, parts, first, last, room)
    return found


def _sentences(page: str) -> Iterator[Piece]:
    at = 0
    for gap in BLANK.finditer(page):
        if page[at : gap.start()].strip():
            yield from _of_block(page, at, gap.start())
        at = gap.end()


def _of_block(page: str, start: int, end: int) -> Iterator[Piece]:
    heading = _heading(page[start:end])
    at = start
    for stop in sentences.END.finditer(page, start, end):
        if stop.start() > at:
            yield Piece(at, stop.end(), heading)
        at = stop.end()
    if at < end:
        yield Piece(at, end, heading)


def _heading(block: str) -> str:
    """The first line of a block, if it is short, ends no sentence and has text below it."""
    line, _, below = block.partition("\n")
    line = line.strip()
    short = 0 < sentences.words(line) <= HEADING_WORDS
    return line if short and below.strip() and not line.endswith(".") else ""


def _cut_down(page: str, sentence: Piece, room: int) -> Iterator[Piece]:
    """A sentence that no passage can hold, in stretches that one can."""
    most = max(room - HEADING_WORDS, 1)
    starts = [found.start() for found in re.finditer(r"\S+", page[sentence.start : sentence.end])]
    cuts = [sentence.start, *(sentence.start + starts[at] for at in range(most, len(starts), most))]
    for start, end in zip(cuts, [*cuts[1:], sentence.end], strict=True):
        yield Piece(start, end, sentence.heading)


def _fill(page: str, parts: Sequence[Piece], first: int, room: int) -> int:
    """The end (exclusive) of the longest run from `first` that fits; at least one part."""
    left = room - sentences.words(parts[first].heading)
    last = first
    while last < len(parts):
        left -= _words(page, parts[last])
        if left < 0 and last > first:
            break
        last += 1
    return last


def _step_back(page: str, parts: Sequence[Piece], first: int, last: int, room: int) -> int:
    """Where the next passage begins: some sentences before the end of this one."""
    left = OVERLAP * room
    while last - 1 > first and (left := left - _words(page, parts[last - 1])) >= 0:
        last -= 1
    return last


def _words(page: str, part: Piece) -> int:
    return sentences.words(page[part.start : part.end])

"""What stands on a page in columns, in the order in which it is read."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pdfplumber.utils.text import extract_text

# A gap of this share of a letter's size parts two words.
WORD_GAP = 0.15
# One as wide as this may part two columns.
WIDE_GAP = 0.9
# A column of prose has so many lines, of so many words, that fill so much of its width; cells of a
# table without rules are shorter, and are read row by row.
LEAST_LINES, LEAST_WORDS, LEAST_FILLED = 4, 3, 0.6
# Columns meet in this middle part of the width.
MIDDLE = (0.2, 0.8)


@dataclass(slots=True)
class Box:
    """A line of text, or a whole table (without letters), with its place in points."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    letters: Sequence[dict[str, Any]] = ()
    size: float = 0
    gaps: list[tuple[float, float]] = field(default_factory=list)


def line(letters: Sequence[dict[str, Any]]) -> Box:
    """The line that these letters make."""
    letters = sorted(letters, key=lambda letter: float(letter["x0"]))
    size = statistics.median(float(letter["size"]) for letter in letters)
    gaps = [
        (float(one["x1"]), float(other["x0"]))
        for one, other in pairwise(letters)
        if other["x0"] - one["x1"] > WIDE_GAP * size
    ]
    return Box(
        text=" ".join(extract_text(letters, x_tolerance_ratio=WORD_GAP).split()),
        left=float(letters[0]["x0"]),
        top=min(float(letter["top"]) for letter in letters),
        right=max(float(letter["x1"]) for letter in letters),
        bottom=max(float(letter["bottom"]) for letter in letters),
        letters=letters,
        size=size,
        gaps=gaps,
    )


def in_order(boxes: Sequence[Box]) -> list[Box]:
    """From top to bottom; where lines run in columns, one column after the other."""
    boxes = sorted(boxes, key=lambda box: box.top)
    gutter = _gutter(boxes)
    if gutter is None:
        return boxes
    read: list[Box] = []
    left: list[Box] = []
    right: list[Box] = []
    for box in boxes:
        if _crosses(box, gutter):
            read += [*in_order(left), *in_order(right), box]
            left, right = [], []
        else:
            left += _side(box, gutter, left=True)
            right += _side(box, gutter, left=False)
    return [*read, *in_order(left), *in_order(right)]


def _gutter(boxes: Sequence[Box]) -> float | None:
    """Where two columns meet: as few lines as possible run over it, and fewer than do not."""
    lines = [box for box in boxes if box.letters]
    if len(lines) < LEAST_LINES:
        return None
    left, right = min(box.left for box in lines), max(box.right for box in lines)
    fewest, found = len(lines) / 2, None
    for at in sorted(_candidates(lines, left, right)):
        over = sum(_crosses(box, at) for box in lines)
        if over < fewest and _are_columns(lines, left, at, right):
            fewest, found = over, at
    return found


def _candidates(lines: Sequence[Box], left: float, right: float) -> Iterator[float]:
    first, last = (left + share * (right - left) for share in MIDDLE)
    starts = {
        round(start - WIDE_GAP * box.size / 2)
        for box in lines
        for start in (box.left, *(end for _, end in box.gaps))
    }
    return (float(start) for start in starts if first < start < last)


def _are_columns(lines: Sequence[Box], left: float, at: float, right: float) -> bool:
    clear = [box for box in lines if not _crosses(box, at)]
    for width, is_left in ((at - left, True), (right - at, False)):
        parts = [part for box in clear for part in _side(box, at, left=is_left)]
        if len(parts) < LEAST_LINES:
            return False
        if statistics.median(part.right - part.left for part in parts) < LEAST_FILLED * width:
            return False
        if statistics.median(len(part.text.split()) for part in parts) < LEAST_WORDS:
            return False
    return True


def _crosses(box: Box, at: float) -> bool:
    return box.left < at < box.right and not any(start < at < end for start, end in box.gaps)


def _side(box: Box, at: float, *, left: bool) -> list[Box]:
    """What of a box that does not cross lies on one side: it, a part of it, or nothing."""
    if box.right <= at or box.left >= at:
        return [box] if (box.right <= at) == left else []
    return [line([letter for letter in box.letters if (letter["x0"] < at) == left])]

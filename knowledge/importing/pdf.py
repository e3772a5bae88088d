"""A PDF: lines are put together again, tables found, and what stands on every page left out."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from knowledge.importing import columns, tables
from knowledge.importing.columns import WORD_GAP, Box
from knowledge.importing.port import MAX_CHARACTERS, MAX_PAGES, Note, Text, Unreadable

# A heading is set this much larger than most of the text, and is no longer than this.
LARGER, LONGEST_HEADING = 1.15, 160
# Lines further apart than this many of their own height begin a new paragraph.
APART = 0.75
# Head and foot lines stand in these outer shares of the page.
EDGE = 0.09
NUMBERS = re.compile(r"\d+")
BULLET = re.compile(r"^[•▪◦‣·–-]\s+")
NUMBERED = re.compile(r"^\d{1,2}[.)]\s+")
BROKEN_WORD = re.compile(r"[A-Za-zÀ-ÿ]-$")


@dataclass(slots=True)
class Line:
    """A line of text, or a whole table (`size` 0), with where it stands on its page."""

    text: str
    size: float
    top: float
    bottom: float
    page: int
    edge: bool = False


def read(content: bytes) -> Text:
    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            title = str((document.metadata or {}).get("Title") or "")
            pages, total, images = _pages(document)
    except (PdfminerException, MalformedPDFException) as error:
        raise _reason(error) from error
    except RecursionError as error:
        raise Unreadable("too_deep") from error
    if not pages:
        raise Unreadable("no_text" if images else "empty")
    notes = [Note("images", {"n": images})] if images else []
    read_to = pages[-1].page
    if read_to < total:
        notes.append(Note("pages", {"read": read_to, "of": total}))
    lines, running = _without_running(pages)
    if running:
        notes.append(Note("running", {"n": running}))
    markdown = "\n\n".join(_paragraphs(lines))
    return Text(_title(title, markdown), markdown, tuple(notes))


def _pages(document: Any) -> tuple[list[Line], int, int]:
    """The lines, how many pages there are, and how many images; stops when there is enough."""
    lines: list[Line] = []
    images = characters = 0
    for number, page in enumerate(document.pages, 1):
        found = list(_lines(page, number))
        images += len(page.images)
        lines += found
        characters += sum(len(line.text) for line in found)
        page.close()
        if characters > MAX_CHARACTERS or number >= MAX_PAGES:
            break
    return lines, len(document.pages), images


def _lines(page: Any, number: int) -> Iterator[Line]:
    """Lines and tables of a page as they are read: from top to bottom, column by column."""
    height = float(page.height)
    found: list[Box] = []
    rest = page
    for table in page.find_tables():
        cells = table.extract(x_tolerance_ratio=WORD_GAP)
        rows = [[cell or "" for cell in row] for row in cells]
        if len(rows) > 1 and max(map(len, rows)) > 1:
            found.append(Box(tables.markdown(rows), *table.bbox))
            rest = rest.filter(_outside(table.bbox))
    lines = rest.extract_text_lines(x_tolerance_ratio=WORD_GAP)
    found += [columns.line(line["chars"]) for line in lines]
    for box in columns.in_order(found):
        edge = box.bottom < height * EDGE or box.top > height * (1 - EDGE)
        if box.text:
            yield Line(box.text, box.size, box.top, box.bottom, number, edge and bool(box.letters))


def _outside(box: Sequence[float]) -> Any:
    left, top, right, bottom = box

    def outside(thing: Any) -> bool:
        if thing.get("object_type") != "char":
            return True
        x, y = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
        return not (left <= x <= right and top <= y <= bottom)

    return outside


def _without_running(lines: list[Line]) -> tuple[list[Line], int]:
    """Without lines at the edge that most pages repeat, and without lone page numbers."""
    pages = len({line.page for line in lines})
    repeated = Counter(
        text for text, _ in {(NUMBERS.sub("0", x.text), x.page) for x in lines if x.edge}
    )

    def runs(line: Line) -> bool:
        plain = NUMBERS.sub("0", line.text)
        return line.edge and (plain.strip(" -–|/") == "0" or repeated[plain] > max(2, pages / 2))

    kept = [line for line in lines if not runs(line)]
    return kept, len(lines) - len(kept)


def _paragraphs(lines: list[Line]) -> Iterator[str]:
    """Headings by their size, lines that belong together as one paragraph, tables as they are."""
    weights = Counter[float]()
    for line in lines:
        if line.size:
            weights[round(line.size, 1)] += len(line.text)
    body = weights.most_common(1)[0][0] if weights else 0.0
    larger = sorted({round(x.size, 1) for x in lines if _is_heading(x, body)}, reverse=True)
    open_: list[str] = []
    last: Line | None = None
    for line in lines:
        level = _level_of(line, body, larger)
        same = last and _continues(last, line) and level == _level_of(last, body, larger)
        if open_ and not same:
            yield _joined(open_)
            open_ = []
        if line.size == 0:
            yield line.text
            last = None
            continue
        open_.append(f"{'#' * level} {line.text}" if level and not open_ else line.text)
        last = line
    if open_:
        yield _joined(open_)


def _level_of(line: Line, body: float, larger: list[float]) -> int:
    return min(larger.index(round(line.size, 1)) + 1, 3) if _is_heading(line, body) else 0


def _is_heading(line: Line, body: float) -> bool:
    large = line.size and round(line.size, 1) >= body * LARGER
    return bool(large) and len(line.text) <= LONGEST_HEADING and any(map(str.isalpha, line.text))


def _continues(last: Line, line: Line) -> bool:
    if BULLET.match(line.text) or NUMBERED.match(line.text):
        return False
    if line.page != last.page or line.bottom < last.top:  # a sentence may run over page and column
        return not last.text.endswith((".", "?", "!", ":", "다")) and abs(line.size - last.size) < 1
    return line.top - last.bottom < APART * line.size


def _joined(lines: list[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        broken = BROKEN_WORD.search(text) and line[:1].islower()
        text = text[:-1] + line if broken else f"{text} {line}"
    return BULLET.sub("- ", text)


def _title(said: str, markdown: str) -> str:
    first = re.search(r"^# (.+)$", markdown, re.MULTILINE)
    return first[1] if first else " ".join(said.split())


def _reason(error: Exception) -> Unreadable:
    """Locked or broken: the wrapped error says which."""
    causes = [error, error.__cause__, *error.args]
    locked = any(isinstance(cause, PDFPasswordIncorrect) for cause in causes)
    return Unreadable("encrypted" if locked else "broken")

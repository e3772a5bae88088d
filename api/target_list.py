"""A list of people as somebody pastes or uploads it: lines, or a sheet with commas or tabs."""

import csv
import re

from crm.errors import Invalid
from routing.channels.phone import numbers

MOST_LINES, LONGEST = 20_000, 320
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ID = re.compile(r"[0-9a-f]{24}")
# Seven digits or more are a number that is meant to be one.
DIGITS = re.compile(r"\d(?:[\s().-]?\d){6,}")


def entries(text: str) -> list[str]:
    """One entry for each line that is not empty: the address, number or id in it; where it has
    none, the whole line, so that it can be told. A line of headings is left out. Raises Invalid."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip(" ,;\t")]
    if len(lines) == 1:  # written in a row
        lines = [cell for cell in re.split(r"[,;\t]", lines[0]) if cell.strip()]
    try:
        rows = list(csv.reader(lines, delimiter=_delimiter(lines)))
    except csv.Error as error:  # a cell of more than 131,072 characters
        raise Invalid("This is no list of people.", field="list") from error
    found = [_entry(cells) for cells in rows]
    if len(rows) > 1 and len(rows[0]) > 1 and found[0] is None:  # the headings of a sheet
        found, lines = found[1:], lines[1:]
    if len(lines) > MOST_LINES:
        raise Invalid(f"A list has at most {MOST_LINES} lines.", field="list")
    return [entry or line.strip()[:LONGEST] for entry, line in zip(found, lines, strict=False)]


def decoded(data: bytes) -> str:
    """A file's text, as spreadsheets write it. Raises Invalid."""
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("This file is no text: save the sheet as CSV in UTF-8.", field="file")


def _delimiter(lines: list[str]) -> str:
    first = lines[0] if lines else ""
    return max(",;\t", key=first.count)


def _entry(cells: list[str]) -> str | None:
    trimmed = [cell.strip() for cell in cells]
    for known in (_address, _number, _id):
        for cell in trimmed:
            if found := known(cell):
                return found
    return None


def _address(cell: str) -> str | None:
    found = ADDRESS.search(cell)
    return found.group(0).strip("<>\"'") if found else None


def _number(cell: str) -> str | None:
    if not DIGITS.fullmatch(cell.lstrip("+")):
        return None
    return numbers.normal(cell, None) or cell


def _id(cell: str) -> str | None:
    return cell if ID.fullmatch(cell) else None

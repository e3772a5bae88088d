"""Rows of cells as a Markdown table, whatever format they came in."""

from collections.abc import Sequence


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table whose first row is its head; a single column or row of it is no table but text."""
    filled = [[_cell(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    width = max((len(row) for row in filled), default=0)
    filled = [row + [""] * (width - len(row)) for row in filled]
    kept = [at for at in range(width) if any(row[at] for row in filled)]
    filled = [[row[at] for at in kept] for row in filled]
    if len(kept) < 2 or len(filled) < 2:
        return "\n\n".join(cell.replace(r"\|", "|") for row in filled for cell in row if cell)
    head, *body = filled
    lines = [_line(head), _line(["---"] * len(kept)), *(_line(row) for row in body)]
    return "\n".join(lines)


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", r"\|")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

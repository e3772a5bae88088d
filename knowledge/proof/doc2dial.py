"""Doc2Dial 1.0.1, validation (Feng et al. 2020): talks over 273 pages of US government services.

A passage is right when it contains the first character of what the person's reader pointed at.
"""

import json
from pathlib import Path
from typing import Any

from knowledge import cutting, snapshot
from knowledge.cutting import Piece
from knowledge.proof.collection import Asked, Collection, file

FIRST, LATER = "Doc2Dial first turns", "Doc2Dial later turns"


def read(folder: Path) -> Collection:
    """All pages in passages of at most 120 words with their title, and every question on them."""
    pages = {page["doc_id"]: page for page in _lines(folder, "docs.jsonl")}
    pieces = {name: cutting.pieces(page["text"], title(name)) for name, page in pages.items()}
    records = [
        snapshot.plain(
            name,
            "en",
            pages[name]["text"][piece.start : piece.end].strip(),
            title=title(name),
            heading=piece.heading,
            anchor=str(piece.start),
        )
        for name, found in pieces.items()
        for piece in found
    ]
    asked: dict[str, list[Asked]] = {FIRST: [], LATER: []}
    for told in _lines(folder, "questions.jsonl"):
        asked[LATER if told["history"] else FIRST].append(_asked(told, pieces[told["doc_id"]]))
    return Collection("doc2dial", records, asked)


def title(page: str) -> str:
    """A page's title, which its name begins with."""
    return page.partition("#")[0]


def _asked(told: dict[str, Any], pieces: list[Piece]) -> Asked:
    at = told["gold_start"]
    right = (_name(told["doc_id"], piece) for piece in pieces if piece.start <= at < piece.end)
    earlier = tuple(one["text"] for one in told["history"] if one["role"] == "user")
    return Asked(told["question"], "en", frozenset(right), earlier)


def _name(page: str, piece: Piece) -> str:
    return f"{page}@{piece.start}"


def _lines(folder: Path, name: str) -> list[dict[str, Any]]:
    text = file(folder, "doc2dial", name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]

"""A public set: passages of plain text, and questions whose right passages are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.port import Language
from knowledge.snapshot import PassageRecord


class MissingSet(FileNotFoundError):
    """A set is not where it was looked for; the message names the file."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the person's earlier ones, and the names of the passages that answer it."""

    text: str
    language: Language
    right: frozenset[str]
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """`asked` are question sets by what they measure; `named` says what `records` are called."""

    name: str
    records: Sequence[PassageRecord]
    asked: Mapping[str, Sequence[Asked]]


def named(record: PassageRecord) -> str:
    """What a passage is called: its text's name, with its anchor where the text has several."""
    return f"{record.article}@{record.anchor}" if record.anchor else record.article


def file(folder: Path, *parts: str) -> Path:
    """A file of a set; raises MissingSet when it is not there."""
    path = folder.joinpath(*parts)
    if not path.is_file():
        raise MissingSet(f"{path} is not there: name the folder that holds {'/'.join(parts)}.")
    return path

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
    """`records` carry their names in `article`; `asked` are question sets by what they measure."""

    name: str
    records: Sequence[PassageRecord]
    asked: Mapping[str, Sequence[Asked]]


def file(folder: Path, *parts: str) -> Path:
    """A file of a set; raises MissingSet when it is not there."""
    path = folder.joinpath(*parts)
    if not path.is_file():
        raise MissingSet(f"{path} is not there: name the folder that holds {'/'.join(parts)}.")
    return path

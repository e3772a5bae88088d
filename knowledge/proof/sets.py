"""The public sets this room is measured on, each from its own folder below one."""

from collections.abc import Callable, Iterator
from pathlib import Path

from knowledge.proof import doc2dial, parakqc, xquad
from knowledge.proof.collection import Collection, MissingSet

Say = Callable[[str], None]
Read = Callable[[Path], Collection]

RETRIEVAL: tuple[Read, ...] = (
    lambda folder: xquad.same_language(folder, "en"),
    lambda folder: xquad.same_language(folder, "es"),
    lambda folder: xquad.across(folder, "en", "es"),
    lambda folder: xquad.across(folder, "es", "en"),
    parakqc.read,
    doc2dial.read,
)
PARTLY: tuple[Read, ...] = (
    lambda folder: xquad.partly_translated(folder, 0),
    lambda folder: xquad.partly_translated(folder, 1),
)


def read(folder: Path, wanted: tuple[Read, ...], say: Say) -> Iterator[Collection]:
    """Each set that is there; of each that is not, one line is said."""
    for one in wanted:
        try:
            yield one(folder)
        except MissingSet as missing:
            say(f"left out: {missing}")

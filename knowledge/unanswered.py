"""Questions on the base's own subjects that no article answers, as far as its editors know.

They stand beside the articles as `unanswered.<language>.txt`, one a line. A question nearer to one
of them than to what a passage answers speaks against that passage: "which banks offer the loan?"
shares every word with the passage on the loan, which names none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.analyser import Term
from knowledge.encoder import Vectors
from knowledge.port import LANGUAGES, Language

Unanswered = Mapping[Language, tuple[str, ...]]

NONE: Unanswered = {}


@dataclass(frozen=True, slots=True)
class Indexed:
    """The questions of one language as an index holds them: vectors (questions, dim), and terms."""

    vectors: Vectors
    terms: Sequence[Sequence[Term]]


def read(folder: Path) -> Unanswered:
    """The questions of each language that has a file of them in `folder`."""
    found: dict[Language, tuple[str, ...]] = {}
    for language in LANGUAGES:
        path = folder / f"unanswered.{language}.txt"
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            found[language] = tuple(line.strip() for line in lines if line.strip())
    return found

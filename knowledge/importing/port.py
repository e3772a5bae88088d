"""What a reader takes and gives, and how much of a file it may use.

Nothing is said in words here: notes and problems are codes with figures, and the pages word them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from knowledge.port import Language

Kind = Literal["markdown", "html", "mhtml", "webarchive", "docx", "pdf"]

MAX_BYTES = 20_000_000
# As much as one article may hold.
MAX_CHARACTERS = 50_000
MAX_PAGES = 200
MAX_UNPACKED = 100_000_000
MAX_PARTS = 3_000
# Real documents pack to a tenth or so; what unpacks to more than this is made to harm.
MAX_RATIO = 200
CPU_SECONDS = 20
WALL_SECONDS = 60
MEMORY = 1_000_000_000

Figures = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Note:
    """Something was left out or could not be told; the text is usable all the same."""

    code: str
    figures: Figures = field(default_factory=dict)


class Unreadable(Exception):
    """No article can be made of this file, for the reason `code`."""

    def __init__(self, code: str, **figures: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.figures: Figures = figures


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in a file: plain Markdown with headings of any level."""

    title: str
    markdown: str
    notes: tuple[Note, ...] = ()
    # What the file's own front matter says, by the names of an article's fields; only what holds.
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """What an article can be made of: `markdown` is made of `## Heading {#anchor}` sections."""

    kind: Kind
    title: str
    language: Language | None
    markdown: str
    notes: tuple[Note, ...]
    about: Mapping[str, str]


class Reader(Protocol):
    def __call__(self, content: bytes) -> Text:
        """Raises Unreadable."""
        ...

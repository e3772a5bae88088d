"""Any Markdown as the sections of an article: a heading, an anchor, and text under it."""

import re
import unicodedata
from dataclasses import dataclass, field

from knowledge import article_text
from knowledge.article_text import BadArticle
from knowledge.importing.port import MAX_CHARACTERS, Note, Unreadable

HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<heading>.*?)[ \t]*#*[ \t]*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
ANCHOR = re.compile(r"\s*\{#[^}]*\}\s*$")
EMPHASIS = re.compile(r"[*_`]+(\S(?:.*?\S)?)[*_`]+")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
# Headings deeper than this stay within the section they stand in.
DEEPEST = 3
LONGEST_HEADING = 200
LONGEST_ANCHOR = 60


@dataclass(slots=True)
class Part:
    level: int
    heading: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()


def of(title: str, markdown: str) -> tuple[str, list[Note]]:
    """The body of an article, with notes on what it lost; raises Unreadable if nothing is left."""
    if _as_ours(markdown) and len(markdown) <= MAX_CHARACTERS:
        return markdown.strip("\n") + "\n", []
    parts = _parts(markdown)
    if not any(part.text for part in parts):
        raise Unreadable("empty")
    notes = []
    kept, lost = _filled(parts, title)
    if lost:
        notes.append(Note("empty_sections", {"n": lost}))
    body, cut = _written(kept)
    if cut:
        notes.append(Note("cut", {"limit": MAX_CHARACTERS}))
    return body, notes


def _as_ours(markdown: str) -> bool:
    """Whether every section is well formed and has an anchor that its writer gave it."""
    headings = [line for line in markdown.split("\n") if line.startswith("## ")]
    try:
        article_text.sections(markdown)
    except BadArticle:
        return False
    return bool(headings) and all(map(article_text.ANCHORED.search, headings))


def _parts(markdown: str) -> list[Part]:
    """What stands before the first heading, then each heading with its text."""
    parts = [Part(0, "")]
    fenced = False
    for line in markdown.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else HEADING.match(line)
        if heading is None:
            parts[-1].lines.append(_inside(line.rstrip()))
        elif len(heading["marks"]) > DEEPEST:
            parts[-1].lines += ["", f"**{_plain(heading['heading'])}**", ""]
        else:
            parts.append(Part(len(heading["marks"]), _plain(heading["heading"])))
    return parts


def _inside(line: str) -> str:
    """A line that would mean something to an article means only what it says."""
    if line.startswith("? "):
        return f"\\{line}"
    return f" {line}" if line.startswith("## ") else line


def _plain(heading: str) -> str:
    heading = LINK.sub(r"\1", ANCHOR.sub("", heading))
    return " ".join(EMPHASIS.sub(r"\1", heading).split())[:LONGEST_HEADING]


def _filled(parts: list[Part], title: str) -> tuple[list[Part], int]:
    """Parts with text; a heading without any goes before those of its deeper ones."""
    kept: list[Part] = []
    lost = 0
    waiting: list[Part] = []
    for at, part in enumerate(parts):
        waiting = [above for above in waiting if above.level < part.level]
        if not part.text:
            is_title = at == 0 or part.heading in {"", title}
            deeper = at + 1 < len(parts) and parts[at + 1].level > part.level
            if deeper and not is_title:
                waiting.append(part)
            elif not is_title:
                lost += 1
            continue
        own = part.heading or title
        above = [w.heading for w in waiting]
        kept.append(Part(part.level, ": ".join([*above, own])[:LONGEST_HEADING], part.lines))
    return kept, lost


def _written(parts: list[Part]) -> tuple[str, bool]:
    """The parts as sections, as many as an article holds, and whether some did not fit."""
    taken: set[str] = set()
    body = ""
    for at, part in enumerate(parts, 1):
        head = f"## {part.heading or '…'} {{#{_anchor(part.heading, at, taken)}}}\n"
        room = MAX_CHARACTERS - len(body) - len(head) - 2
        if len(part.text) <= room:
            body += f"{head}{part.text}\n\n"
            continue
        fits = part.text[: max(room, 0)].rpartition("\n\n")[0]
        if not fits and not body:  # one endless paragraph
            fits = part.text[:room].rpartition(" ")[0] or part.text[:room]
        return (f"{body}{head}{fits}\n" if fits.strip() else body).rstrip() + "\n", True
    return body.rstrip() + "\n", False


def _anchor(heading: str, at: int, taken: set[str]) -> str:
    folded = unicodedata.normalize("NFKD", heading.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:LONGEST_ANCHOR].strip("-")
    anchor = slug if any(map(str.isalpha, slug)) else f"part-{at}"
    while anchor in taken:
        anchor = f"{anchor}-{at}"
    taken.add(anchor)
    return anchor

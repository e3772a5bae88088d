"""The passages of an article: its sections as search finds them and answers quote them."""

import re
from dataclasses import replace

from knowledge import article_text, cutting, sentences
from knowledge.article_text import Section

# An answer has no headings: those within a section are said as a line of their own.
DEEPER = re.compile(r"^#{3,6} +(?P<heading>.+?)(?: +#+)? *$", re.MULTILINE)
LONG = 200  # words of a section that encoders still read whole


def of(title: str, body: str) -> list[Section]:
    """A body's passages in order; an opening stands under the title. Raises BadArticle."""
    named = (
        replace(section, heading=section.heading or title)
        for section in article_text.sections(body)
    )
    return [passage for section in named for passage in cut(section)]


def cut(section: Section) -> list[Section]:
    """The section itself, or a long one in overlapping pieces: the second of `fee` is `fee.2`."""
    section = replace(section, text=DEEPER.sub(r"**\g<heading>**", section.text))
    if sentences.words(section.text) <= LONG:
        return [section]
    pieces = cutting.pieces(section.text, section.heading)
    texts = [section.text[piece.start : piece.end].strip() for piece in pieces]
    return [
        replace(section, anchor=f"{section.anchor}.{at}" if at > 1 else section.anchor, text=text)
        for at, text in enumerate(texts, 1)
    ]

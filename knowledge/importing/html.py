"""A web page saved to disk: its own text, without what stands around it on every page."""

import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Tag
from markdownify import MarkdownConverter

from knowledge.importing import tables
from knowledge.importing.port import Note, Text, Unreadable

AROUND = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "canvas", "nav",
    "footer", "aside", "button", "input", "select", "textarea", "dialog", "head", "audio",
    "video", "map",
)  # fmt: skip
ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "dialog"})
IMAGES = ("img", "picture", "svg")
STRUCK = ("del", "s", "strike")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
WEB = re.compile(r"https?://", re.IGNORECASE)
MAX_SPAN = 50


def read(content: bytes, encoding: str | None = None) -> Text:
    """The page's main part; `encoding` is what was said beside the page, if anything was."""
    try:
        page = BeautifulSoup(content, "lxml", from_encoding=encoding)
        named = page.title.get_text(" ") if page.title else ""
        main = _main(page)
        _strip(main)
        notes = [*_without_images(main), *_without_struck(main), *_without_dead_links(main)]
        heading = main.find("h1")
        title = heading.get_text(" ") if heading else named
        return Text(" ".join(title.split()), _Converter().convert_soup(main), tuple(notes))
    except RecursionError as error:
        raise Unreadable("too_deep") from error


def _main(page: BeautifulSoup) -> Tag:
    """Where the page says its own text is; else all of it."""
    for found in (page.find("main"), page.find(attrs={"role": "main"})):
        if isinstance(found, Tag):
            return found
    articles = page.find_all("article")
    if len(articles) == 1 and isinstance(articles[0], Tag):
        return articles[0]
    return page.body or page


def _strip(main: Tag) -> None:
    for tag in [tag for tag in main.find_all(True) if _is_around(tag)]:
        tag.extract()
    whole = len(main.get_text())
    for form in main.find_all("form"):  # some servers put the whole page into one
        if len(form.get_text()) < whole / 2:
            form.extract()


def _is_around(tag: Tag) -> bool:
    if tag.name in AROUND or str(tag.get("role", "")) in ROLES:
        return True
    if tag.name == "header":  # of an article it holds the title; of the page it is the page's
        return tag.find_parent(["article", "section"]) is None and tag.find("h1") is None
    hidden = tag.has_attr("hidden") or tag.get("aria-hidden") == "true"
    return hidden or bool(HIDDEN.search(str(tag.get("style", ""))))


def _without_images(main: Tag) -> Iterator[Note]:
    images = [tag for tag in main.find_all(IMAGES) if tag.find_parent(IMAGES) is None]
    for tag in images:
        tag.extract()
    if images:
        yield Note("images", {"n": len(images)})


def _without_struck(main: Tag) -> Iterator[Note]:
    """What is struck through holds no more, and must not be quoted."""
    struck = [tag for tag in main.find_all(STRUCK) if tag.get_text().strip()]
    for tag in struck:
        tag.extract()
    if struck:
        yield Note("struck", {"n": len(struck)})


def _without_dead_links(main: Tag) -> Iterator[Note]:
    """A link that leads nowhere outside its old place is only its words."""
    dead = [link for link in main.find_all("a") if not WEB.match(str(link.get("href", "")))]
    lost = sum(1 for link in dead if not str(link.get("href", "#")).startswith("#"))
    for link in dead:
        link.unwrap()
    if lost:
        yield Note("links", {"n": lost})


class _Converter(MarkdownConverter):
    def __init__(self) -> None:
        super().__init__(
            heading_style="ATX", bullets="-", escape_asterisks=False, escape_underscores=False
        )

    def convert_table(self, el: Tag, text: str, parent_tags: Any) -> str:
        """Tables of data as tables; one that only arranges other things is what stands in it."""
        del parent_tags
        if el.find("table") or el.find(["h1", "h2", "h3"]):
            return f"\n\n{text}\n\n"
        caption = el.find("caption")
        said = " ".join(caption.get_text(" ").split()) if caption else ""
        parts = [said, tables.markdown(list(_rows(el)))]
        return "\n\n" + "\n\n".join(filter(None, parts)) + "\n\n"

    def convert_caption(self, el: Tag, text: str, parent_tags: Any) -> str:
        """Said with its table."""
        del el, text, parent_tags
        return ""

    def convert_td(self, el: Tag, text: str, parent_tags: Any) -> str:
        """Seen only in tables that arrange: a cell there is a paragraph."""
        del el, parent_tags
        return f"\n\n{text.strip()}\n\n"

    convert_th = convert_td

    def convert_dt(self, el: Tag, text: str, parent_tags: Any) -> str:
        del el, parent_tags
        return f"\n\n**{' '.join(text.split())}**\n" if text.strip() else ""

    def convert_dd(self, el: Tag, text: str, parent_tags: Any) -> str:
        del el, parent_tags
        return f"\n{text.strip()}\n\n"

    def convert_tr(self, el: Tag, text: str, parent_tags: Any) -> str:
        del el, parent_tags
        return text


def _rows(table: Tag) -> Iterator[list[str]]:
    """The cells of each row, those that reach over several repeated where they reach."""
    reaching: dict[int, tuple[int, str]] = {}
    for line in table.find_all("tr"):
        row: list[str] = []
        cells = iter(line.find_all(["td", "th"]))
        cell = next(cells, None)
        while cell is not None or len(row) in reaching:
            if len(row) in reaching:
                left, text = reaching.pop(len(row))
                if left > 1:
                    reaching[len(row)] = (left - 1, text)
                row.append(text)
                continue
            text = cell.get_text(" ") if cell else ""
            for _ in range(_span(cell, "colspan")):
                if _span(cell, "rowspan") > 1:
                    reaching[len(row)] = (_span(cell, "rowspan") - 1, text)
                row.append(text)
            cell = next(cells, None)
        yield row


def _span(cell: Tag | None, name: str) -> int:
    said = str(cell.get(name, "1")) if cell else "1"
    return min(max(int(said), 1), MAX_SPAN) if said.isascii() and said.isdigit() else 1

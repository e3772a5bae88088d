"""The words of an HTML mail: nothing is run, loaded or kept but text and where links lead."""

import re
from html.parser import HTMLParser

UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "tr",
        "table",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "hr",
        "pre",
        "section",
        "article",
        "dd",
        "dt",
    ]
)
VOID = frozenset(
    [
        "br",
        "hr",
        "img",
        "input",
        "meta",
        "link",
        "area",
        "base",
        "col",
        "embed",
        "source",
        "track",
        "wbr",
    ]
)
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE
)
QUOTES = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|appendonsend|divRplyFwdMsg|OLK_SRC", re.IGNORECASE
)
MAX_HTML = 2_000_000


def text_of(html: str) -> tuple[str, bool]:
    """The visible text, and whether quoted earlier mails were left out of it.

    Where everything stands inside a quote, the quote is the message and stays.
    """
    html = _well_ended(_without_declarations(html[:MAX_HTML]))
    whole = _read(html, skip_quotes=False)
    own = _read(html, skip_quotes=True)
    if own.strip() and own != whole:
        return own, True
    return whole, False


def _without_declarations(html: str) -> str:
    """Without comments and `<!…>`, `<?…>`: the parser gives up on broken ones, and none is seen."""
    kept: list[str] = []
    at = 0
    while True:
        found = re.compile(r"<[!?]").search(html, at)
        if found is None:
            return "".join([*kept, html[at:]])
        kept.append(html[at : found.start()])
        end = "-->" if html.startswith("<!--", found.start()) else ">"
        stop = html.find(end, found.end())
        if stop < 0:  # it never ends: only its beginning is left out
            return "".join([*kept, html[found.end() :].replace("<!", "").replace("<?", "")])
        at = stop + len(end)


def _well_ended(html: str) -> str:
    """No tag is open at the end: each of thousands would be searched for its end to the end."""
    cut = html.rfind(">") + 1
    return html[:cut] + html[cut:].replace("<", " ")


def _read(html: str, *, skip_quotes: bool) -> str:
    reader = _Reader(skip_quotes=skip_quotes)
    reader.feed(html)
    reader.close()
    text = "".join(reader.out).replace("\xa0", " ")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects text as it goes by; it holds no tree, so no depth of nesting can hurt it."""

    def __init__(self, *, skip_quotes: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._skip_quotes = skip_quotes
        # Inside what is not shown: the element's name, and how many of that name are open.
        self._unseen: str | None = None
        self._depth = 0
        self._link: str | None = None
        self._link_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            self._depth += tag == self._unseen
            return
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID and self._is_unseen(tag, given):
            self._unseen, self._depth = tag, 1
            return
        if tag in BLOCKS:
            self.out.append("\n- " if tag == "li" else "\n")
        elif tag in {"td", "th"}:
            self.out.append(" ")
        elif tag == "img" and given.get("alt"):
            self.out.append(f"[{given['alt'][:100]}]")
        elif tag == "a":
            self._link, self._link_from = given.get("href", ""), len(self.out)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._depth -= tag == self._unseen
            if self._depth <= 0:
                self._unseen = None
            return
        if tag in BLOCKS:
            self.out.append("\n")
        elif tag == "a" and self._link:
            shown = "".join(self.out[self._link_from :]).strip()
            where = self._link.strip()
            if re.match(r"https?://", where, re.IGNORECASE) and where.rstrip("/") != shown.rstrip(
                "/"
            ):
                self.out.append(f" ({where[:500]})")
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.out.append(re.sub(r"\s+", " ", data))

    def _is_unseen(self, tag: str, given: dict[str, str]) -> bool:
        if tag in UNSEEN or HIDDEN.search(given.get("style", "")) or "hidden" in given:
            return True
        if not self._skip_quotes:
            return False
        named = f"{given.get('class', '')} {given.get('id', '')}"
        cites = tag == "blockquote" and given.get("type", "").lower() == "cite"
        return cites or bool(QUOTES.search(named))

"""The help centre's reading of the articles: what is in force today, by topic or one by one."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import nh3
from markdown_it import MarkdownIt
from sqlalchemy import or_, select

from crm import clock
from crm.db import Session
from crm.errors import NotFound
from knowledge import article_text, editing
from knowledge.article_text import TOPICS
from knowledge.models import Article, ArticleVersion
from knowledge.port import LANGUAGES, Language

READABLE = frozenset({"published", "superseded", "withdrawn", "removed"})
TAGS = {
    "p", "ul", "ol", "li", "strong", "em", "code", "br", "blockquote",
    "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "a",
}  # fmt: skip

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Entry:
    article: str
    title: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown; `html` is made from Markdown and cleaned."""

    anchor: str
    heading: str
    html: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One version of an article, and how it stands today."""

    version: ArticleVersion
    topic: str
    lead: str
    parts: list[Part]
    in_force: int | None
    others: list[Language]

    @property
    def current(self) -> bool:
        return self.version.number == self.in_force


def today() -> date:
    return clock.now().date()


def topics(s: Session, language: Language) -> dict[str, list[Entry]]:
    """The titles in force today by topic, in the order of the topics."""
    day = today()
    rows = s.execute(
        select(Article.topic, ArticleVersion.article_id, ArticleVersion.title)
        .join(Article, Article.id == ArticleVersion.article_id)
        .where(
            ArticleVersion.language == language,
            ArticleVersion.status == "published",
            ArticleVersion.valid_from <= day,
            or_(ArticleVersion.valid_until.is_(None), ArticleVersion.valid_until >= day),
        )
        .order_by(ArticleVersion.title)
    )
    found: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    for topic, article, title in rows:
        found[topic][article] = Entry(article, title)
    return {topic: list(found[topic].values()) for topic in TOPICS if topic in found}


def reading(s: Session, language: Language, article: str, number: int | None) -> Reading:
    """The version asked for, else the one in force; raises NotFound, for drafts too."""
    standing = editing.in_force(s, article, language, today())
    if number is None:
        if standing is None:
            raise NotFound("There is no such article in this language.")
        version = standing
    else:
        version = editing.page(s, article, language, number).versions[0]
        if version.status not in READABLE:
            raise NotFound("There is no such version of this article.")
    others = [x for x in LANGUAGES if x != language and editing.in_force(s, article, x, today())]
    return Reading(
        version=version,
        topic=s.get_one(Article, article).topic,
        lead=_html(version.body.partition("## ")[0]),
        parts=[
            Part(section.anchor, section.heading, _html(section.text))
            for section in article_text.sections(version.body)
        ],
        in_force=standing.number if standing else None,
        others=others,
    )


def _html(text: str) -> str:
    shown = "\n".join(line for line in text.split("\n") if not line.startswith("? "))
    return nh3.clean(_markdown.render(shown.strip()), tags=TAGS, attributes={"a": {"href"}})

"""The help centre's reading of the articles: what is in force today, by topic or one by one."""

import html
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import nh3
from markdown_it import MarkdownIt
from sqlalchemy import or_, select

from crm import clock
from crm.db import Session
from crm.errors import NotFound
from knowledge import article_text, editing, passages
from knowledge import topics as subjects
from knowledge.article_text import Section
from knowledge.models import Article, ArticleVersion
from knowledge.port import LANGUAGES, Hit, Language

GONE = frozenset({"withdrawn", "removed"})
READABLE = frozenset({"published", "superseded"}) | GONE
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
class Found:
    """The best passage of an article for what was looked for, without its Markdown."""

    article: str
    title: str
    topic: str
    language: Language
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown; `html` is made from Markdown and cleaned.

    `heading` is empty for an opening under the article's title. `further` are the anchors of the
    passages that a long section is found by, beside its own.
    """

    anchor: str
    heading: str
    html: str
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """An article's body as it is shown: what stands before the sections, and they."""

    lead: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Reading:
    """One version of an article, and how it stands on the day it is read for."""

    version: ArticleVersion
    topic: str
    text: Shown
    in_force: int | None
    others: list[Language]
    original: Language

    @property
    def current(self) -> bool:
        return self.version.number == self.in_force

    @property
    def gone(self) -> bool:
        return self.version.status in GONE


def topics(s: Session, language: Language) -> dict[str, list[Entry]]:
    """The titles in force today by topic, in the order of the topics."""
    day = clock.today()
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
    return {topic: list(found[topic].values()) for topic in subjects.in_order(found)}


def reading(
    s: Session, language: Language, article: str, number: int | None, on: date | None = None
) -> Reading:
    """The version asked for, else the one in force on that day (or today).

    An address that once worked shows what last stood there, `gone` or run out. Raises NotFound
    where nothing ever did, for drafts too.
    """
    day = on or clock.today()
    standing = editing.in_force(s, article, language, day)
    version = standing
    if number is not None:
        version = editing.page(s, article, language, number).versions[0]
    elif version is None and on is None:
        version = _last(s, article, language)
    if version is None or version.status not in READABLE:
        raise NotFound("There is no such version of this article in this language.")
    about = s.get_one(Article, article)
    others = [x for x in LANGUAGES if x != language and editing.in_force(s, article, x, day)]
    return Reading(
        version=version,
        topic=about.topic,
        text=shown(version.body),
        in_force=standing.number if standing else None,
        others=others,
        original=cast("Language", about.original),
    )


def elsewhere(s: Session, article: str) -> list[tuple[Language, str]]:
    """The languages in which the article is in force today, and its titles there."""
    standing = ((x, editing.in_force(s, article, x, clock.today())) for x in LANGUAGES)
    return [(language, version.title) for language, version in standing if version]


def found(s: Session, hits: Sequence[Hit], topic: str) -> list[Found]:
    """The articles of some passages, each with its best, in the order of the passages."""
    ids = {hit.article for hit in hits}
    rows = s.execute(select(Article.id, Article.topic).where(Article.id.in_(ids)))
    topics = {row.id: row.topic for row in rows}
    best: dict[str, Found] = {}
    for hit in hits:
        about = topics.get(hit.article, "")
        if hit.article not in best and (not topic or about == topic):
            words = _plain(hit.passage)
            best[hit.article] = Found(hit.article, hit.title, about, hit.language, words, hit.url)
    return list(best.values())


def over_time(s: Session, article: str, language: Language) -> list[ArticleVersion]:
    """The versions that hold or held on some day, the latest first."""
    versions = editing.page(s, article, language).versions
    standing = [version for version in versions if version.status == "published"]
    return sorted(standing, key=lambda version: version.valid_from, reverse=True)


def shown(body: str) -> Shown:
    """A body rendered and cleaned; raises BadArticle where its sections are not well formed."""
    return Shown(
        lead=_html(article_text.lead(body)),
        parts=[_part(section) for section in article_text.sections(body)],
    )


def _part(section: Section) -> Part:
    further = tuple(passage.anchor for passage in passages.cut(section)[1:])
    return Part(section.anchor, section.heading, _html(section.text), further)


def _last(s: Session, article: str, language: Language) -> ArticleVersion | None:
    """What last stood at this address: withdrawn, or run out."""
    versions = editing.page(s, article, language).versions
    day = clock.today()
    past = (
        version
        for version in versions
        if version.status in READABLE - {"superseded"} and version.valid_from <= day
    )
    return max(past, key=lambda version: version.published_at or version.created_at, default=None)


def _plain(text: str) -> str:
    """Markdown as running text."""
    bare = nh3.clean(_markdown.render(text), tags=set())
    return " ".join(html.unescape(bare).split())


def _html(text: str) -> str:
    shown = "\n".join(line for line in text.split("\n") if not line.startswith("? "))
    return nh3.clean(_markdown.render(shown.strip()), tags=TAGS, attributes={"a": {"href"}})

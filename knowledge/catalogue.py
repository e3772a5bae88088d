"""Looking through the articles as their editors do: by words, topic, state, language and owner."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from crm.db import Session
from knowledge import topics as subjects
from knowledge.editing import ArticlePage, newest_first
from knowledge.models import Article, ArticleVersion
from knowledge.translating import LIVE


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listing is narrowed to; what is empty narrows nothing.

    `status`, `language` and `stale` are asked of one and the same version. `review_by` keeps the
    articles that are to be looked at again by that day.
    """

    q: str = ""
    topic: str = ""
    status: str = ""
    language: str = ""
    owner: str = ""
    stale: bool = False
    review_by: date | None = None

    @property
    def anything(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def listing(
    s: Session, wanted: Wanted, *, after: str | None = None, limit: int = 50
) -> list[ArticlePage]:
    """Articles by id, from the one after `after`, with all their versions (newest first)."""
    query = select(Article).where(*_conditions(wanted)).order_by(Article.id).limit(limit)
    if after:
        query = query.where(Article.id > after)
    articles = list(s.scalars(query))
    of_article: dict[str, list[ArticleVersion]] = {article.id: [] for article in articles}
    for version in s.scalars(newest_first().where(ArticleVersion.article_id.in_(of_article))):
        of_article[version.article_id].append(version)
    return [ArticlePage(article, of_article[article.id]) for article in articles]


def owners(s: Session) -> Sequence[str]:
    return s.scalars(select(Article.owner).distinct().order_by(Article.owner)).all()


def topics(s: Session) -> list[str]:
    """The topics to choose from: all known ones, and those of the record."""
    return subjects.in_order([*subjects.KNOWN, *s.scalars(select(Article.topic).distinct())])


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.topic:
        found.append(Article.topic == wanted.topic)
    if wanted.owner:
        found.append(Article.owner == wanted.owner)
    if wanted.review_by:
        found.append(Article.review_on <= wanted.review_by)
    if wanted.q:
        found.append(_says(wanted.q))
    of_version = _of_one_version(wanted)
    if of_version:
        found.append(Article.id.in_(select(ArticleVersion.article_id).where(*of_version)))
    return found


def _of_one_version(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.status:
        found.append(ArticleVersion.status == wanted.status)
    if wanted.language:
        found.append(ArticleVersion.language == wanted.language)
    if wanted.stale:
        found += [ArticleVersion.stale_since.is_not(None), ArticleVersion.status.in_(LIVE)]
    return found


def _says(q: str) -> ColumnElement[bool]:
    like = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    having = select(ArticleVersion.article_id).where(
        ArticleVersion.status.not_in(("superseded", "removed")),
        or_(
            ArticleVersion.title.ilike(like, escape="\\"),
            ArticleVersion.body.ilike(like, escape="\\"),
        ),
    )
    return or_(Article.id.ilike(like, escape="\\"), Article.id.in_(having))

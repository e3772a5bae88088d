"""Writing articles: drafts, publishing, withdrawing. Each verb runs in its caller's transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Select, delete, func, select

from crm import clock, events
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from knowledge import article_text
from knowledge.article_text import ArticleText, BadArticle
from knowledge.models import Article, ArticleVersion, Passage

Origin = Literal["folder", "desk"]


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article with the versions a reader asked for, newest first within each language."""

    article: Article
    versions: Sequence[ArticleVersion]


def create(s: Session, actor: Actor, text: ArticleText) -> ArticleVersion:
    """Start an article, or a language of it that is not there yet, as a draft.

    Raises Conflict when the article already exists in that language.
    """
    _require_sections(text.body)
    if _newest(s, text.id, text.language) is not None:
        raise Conflict(f"The article {text.id} already exists in {text.language}: edit it instead.")
    return _draft(s, actor, text, "desk")


def edit(s: Session, actor: Actor, text: ArticleText) -> ArticleVersion:
    """Keep `text` as the draft of its article and language; an older draft is written over.

    Raises NotFound when the article does not exist in that language.
    """
    _require_sections(text.body)
    newest = _newest(s, text.id, text.language)
    if newest is None:
        raise NotFound(f"There is no article {text.id} in {text.language}.")
    if newest.status == "draft":
        _describe(s, text)
        _fill(newest, text)
        newest.created_at = clock.now()
        _tell(s, actor, "drafted", newest)
        return newest
    return _draft(s, actor, text, "desk")


def publish(
    s: Session, actor: Actor, article_id: str, language: str | None = None
) -> list[ArticleVersion]:
    """Put every draft of the article (or only that of `language`) in force.

    An earlier version stays for days before the new one's valid-from and is superseded after.
    Raises NotFound without such an article, Conflict when it has no draft.
    """
    _article(s, article_id)
    drafts = _versions(s, article_id, language, "draft")
    if not drafts:
        raise Conflict(f"The article {article_id} has no draft to publish.")
    for draft in drafts:
        _put_in_force(s, actor, draft)
    return drafts


def withdraw(
    s: Session, actor: Actor, article_id: str, language: str | None = None
) -> list[ArticleVersion]:
    """Take the article (or one language of it) out of every answer; its wording is kept.

    Raises NotFound without such an article, Conflict when nothing of it is in force.
    """
    _article(s, article_id)
    standing = _versions(s, article_id, language, "published")
    if not standing:
        raise Conflict(f"Nothing of the article {article_id} is published.")
    for version in standing:
        version.status = "withdrawn"
        s.execute(delete(Passage).where(Passage.version_id == version.id))
        _tell(s, actor, "withdrawn", version)
    return standing


def take_in(s: Session, actor: Actor, text: ArticleText) -> ArticleVersion | None:
    """Publish an article file; None when it says what its last taking-in already said."""
    last = s.scalar(
        select(ArticleVersion)
        .where(
            ArticleVersion.article_id == text.id,
            ArticleVersion.language == text.language,
            ArticleVersion.origin == "folder",
        )
        .order_by(ArticleVersion.number.desc())
        .limit(1)
    )
    if last is not None and last.digest == _digest(text) and last.status != "removed":
        return None
    version = _draft(s, actor, text, "folder")
    _put_in_force(s, actor, version)
    return version


def remove(s: Session, actor: Actor, version: ArticleVersion) -> None:
    """Withdraw a version whose file is gone; the file's return publishes it anew."""
    version.status = "removed"
    s.execute(delete(Passage).where(Passage.version_id == version.id))
    _tell(s, actor, "withdrawn", version)


def page(
    s: Session, article_id: str, language: str | None = None, number: int | None = None
) -> ArticlePage:
    """An article and its versions, drafts included; raises NotFound. The caller checks who asks."""
    article = _article(s, article_id)
    versions = _versions(s, article_id, language)
    if number is not None:
        versions = [version for version in versions if version.number == number]
    if not versions:
        raise NotFound(f"There is no such version of the article {article_id}.")
    return ArticlePage(article, versions)


def in_force(s: Session, article_id: str, language: str, as_of: date) -> ArticleVersion | None:
    """The published version of the article that holds on `as_of`, if there is one."""
    standing = [
        version
        for version in _versions(s, article_id, language, "published")
        if version.valid_from <= as_of and (not version.valid_until or as_of <= version.valid_until)
    ]
    return max(standing, key=lambda version: version.valid_from, default=None)


def listing(
    s: Session,
    *,
    topic: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[ArticlePage]:
    """Articles by id, from the one after `after`, with all their versions (newest first)."""
    query = select(Article).order_by(Article.id).limit(limit)
    if topic:
        query = query.where(Article.topic == topic)
    if after:
        query = query.where(Article.id > after)
    if status:
        having = select(ArticleVersion.article_id).where(ArticleVersion.status == status)
        query = query.where(Article.id.in_(having))
    articles = list(s.scalars(query))
    of_article: dict[str, list[ArticleVersion]] = {article.id: [] for article in articles}
    ids = list(of_article)
    for version in s.scalars(_newest_first().where(ArticleVersion.article_id.in_(ids))):
        of_article[version.article_id].append(version)
    return [ArticlePage(article, of_article[article.id]) for article in articles]


def _require_sections(body: str) -> None:
    try:
        article_text.sections(body)
    except BadArticle as error:
        raise Invalid(
            f"The article's text is not well formed: {error}", problems=error.problems
        ) from error


def _draft(s: Session, actor: Actor, text: ArticleText, origin: Origin) -> ArticleVersion:
    _describe(s, text)
    highest = s.scalar(
        select(func.max(ArticleVersion.number)).where(
            ArticleVersion.article_id == text.id, ArticleVersion.language == text.language
        )
    )
    version = ArticleVersion(
        article_id=text.id,
        language=text.language,
        number=(highest or 0) + 1,
        status="draft",
        origin=origin,
        created_at=clock.now(),
    )
    _fill(version, text)
    s.add(version)
    s.flush()
    _tell(s, actor, "drafted", version)
    return version


def _describe(s: Session, text: ArticleText) -> None:
    article = s.get(Article, text.id)
    if article is None:
        article = Article(id=text.id, created_at=clock.now())
        s.add(article)
    article.topic, article.audience = text.topic, text.audience
    article.queue, article.owner = text.queue, text.owner
    article.updated_at = clock.now()
    s.flush()


def _fill(version: ArticleVersion, text: ArticleText) -> None:
    version.title, version.body = text.title, text.body
    version.law, version.source = text.law, text.source
    version.valid_from, version.valid_until = text.valid_from, text.valid_until
    version.digest = _digest(text)


def _digest(text: ArticleText) -> str:
    parts = [text.id, text.language, text.title, text.topic, text.audience, text.queue, text.law]
    parts += [str(text.valid_from), str(text.valid_until), text.source, text.owner, text.body]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _put_in_force(s: Session, actor: Actor, version: ArticleVersion) -> None:
    for older in _versions(s, version.article_id, version.language, "published"):
        if older.valid_from < version.valid_from:
            day_before = version.valid_from - timedelta(days=1)
            older.valid_until = min(older.valid_until or day_before, day_before)
        else:
            older.status = "superseded"
            s.execute(delete(Passage).where(Passage.version_id == older.id))
    version.status = "published"
    version.published_at = clock.now()
    for position, section in enumerate(article_text.sections(version.body)):
        s.add(
            Passage(
                version_id=version.id,
                anchor=section.anchor,
                position=position,
                heading=section.heading,
                alternates=list(section.alternates),
                text=section.text,
            )
        )
    s.flush()
    _tell(s, actor, "published", version)


def _tell(s: Session, actor: Actor, what: str, version: ArticleVersion) -> None:
    events.emit(
        s,
        f"article.{what}",
        actor,
        article=version.article_id,
        data={"language": version.language, "version": version.number},
    )


def _article(s: Session, article_id: str) -> Article:
    article = s.get(Article, article_id)
    if article is None:
        raise NotFound(f"There is no article {article_id}.")
    return article


def _newest(s: Session, article_id: str, language: str) -> ArticleVersion | None:
    return next(iter(_versions(s, article_id, language)), None)


def _versions(
    s: Session, article_id: str, language: str | None, status: str | None = None
) -> list[ArticleVersion]:
    query = _newest_first().where(ArticleVersion.article_id == article_id)
    if language:
        query = query.where(ArticleVersion.language == language)
    if status:
        query = query.where(ArticleVersion.status == status)
    return list(s.scalars(query))


def _newest_first() -> Select[ArticleVersion]:
    return select(ArticleVersion).order_by(
        ArticleVersion.article_id, ArticleVersion.language, ArticleVersion.number.desc()
    )

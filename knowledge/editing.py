"""Writing articles: drafts, publishing, withdrawing. Each verb runs in its caller's transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Select, delete, func, select

from crm import clock, db
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from knowledge import article_text, passages, steps, translating
from knowledge.article_text import ArticleText, BadArticle
from knowledge.models import Article, ArticleVersion, Passage
from knowledge.translating import OPEN

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
    alone(s, text.id)
    if newest(s, text.id, text.language) is not None:
        raise Conflict(f"The article {text.id} already exists in {text.language}: edit it instead.")
    version = _draft(s, text, "desk", checked=True)
    steps.take(s, actor, "drafted", version)
    return version


def edit(
    s: Session,
    actor: Actor,
    text: ArticleText,
    *,
    based_on: str | None = None,
    checked: bool = False,
) -> ArticleVersion:
    """Keep `text` as the draft of its article and language; an open version is written over.

    `based_on` is the edition that was read before writing; `checked` says that a translation
    agrees with the newest wording of the original. Raises NotFound when the article does not exist
    in that language, Conflict when somebody saved after that edition.
    """
    _require_sections(text.body)
    alone(s, text.id)
    version = _required(s, text.id, text.language)
    require_edition(version, based_on)
    if version.status in OPEN:
        # Who changes what was approved has a draft again.
        article = _describe(s, text)
        _fill(version, text)
        version.status, version.created_at = "draft", clock.now()
        version.revision += 1
        if checked:
            translating.check(s, article, version)
    else:
        version = _draft(s, text, "desk", before=version, checked=checked)
    steps.take(s, actor, "drafted", version)
    return version


def roll_back(
    s: Session, actor: Actor, article_id: str, language: str, number: int
) -> ArticleVersion:
    """A new draft that says what an older version said; that a newer one took its place on some
    day is no end of what is said anew.

    Raises NotFound without that version, Conflict while an open version would be written over.
    """
    alone(s, article_id)
    old = page(s, article_id, language, number)
    standing = _required(s, article_id, language)
    if standing.status in OPEN:
        raise Conflict("There is an open draft: publish or finish it first.", field="open")
    text = text_of(old.article, old.versions[0])
    if _was_followed(s, old.versions[0]):
        text = replace(text, valid_until=None)
    version = _draft(s, text, "desk", before=old.versions[0])
    steps.take(s, actor, "rolled_back", version, from_version=number)
    return version


def publish(
    s: Session,
    actor: Actor,
    article_id: str,
    language: str | None = None,
    *,
    comment: str = "",
    edition: str | None = None,
    reviewed_only: bool = False,
) -> list[ArticleVersion]:
    """Put every open version of the article (or only that of `language`) in force.

    An earlier version stays for days before the new one's valid-from and is superseded after.
    `reviewed_only` takes approved versions alone. Raises NotFound without such an article,
    Conflict when there is nothing to publish.
    """
    _article(s, article_id)
    alone(s, article_id)
    wanted = ("approved",) if reviewed_only else OPEN
    drafts = _versions(s, article_id, language, *wanted)
    if not drafts:
        what = "approved draft" if reviewed_only else "draft"
        raise Conflict(f"The article {article_id} has no {what} to publish.")
    for draft in drafts:
        require_edition(draft, edition)
        _put_in_force(s, draft)
        steps.take(s, actor, "published", draft, comment)
    return drafts


def withdraw(
    s: Session, actor: Actor, article_id: str, language: str | None = None, *, comment: str = ""
) -> list[ArticleVersion]:
    """Take the article (or one language of it) out of every answer; its wording is kept.

    Raises NotFound without such an article, Conflict when nothing of it is in force.
    """
    _article(s, article_id)
    alone(s, article_id)
    standing = _versions(s, article_id, language, "published")
    if not standing:
        raise Conflict(f"Nothing of the article {article_id} is published.")
    for version in standing:
        version.status = "withdrawn"
        s.execute(delete(Passage).where(Passage.version_id == version.id))
        steps.take(s, actor, "withdrawn", version, comment)
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
    version = _draft(s, text, "folder", checked=True)
    steps.take(s, actor, "drafted", version)
    _put_in_force(s, version)
    steps.take(s, actor, "published", version)
    return version


def remove(s: Session, actor: Actor, version: ArticleVersion) -> None:
    """Withdraw a version whose file is gone; the file's return publishes it anew."""
    version.status = "removed"
    s.execute(delete(Passage).where(Passage.version_id == version.id))
    steps.take(s, actor, "withdrawn", version)


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


def alone(s: Session, article_id: str) -> None:
    """Whoever else changes this article waits until this transaction ends."""
    db.alone(s, "article", article_id)


def newest(s: Session, article_id: str, language: str) -> ArticleVersion | None:
    """The latest version of the article in that language, whatever its status."""
    return next(iter(_versions(s, article_id, language)), None)


def require_edition(version: ArticleVersion, based_on: str | None) -> None:
    """Raises Conflict when `version` was saved again after the edition that somebody has read."""
    if based_on and based_on != version.edition:
        raise Conflict(
            "Somebody else saved this article in the meantime.",
            field="edition",
            edition=version.edition,
            title=version.title,
            body=version.body,
        )


def text_of(article: Article, version: ArticleVersion) -> ArticleText:
    """A version as it would be written."""
    return ArticleText(
        id=article.id,
        language=version.language,
        title=version.title,
        topic=article.topic,
        audience=article.audience,
        queue=article.queue,
        law=version.law,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
        source=version.source,
        owner=article.owner,
        body=version.body,
        review_on=article.review_on,
    )


def _require_sections(body: str) -> None:
    try:
        article_text.sections(body)
    except BadArticle as error:
        raise Invalid(
            f"The article's text is not well formed: {error}", problems=error.problems
        ) from error


def _draft(
    s: Session,
    text: ArticleText,
    origin: Origin,
    *,
    before: ArticleVersion | None = None,
    checked: bool = False,
) -> ArticleVersion:
    if before is None:
        text = _with_review_date(s, text)
    article = _describe(s, text)
    highest = s.scalar(
        select(func.max(ArticleVersion.number)).where(
            ArticleVersion.article_id == text.id, ArticleVersion.language == text.language
        )
    )
    version = ArticleVersion(
        article_id=text.id,
        language=text.language,
        number=(highest or 0) + 1,
        revision=1,
        status="draft",
        origin=origin,
        created_at=clock.now(),
    )
    _fill(version, text)
    if before is not None and before.language != article.original:
        translating.follow(s, article, version, before)
    if checked:
        translating.check(s, article, version)
    s.add(version)
    s.flush()
    return version


def _with_review_date(s: Session, text: ArticleText) -> ArticleText:
    """A language that is added without a word on the review leaves the article's date alone."""
    article = s.get(Article, text.id)
    if article is None or text.review_on is not None:
        return text
    return replace(text, review_on=article.review_on)


def _describe(s: Session, text: ArticleText) -> Article:
    article = s.get(Article, text.id)
    if article is None:
        article = Article(id=text.id, original=text.language, created_at=clock.now())
        s.add(article)
    article.topic, article.audience = text.topic, text.audience
    article.queue, article.owner = text.queue, text.owner
    article.review_on = text.review_on
    article.updated_at = clock.now()
    s.flush()
    return article


def _fill(version: ArticleVersion, text: ArticleText) -> None:
    version.title, version.body = text.title, text.body
    version.law, version.source = text.law, text.source
    version.valid_from, version.valid_until = text.valid_from, text.valid_until
    version.digest = _digest(text)


def _digest(text: ArticleText) -> str:
    parts = [text.id, text.language, text.title, text.topic, text.audience, text.queue, text.law]
    parts += [str(text.valid_from), str(text.valid_until), text.source, text.owner, text.body]
    if text.review_on:
        parts.append(str(text.review_on))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _put_in_force(s: Session, version: ArticleVersion) -> None:
    for older in _versions(s, version.article_id, version.language, "published"):
        if older.valid_from < version.valid_from:
            day_before = version.valid_from - timedelta(days=1)
            older.valid_until = min(older.valid_until or day_before, day_before)
        else:
            older.status = "superseded"
            s.execute(delete(Passage).where(Passage.version_id == older.id))
    version.status = "published"
    version.published_at = clock.now()
    for position, passage in enumerate(passages.of(version.title, version.body)):
        s.add(
            Passage(
                version_id=version.id,
                anchor=passage.anchor,
                position=position,
                heading=passage.heading,
                alternates=list(passage.alternates),
                text=passage.text,
            )
        )
    s.flush()
    article = _article(s, version.article_id)
    if version.language == article.original:
        translating.original_changed(s, article, version)


def _was_followed(s: Session, version: ArticleVersion) -> bool:
    """Whether the version's last day is the one before a newer version's first."""
    if version.valid_until is None:
        return False
    following = version.valid_until + timedelta(days=1)
    return any(
        newer.number > version.number and newer.published_at and newer.valid_from == following
        for newer in _versions(s, version.article_id, version.language)
    )


def _article(s: Session, article_id: str) -> Article:
    article = s.get(Article, article_id)
    if article is None:
        raise NotFound(f"There is no article {article_id}.")
    return article


def _required(s: Session, article_id: str, language: str) -> ArticleVersion:
    found = newest(s, article_id, language)
    if found is None:
        raise NotFound(f"There is no article {article_id} in {language}.")
    return found


def _versions(
    s: Session, article_id: str, language: str | None, *statuses: str
) -> list[ArticleVersion]:
    query = newest_first().where(ArticleVersion.article_id == article_id)
    if language:
        query = query.where(ArticleVersion.language == language)
    if statuses:
        query = query.where(ArticleVersion.status.in_(statuses))
    return list(s.scalars(query))


def newest_first() -> Select[ArticleVersion]:
    """All versions, article by article and language by language, each with its newest first."""
    return select(ArticleVersion).order_by(
        ArticleVersion.article_id, ArticleVersion.language, ArticleVersion.number.desc()
    )

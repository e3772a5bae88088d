"""Which translations are behind their original: marked when the original changes in force."""

from sqlalchemy import Select, select

from crm import clock
from crm.db import Session
from knowledge.models import Article, ArticleVersion

OPEN = ("draft", "in_review", "approved")
LIVE = (*OPEN, "published")


def check(s: Session, article: Article, version: ArticleVersion) -> None:
    """Note that a translation says what the original's newest wording says."""
    original = _newest(s, article, LIVE) if version.language != article.original else None
    if original is not None:
        version.checked_number, version.checked_revision = original.number, original.revision
        version.stale_since = None


def follow(s: Session, article: Article, version: ArticleVersion, before: ArticleVersion) -> None:
    """A new version of a translation stands to the original as the version it was made from."""
    version.checked_number = before.checked_number
    version.checked_revision = before.checked_revision
    version.stale_since = before.stale_since
    standing = _newest(s, article, ("published",))
    if version.stale_since is None and standing and _is_behind(version, standing):
        version.stale_since = clock.now()


def original_changed(s: Session, article: Article, original: ArticleVersion) -> None:
    """Mark what was not checked against the wording that has just come into force."""
    before = s.scalar(
        select(ArticleVersion)
        .where(
            ArticleVersion.article_id == article.id,
            ArticleVersion.language == article.original,
            ArticleVersion.number < original.number,
            ArticleVersion.published_at.is_not(None),
        )
        .order_by(ArticleVersion.number.desc())
        .limit(1)
    )
    same_words = before is not None and _words(before) == _words(original)
    for version in s.scalars(_translations(article)):
        if not _is_behind(version, original):
            continue
        if before is not None and same_words and not _is_behind(version, before):
            version.checked_number = original.number
            version.checked_revision = original.revision
        elif version.stale_since is None:
            version.stale_since = clock.now()


def _translations(article: Article) -> Select[ArticleVersion]:
    return select(ArticleVersion).where(
        ArticleVersion.article_id == article.id,
        ArticleVersion.language != article.original,
        ArticleVersion.status.in_(LIVE),
    )


def _is_behind(version: ArticleVersion, original: ArticleVersion) -> bool:
    checked = (version.checked_number or 0, version.checked_revision or 0)
    return checked < (original.number, original.revision)


def _words(version: ArticleVersion) -> tuple[object, ...]:
    # The last day of the older one was set by the newer one's coming.
    return version.title, version.body, version.law, version.valid_from


def _newest(s: Session, article: Article, statuses: tuple[str, ...]) -> ArticleVersion | None:
    return s.scalar(
        select(ArticleVersion)
        .where(
            ArticleVersion.article_id == article.id,
            ArticleVersion.language == article.original,
            ArticleVersion.status.in_(statuses),
        )
        .order_by(ArticleVersion.number.desc())
        .limit(1)
    )

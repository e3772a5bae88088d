"""Articles that want a look: past their review, their days or their law, or asked for by nobody."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from crm import citations, clock
from crm.db import Session
from knowledge.models import Article, ArticleVersion

UNUSED_DAYS = 90


@dataclass(frozen=True, slots=True)
class Wanting:
    """A version in force, or the last one that was, with why it wants a look.

    `reasons`: review_due, ended, law_changed, translation_stale, never_told.
    """

    article: str
    language: str
    version: int
    title: str
    owner: str
    reasons: tuple[str, ...]


def wanting(s: Session) -> list[Wanting]:
    """By article and language; what wants nothing is left out."""
    rows = s.execute(
        select(Article, ArticleVersion)
        .join(ArticleVersion, ArticleVersion.article_id == Article.id)
        .where(ArticleVersion.status == "published")
        .order_by(Article.id, ArticleVersion.language, ArticleVersion.number)
    ).all()
    newest = {(version.article_id, version.language): (a, version) for a, version in rows}
    told = citations.told_since(s, clock.now() - timedelta(days=UNUSED_DAYS))
    laws = _laws(version for _, version in rows)
    today = clock.now().date()
    found = []
    for article, version in newest.values():
        reasons = _reasons(article, version, today, laws, told=told.get(article.id, 0))
        if reasons:
            found.append(
                Wanting(
                    article.id,
                    version.language,
                    version.number,
                    version.title,
                    article.owner,
                    reasons,
                )
            )
    return found


def _laws(versions: Iterable[ArticleVersion]) -> dict[str, dict[str, date]]:
    """For each law, since when each article has said what it says of it."""
    found: defaultdict[str, dict[str, date]] = defaultdict(dict)
    for version in versions:
        if version.law:
            known = found[version.law].get(version.article_id, date.min)
            found[version.law][version.article_id] = max(known, version.valid_from)
    return found


def _reasons(
    article: Article,
    version: ArticleVersion,
    today: date,
    laws: dict[str, dict[str, date]],
    *,
    told: int,
) -> tuple[str, ...]:
    review = getattr(article, "review_on", None)
    published = version.published_at.date() if version.published_at else today
    others = [d for a, d in laws.get(version.law, {}).items() if a != article.id]
    holds = {
        "review_due": review is not None and review <= today,
        "ended": version.valid_until is not None and version.valid_until < today,
        # Another article says something newer of the same law.
        "law_changed": any(published < since <= today for since in others),
        "translation_stale": getattr(version, "stale_since", None) is not None,
        "never_told": told == 0 and (today - published).days >= UNUSED_DAYS,
    }
    return tuple(reason for reason, does in holds.items() if does)

"""Articles that want a look: past their review, their days or their law, or asked for by nobody."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from crm import citations, clock
from crm.citations import Told
from crm.db import Session
from knowledge.models import Article, ArticleVersion

UNUSED_DAYS = 90
# So many must have said that it did not help.
LEAST_SAID = 3


@dataclass(frozen=True, slots=True)
class Wanting:
    """A version in force, or the last one that was, with why it wants a look.

    `reasons`: review_due, ended, law_changed, translation_stale, unhelpful, never_told.
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
    rated = citations.rated(s)
    laws = _laws(version for _, version in rows)
    today = clock.today()
    found = []
    for article, version in newest.values():
        said = rated.get((article.id, version.language, version.number), Told())
        times = told.get(article.id, 0)
        reasons = _reasons(article, version, today, laws, told=times, said=said)
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
    said: Told,
) -> tuple[str, ...]:
    published = clock.day_of(version.published_at) if version.published_at else today
    others = [d for a, d in laws.get(version.law, {}).items() if a != article.id]
    holds = {
        "review_due": article.review_on is not None and article.review_on <= today,
        "ended": version.valid_until is not None and version.valid_until < today,
        # Another article says something newer of the same law.
        "law_changed": any(published < since <= today for since in others),
        "translation_stale": version.stale_since is not None,
        "unhelpful": said.unhelpful >= LEAST_SAID and said.unhelpful > said.helpful,
        "never_told": told == 0 and (today - published).days >= UNUSED_DAYS,
    }
    return tuple(reason for reason, does in holds.items() if does)

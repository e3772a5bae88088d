"""The steps a version goes through: who, when and why is kept, and the journal is told."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import select

from crm import clock, events
from crm.db import Session
from crm.events import Actor
from knowledge.models import ArticleStep, ArticleVersion

Kind = Literal[
    "drafted", "rolled_back", "submitted", "sent_back", "approved", "published", "withdrawn"
]
WRITING = ("drafted", "rolled_back")


def take(
    s: Session,
    actor: Actor,
    kind: Kind,
    version: ArticleVersion,
    comment: str = "",
    **codes: Any,
) -> None:
    """Keep a step of `version` and emit its one event; `codes` go into the event's data."""
    s.flush()  # a new version has its id only now
    s.add(
        ArticleStep(
            version_id=version.id,
            kind=kind,
            at=clock.now(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            comment=comment,
        )
    )
    events.emit(
        s,
        f"article.{kind}",
        actor,
        article=version.article_id,
        data={"language": version.language, "version": version.number, **codes},
        content=comment or None,
    )


def of_article(
    s: Session, article_id: str, limit: int = 100
) -> Sequence[tuple[ArticleStep, ArticleVersion]]:
    """What was done with an article's versions, the newest step first."""
    rows = s.execute(
        select(ArticleStep, ArticleVersion)
        .join(ArticleVersion, ArticleVersion.id == ArticleStep.version_id)
        .where(ArticleVersion.article_id == article_id)
        .order_by(ArticleStep.id.desc())
        .limit(limit)
    )
    return [(step, version) for step, version in rows]


def writers(s: Session, version: ArticleVersion) -> frozenset[str]:
    """The ids of everybody who wrote in this version."""
    found = s.scalars(
        select(ArticleStep.actor_id).where(
            ArticleStep.version_id == version.id, ArticleStep.kind.in_(WRITING)
        )
    )
    return frozenset(one for one in found if one)

"""The rows of knowledge: articles, their versions, the passages of those, and cached vectors."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from crm.db import Base, new_id


class Article(Base):
    """One subject; its words live in versions."""

    __tablename__ = "articles"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(20))
    queue: Mapped[str] = mapped_column(String(40))
    owner: Mapped[str] = mapped_column(String(80))
    # The day the owner is to look again whether all of it still holds.
    review_on: Mapped[date | None]
    # The language it is written in first; the others translate it.
    original: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ArticleVersion(Base):
    """One wording in one language, from an article file (`origin` folder) or written at the desk.

    `status` is draft, in_review, approved, published, superseded, withdrawn (by a person) or
    removed (its file is gone). It may answer from `valid_from` until `valid_until` (both days
    included; none means open). `revision` counts the savings of this version. A translation was
    last checked against `checked_number` and `checked_revision` of the original, and is stale
    since the moment a later wording of the original came into force.
    """

    __tablename__ = "article_versions"
    __table_args__ = (
        UniqueConstraint("article_id", "language", "number"),
        Index("ix_article_versions_status", "status", "article_id"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"))
    language: Mapped[str] = mapped_column(String(2))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    digest: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(default=1)
    checked_number: Mapped[int | None]
    checked_revision: Mapped[int | None]
    stale_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    @property
    def edition(self) -> str:
        """Names this wording exactly: a save or a decision says which one it was made on."""
        return f"{self.number}.{self.revision}"


class ArticleStep(Base):
    """What somebody did with a version. `kind` is that of the event; `comment` says why."""

    __tablename__ = "article_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("article_versions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(24))
    comment: Mapped[str] = mapped_column(Text)


class Passage(Base):
    """A section of a published version: what search finds and an answer quotes."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("version_id", "anchor"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("article_versions.id"), index=True)
    anchor: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(String(300))
    alternates: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)


class CachedEmbedding(Base):
    """A vector once computed: fp32, little-endian; `content` is the sha256 of the text embedded."""

    __tablename__ = "embeddings"

    content: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)

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
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ArticleVersion(Base):
    """One wording in one language, from an article file (`origin` folder) or written at the desk.

    `status` is draft, published, superseded, withdrawn (by a person) or removed (its file is gone).
    It may answer from `valid_from` until `valid_until` (both days included; none means open).
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
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


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

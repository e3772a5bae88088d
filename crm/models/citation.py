"""Which version of which article was told in a message."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Citation(Base):
    """Kept beside the message's own list so that everybody who was told a version can be found."""

    __tablename__ = "citations"
    __table_args__ = (Index("ix_citations_version", "article", "language", "version"),)

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    article: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # Of the version, which may be another than that of the talk.
    language: Mapped[str] = mapped_column(String(2), primary_key=True)

"""A contact follows a tender: told of changes, and once before it closes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

_LIVE = text("ended_at IS NULL")


class Watch(Base):
    __tablename__ = "watches"
    __table_args__ = (
        Index(
            "uq_watches_live",
            "contact_id",
            "number",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_watches_number", "number", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    tender: Mapped[str | None] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(60))
    # A digest of what the contact was last told of the tender.
    seen: Mapped[str | None] = mapped_column(String(64))
    reminded_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

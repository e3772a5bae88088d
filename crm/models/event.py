"""The journal: append-only, hash-chained, and without a word of what anyone said."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_conversation", "conversation_id", "id"),
        # Who was there on a day is asked often, and few events tell it.
        Index(
            "ix_events_presence",
            "at",
            sqlite_where=text("kind = 'presence.changed'"),
            postgresql_where=text("kind = 'presence.changed'"),
        ),
        # So are the talks that ended in a span: samples for a look are drawn from them.
        Index(
            "ix_events_wrapped",
            "at",
            sqlite_where=text("kind = 'conversation.wrapped'"),
            postgresql_where=text("kind = 'conversation.wrapped'"),
        ),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(24))
    conversation_id: Mapped[str | None] = mapped_column(String(24))
    message_id: Mapped[str | None] = mapped_column(String(24))
    ticket_id: Mapped[str | None] = mapped_column(String(24), index=True)
    # Ids and codes only; names, addresses, numbers and texts live in rows that can be erased.
    data: Mapped[dict[str, Any]]
    # A keyed digest of the content: proves what was said to whoever still has it.
    digest: Mapped[str | None] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

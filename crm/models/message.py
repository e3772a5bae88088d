"""What someone said."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Message(Base):
    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("account", "external_id"),
        # Each side numbers its own messages as it likes.
        UniqueConstraint("conversation_id", "author_kind", "author_id", "client_id"),
        CheckConstraint(
            "author_kind IN ('contact','bot','counselor','system')", name="author_kind"
        ),
        CheckConstraint("audience IN ('public','internal')", name="audience"),
        Index("ix_messages_thread", "conversation_id", "position"),
    )

    # The order of a thread; `id` is the name the outside world knows.
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(24), unique=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    author_kind: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[str | None] = mapped_column(String(24))
    audience: Mapped[str] = mapped_column(String(10), default="public")
    text: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    act: Mapped[str | None] = mapped_column(String(20))
    # A bot's draft for a counselor: offered, accepted or discarded; no other message has any.
    draft: Mapped[str | None] = mapped_column(String(10))
    citations: Mapped[list[Any]] = mapped_column(default=list)
    choices: Mapped[list[Any]] = mapped_column(default=list)
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id"), index=True)
    account: Mapped[str | None] = mapped_column(String(100))
    external_id: Mapped[str | None] = mapped_column(String(200))
    client_id: Mapped[str | None] = mapped_column(String(100))
    # What an act of the desk came to, as the reply shows it: its id, kind, state and receipt.
    action: Mapped[dict[str, Any] | None]
    # Words of a sealed bid: until then nobody of the desk may read them.
    sealed_until: Mapped[datetime | None]
    # Whether the contact found a cited answer helpful, and if not, why: the last they said.
    helpful: Mapped[bool | None]
    unhelpful: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]

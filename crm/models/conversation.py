"""One thread with one contact on one channel, and who owns it now."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Conversation(Base):
    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("owner_kind IN ('bot','queue','counselor','callback')", name="owner_kind"),
        CheckConstraint(
            "status IN ('open','waiting','active','wrap_up','closed')", name="status_known"
        ),
        # A counselor is named exactly while a counselor owns the conversation.
        CheckConstraint("(owner_kind = 'counselor') = (owner_id IS NOT NULL)", name="one_owner"),
        Index("ix_conversations_waiting", "status", "queue", "urgent", "waiting_since"),
        Index("ix_conversations_owner", "owner_id", "status"),
        # What the recent waits of a queue are read from.
        Index("ix_conversations_accepted", "queue", "accepted_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(100), default="web")
    # The other end's address on a channel that has one; web chat has none.
    address: Mapped[str | None] = mapped_column(String(320))
    # Which of the desk's own addresses they wrote to: answers leave from it where none is set.
    own_address: Mapped[str | None] = mapped_column(String(320))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    topic: Mapped[str | None] = mapped_column(String(40))
    # What the other end calls the thread, where it has a name (the subject of a mail).
    subject: Mapped[str | None] = mapped_column(String(300))
    owner_kind: Mapped[str] = mapped_column(String(10), default="bot")
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    status: Mapped[str] = mapped_column(String(10), default="open")
    queue: Mapped[str | None] = mapped_column(String(40))
    urgent: Mapped[bool] = mapped_column(default=False)
    deadline: Mapped[str | None] = mapped_column(String(60))
    waiting_since: Mapped[datetime | None]
    # The hand-off packet: reason, goal, facts, sources tried, language, deadline, last turns.
    handoff: Mapped[dict[str, Any] | None]
    # What the bot remembers between two turns; the dialogue engine itself keeps nothing.
    bot_state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    # Only a digest of the chat token is kept: who reads the table cannot speak as the contact.
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    wrap_code: Mapped[str | None] = mapped_column(String(40))
    wrap_note: Mapped[str | None]
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # The newest message of the desk that was on the contact's screen.
    seen_message_id: Mapped[str | None] = mapped_column(String(24))
    # When the contact's own page last looked; None on channels that have no page.
    seen_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime] = mapped_column(index=True)

"""What one person of the desk is told of: they were mentioned, or what they watch changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('mention','assigned','note','change','merge','split','undo','late')",
            name="kind_known",
        ),
        CheckConstraint(
            "(ticket_id IS NULL) <> (conversation_id IS NULL)", name="of_a_ticket_or_a_talk"
        ),
        Index("ix_notifications_of", "counselor_id", "read_at", "at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    kind: Mapped[str] = mapped_column(String(10))
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    # The note of the ticket, or the message of the talk; its words stay there.
    about_id: Mapped[str | None] = mapped_column(String(24))
    # Who did it; nobody where the desk itself did.
    by_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

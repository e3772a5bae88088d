"""One message that the bot owes an outcome: a leased row, settled exactly once."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Turn(Base):
    __tablename__ = "turns"
    __table_args__ = (
        CheckConstraint("state IN ('due','running','settled')", name="state_known"),
        Index("ix_turns_unsettled", "state", "lease_until"),
        Index("ix_turns_order", "conversation_id", "position"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(String(24), unique=True)
    # The position of the message: turns of one conversation run in this order.
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    steps: Mapped[list[Any] | None]
    act: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

"""What arrived, as it arrived: raw bytes that passed size limit and signature, not yet parsed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class InboxItem(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("account", "external_id"),
        CheckConstraint("state IN ('new','done','quarantined')", name="state_known"),
        Index("ix_inbox_state", "state", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(100))
    external_id: Mapped[str] = mapped_column(String(200))
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12), default="new")
    reason: Mapped[str | None] = mapped_column(String(200))
    # How often taking it in began; what fails again and again waits for a person.
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    received_at: Mapped[datetime]

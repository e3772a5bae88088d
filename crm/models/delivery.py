"""The outbox: one row for each message on its way out of the house."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Delivery(Base):
    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(
            "state IN ('due','sending','sent','delivered','read','failed','unknown')",
            name="state_known",
        ),
        Index("ix_deliveries_due", "state", "due_at"),
        Index("ix_deliveries_reference", "channel", "provider_reference"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)
    # A text too long for the other end leaves in parts, this one being number `part`.
    part: Mapped[int] = mapped_column(default=0, server_default="0")
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(100))
    address: Mapped[str | None] = mapped_column(String(320))
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    # How often the provider was asked whether an unknown delivery had left after all.
    lookups: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    provider_reference: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime | None]

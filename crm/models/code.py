"""A one-time code that was sent to an address, kept as a digest."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Code(Base):
    __tablename__ = "codes"
    __table_args__ = (Index("ix_codes_conversation", "conversation_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    # By which way it went: email or sms.
    kind: Mapped[str] = mapped_column(String(10), default="email", server_default="email")
    address: Mapped[str] = mapped_column(String(320), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

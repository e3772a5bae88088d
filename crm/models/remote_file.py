"""A file that a provider holds for us until we fetch it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class RemoteFile(Base):
    __tablename__ = "remote_files"
    __table_args__ = (
        CheckConstraint("state IN ('due','done','failed')", name="state_known"),
        Index("ix_remote_files_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    # The provider's name of it: an address or an id, meant for that channel alone.
    reference: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(200))

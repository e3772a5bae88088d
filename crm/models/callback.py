"""A promise to ring back: at a chosen time, or when the kept place comes to the front."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

LIVE = text("state IN ('waiting','due')")


class CallBack(Base):
    __tablename__ = "callbacks"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting','due','done','given_up','cancelled')", name="state_known"
        ),
        Index("uq_callbacks_live", "conversation_id", unique=True,
              sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_callbacks_due", "state", "due_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    number: Mapped[str | None] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

"""Whether a counselor is there for the next contact, and since when."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Presence(Base):
    __tablename__ = "presences"
    __table_args__ = (
        CheckConstraint("state IN ('ready','not_ready','wrap_up','offline')", name="state_known"),
        Index("ix_presences_state", "state", "beat_at"),
    )

    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    # A code: why not ready, or how it came to be so (`missed`, `silent`).
    reason: Mapped[str | None] = mapped_column(String(20))
    since: Mapped[datetime]
    # Since when nothing was given to them: the longest idle is first.
    idle_since: Mapped[datetime]
    beat_at: Mapped[datetime]
    misses: Mapped[int] = mapped_column(default=0)
    wrap_until: Mapped[datetime | None]
    # How many at once: {"call": 1, "chat": 3, "mail": 5}.
    capacity: Mapped[dict[str, Any]]

"""A counselor's planned working time."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Shift(Base):
    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="forwards"),
        Index("ix_shifts_counselor", "counselor_id", "starts_at"),
        Index("ix_shifts_time", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # Stretches that are not on the phone, as [start, end, kind]: a break, training, a meeting.
    pauses: Mapped[list[Any]]
    planned_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    created_at: Mapped[datetime]

"""A visit on the spot or a remote session that was agreed upon for a ticket."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Appointment(Base):
    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("kind IN ('visit','remote')", name="kind_known"),
        CheckConstraint("state IN ('planned','done','missed','cancelled')", name="state_known"),
        CheckConstraint("starts_at < ends_at", name="forwards"),
        Index("ix_appointments_counselor", "counselor_id", "starts_at"),
        Index("ix_appointments_time", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), index=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="planned")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # An address, or how the two machines find each other.
    place: Mapped[str | None] = mapped_column(String(300))
    # What came of it.
    note: Mapped[str | None]
    planned_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

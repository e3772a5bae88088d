"""A matter that outlives the talk; it gathers conversations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Ticket(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint("tier IN (1, 2)", name="tier"),
        CheckConstraint("status IN ('open','pending','solved','closed')", name="status_known"),
        Index("ix_tickets_status", "status", "queue"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    subject: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(40))
    tier: Mapped[int] = mapped_column(default=1)
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    status: Mapped[str] = mapped_column(String(10), default="open")
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    procurement_reference: Mapped[str | None] = mapped_column(String(100))
    first_answer_due: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    solution_due: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

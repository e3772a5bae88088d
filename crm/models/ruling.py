"""What the second line is asked to settle on a ticket, and the reply that can be cited."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

ASKED = text("state = 'asked'")


class Ruling(Base):
    __tablename__ = "rulings"
    __table_args__ = (
        CheckConstraint("kind IN ('approval','interpretation')", name="kind_known"),
        CheckConstraint(
            "state IN ('asked','granted','refused','withdrawn')", name="state_known"
        ),
        # A ticket waits for one of them at a time: its state names which.
        Index("uq_rulings_asked", "ticket_id", unique=True,
              sqlite_where=ASKED, postgresql_where=ASKED),
        Index("ix_rulings_state", "state", "due_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    # What a reply is cited by: `R-2026-000001`.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), index=True)
    question: Mapped[str]
    asked_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    asked_at: Mapped[datetime]
    # Whose decision it is; nobody named is whoever of the second line may decide on its kind.
    approver_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    due_at: Mapped[datetime]
    # Told once when the deadline has passed.
    late_at: Mapped[datetime | None]
    reply: Mapped[str | None]
    # The article of the law that the reply rests on.
    basis: Mapped[str | None] = mapped_column(String(200))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    decided_at: Mapped[datetime | None]

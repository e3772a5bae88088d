"""What was decided about a question without an answer, or a solved ticket without an article."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class GapDecision(Base):
    """Whatever was decided on is not shown as a gap again."""

    __tablename__ = "gap_decisions"
    __table_args__ = (
        CheckConstraint("kind IN ('question','ticket')", name="kind_known"),
        CheckConstraint("decision IN ('dismissed','tied','drafted')", name="decision_known"),
    )

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    # The message that asked, or the ticket.
    item_id: Mapped[str] = mapped_column(String(24), primary_key=True)
    decision: Mapped[str] = mapped_column(String(10))
    article: Mapped[str | None] = mapped_column(String(80))
    decided_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    decided_at: Mapped[datetime]

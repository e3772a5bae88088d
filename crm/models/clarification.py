"""An official clarification: what the buyer answered to a question, for all to read alike."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

_UNTOLD = text("told_at IS NULL")


class Clarification(Base):
    """One published answer; an answer that the buyer changes is another edition of it.

    `tender` and `question` are the core's own ids, `number` is the tender's as people read it.
    """

    __tablename__ = "clarifications"
    __table_args__ = (
        UniqueConstraint("tender", "question", "edition"),
        Index(
            "ix_clarifications_untold",
            "created_at",
            sqlite_where=_UNTOLD,
            postgresql_where=_UNTOLD,
        ),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    tender: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(60), index=True)
    question: Mapped[str] = mapped_column(String(80))
    edition: Mapped[int] = mapped_column(default=1)
    asked: Mapped[str]
    answer: Mapped[str]
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    # Since when everybody who was to hear of it has been told.
    told_at: Mapped[datetime | None]


class ClarificationTold(Base):
    """Who was told of it: each person once, whatever they follow and however often they asked."""

    __tablename__ = "clarifications_told"

    clarification_id: Mapped[str] = mapped_column(ForeignKey("clarifications.id"), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), primary_key=True)

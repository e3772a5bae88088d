"""The one question asked after a talk."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Survey(Base):
    __tablename__ = "surveys"
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="score"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), unique=True)
    counselor_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    score: Mapped[int]
    comment: Mapped[str | None]
    answered_at: Mapped[datetime]

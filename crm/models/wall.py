"""A wall between somebody of the desk and a tender or a firm in which they have an interest."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Wall(Base):
    """Stands from the moment it is set until `ends_at`, or until it is lifted.

    It is about one tender, by the number that people read, or about one organisation.
    """

    __tablename__ = "walls"
    __table_args__ = (
        CheckConstraint("(tender IS NULL) <> (organisation IS NULL)", name="about_one"),
        Index("ix_walls_counselor", "counselor_id", "ends_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    tender: Mapped[str | None] = mapped_column(String(60), index=True)
    organisation: Mapped[str | None] = mapped_column(String(200), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    set_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    set_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    lifted_at: Mapped[datetime | None]


class Matter(Base):
    """A tender that a conversation is about: it was named there, or something was begun on it."""

    __tablename__ = "matters"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    tender: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)

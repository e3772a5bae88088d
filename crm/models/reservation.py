"""An offer of a conversation to a counselor, and the slot that it takes while it lasts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

OFFERED = text("state = 'offered'")
ACCEPTED = text("state = 'accepted'")
LIVE = text("state IN ('offered','accepted')")


class Reservation(Base):
    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint(
            "state IN ('offered','accepted','rejected','expired','rescinded','done')",
            name="state_known",
        ),
        CheckConstraint("medium IN ('call','chat','mail')", name="medium_known"),
        CheckConstraint("slot >= 1", name="slot"),
        # The database itself holds what the router promises: one live offer and one holder for a
        # conversation, and one conversation in a slot.
        Index("uq_reservations_offer", "conversation_id", unique=True,
              sqlite_where=OFFERED, postgresql_where=OFFERED),
        Index("uq_reservations_holder", "conversation_id", unique=True,
              sqlite_where=ACCEPTED, postgresql_where=ACCEPTED),
        Index("uq_reservations_slot", "counselor_id", "medium", "slot", unique=True,
              sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_reservations_due", "state", "expires_at"),
        Index("ix_reservations_conversation", "conversation_id", "decided_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    medium: Mapped[str] = mapped_column(String(10))
    slot: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    # The counselor who still holds the talk while it is offered to a colleague (warm transfer).
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    reason: Mapped[str | None] = mapped_column(String(20))
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class Place(Base):
    """What a waiting conversation needs of its counselor, beyond queue and language."""

    __tablename__ = "places"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    # {skill: least level}
    skills: Mapped[dict[str, Any]]
    preferred_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    priority: Mapped[str] = mapped_column(String(10))
    deadline_at: Mapped[datetime | None]


class Attendance(Base):
    """Somebody who is in a conversation without owning it: consulted, or looking on."""

    __tablename__ = "attendances"
    __table_args__ = (CheckConstraint("kind IN ('consult','watch')", name="kind_known"),)

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    counselor_id: Mapped[str] = mapped_column(
        ForeignKey("counselors.id"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime]

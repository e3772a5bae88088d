"""Something that many contacts suffer from at once: found, opened, told to all, closed.

Tickets name it as their parent; the happy calls after it are a campaign.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

PROPOSED = text("state = 'proposed'")


class Incident(Base):
    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed','dismissed','open','closed')", name="state_known"
        ),
        # One proposal a queue: the next look at the same burst adds to it.
        Index("uq_incidents_proposed", "queue", unique=True,
              sqlite_where=PROPOSED, postgresql_where=PROPOSED),
        Index("ix_incidents_state", "state"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    queue: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    # What is said to everybody, by language: {"en": …, "es": …, "ko": …}.
    notice: Mapped[dict[str, Any]]
    # Contacts within the window, and what is usual there.
    found: Mapped[int] = mapped_column(default=0)
    usual: Mapped[float] = mapped_column(default=0.0)
    began_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))


class IncidentContact(Base):
    """A conversation that belongs to an incident, and whether its contact was told the end."""

    __tablename__ = "incident_contacts"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id"), primary_key=True, index=True
    )
    told_at: Mapped[datetime | None]


class IncidentHearing(Base):
    """A conversation that was told the notice of an incident."""

    __tablename__ = "incident_hearings"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)

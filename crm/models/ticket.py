"""A matter that outlives the talk; it gathers conversations."""

from datetime import datetime
from typing import Any

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
    next_answer_due: Mapped[datetime | None]
    # While the matter waits for the contact, its clocks stand: seconds that were left of each.
    clocks_left: Mapped[dict[str, Any] | None]
    # Which clocks ran out: 1 first answer, 2 next answer, 4 solution. Told once, never untold.
    breaches: Mapped[int] = mapped_column(default=0, server_default="0")
    tags: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Without foreign keys: SQLite adds none to a table that others point to.
    merged_into_id: Mapped[str | None] = mapped_column(String(24), index=True)
    incident_id: Mapped[str | None] = mapped_column(String(24), index=True)
    # Which ruling of the second line it waits for: `approval`, `interpretation`, or none. Its
    # clocks go on: whoever asked waits for the desk.
    awaits: Mapped[str | None] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime]


class TicketLink(Base):
    """A tender or an organisation that a ticket is about."""

    __tablename__ = "ticket_links"
    __table_args__ = (
        CheckConstraint("kind IN ('tender','organisation')", name="kind_known"),
        Index("ix_ticket_links_value", "kind", "value"),
    )

    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)


class TicketNote(Base):
    """What people of the desk say to each other about a ticket."""

    __tablename__ = "ticket_notes"

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), index=True)
    author_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    text: Mapped[str]
    # Ids of the counselors it calls upon; they watch the ticket from then on.
    mentions: Mapped[list[Any]]
    created_at: Mapped[datetime]


class TicketWatcher(Base):
    __tablename__ = "ticket_watchers"

    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    counselor_id: Mapped[str] = mapped_column(
        ForeignKey("counselors.id"), primary_key=True, index=True
    )


class Reversal(Base):
    """A merge or a split, with all that is needed to take it back."""

    __tablename__ = "reversals"
    __table_args__ = (CheckConstraint("kind IN ('merge','split')", name="kind_known"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    # Merge: from → into. Split: from what → the new ticket.
    from_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), index=True)
    to_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), index=True)
    # {"conversations": [ids moved], "status": status of the one merged away}
    moved: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

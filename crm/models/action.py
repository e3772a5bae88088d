"""Something a contact asked the desk to do: shown, said yes to, done once, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

_LIVE = text("state = 'proposed'")


class Action(Base):
    __tablename__ = "actions"
    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed','confirmed','performing','done','failed','unknown','cancelled')",
            name="state_known",
        ),
        # A yes can only ever mean one thing.
        Index(
            "uq_actions_live",
            "conversation_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_actions_unfinished", "state", "lease_until"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    # The same for every try of this act, at the desk and at the core.
    key: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12), default="proposed")
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    organisation: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str | None] = mapped_column(String(20))
    # The core's own id, and the number that people read.
    tender: Mapped[str | None] = mapped_column(String(64), index=True)
    tender_number: Mapped[str | None] = mapped_column(String(60))
    deadline: Mapped[datetime | None]
    # What is to be done and what was shown of it. Erased with the contact, never in the journal.
    payload: Mapped[dict[str, Any]]
    preview: Mapped[dict[str, Any]]
    # Until then nobody but the contact may read the payload: bids are sealed.
    sealed_until: Mapped[datetime | None]
    # The turn whose message was the explicit yes.
    confirmed_turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id"), index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    # When a request may first have left the house; set before it leaves.
    sent_at: Mapped[datetime | None]
    receipt: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("tickets.id"))
    created_at: Mapped[datetime]
    performed_at: Mapped[datetime | None]

"""A macro: changes to a ticket and words about it that belong together, made in one act."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Macro(Base):
    __tablename__ = "macros"
    __table_args__ = (
        CheckConstraint("scope IN ('all','queue','own')", name="scope_known"),
        UniqueConstraint("scope", "holder", "name"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    # What counselors look for it by: short, and used once among those of one holder.
    name: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(10))
    # A queue's name or a counselor's id; empty where it is everybody's.
    holder: Mapped[str] = mapped_column(String(40), default="")
    # What becomes of the ticket, by field; what is missing stays as it is. `assignee` is `me` or
    # `nobody`, `add_tags` and `remove_tags` are lists.
    changes: Mapped[dict[str, Any]]
    note: Mapped[str | None]
    # What the contact is told, by language; none says nothing.
    texts: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class MacroUse(Base):
    """That a macro was applied, once for each name its counselor gave the act, and what to take
    back."""

    __tablename__ = "macro_uses"
    __table_args__ = (UniqueConstraint("counselor_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    # Without a foreign key: what was done with a macro outlives it.
    macro_id: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(60))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id"), index=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    client_id: Mapped[str] = mapped_column(String(60))
    # The fields that it changed: what they held before, and after.
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

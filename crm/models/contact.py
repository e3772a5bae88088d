"""Who asks: a contact, the identities it is known by, and for whom it may act."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Contact(Base):
    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint("(merged_into_id IS NULL) = (merged_by IS NULL)", name="merged_by_whom"),
        CheckConstraint("merged_by IN ('code', 'desk')", name="merged_by"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2))
    # Proven by the agency's portal or a one-time code; a typed name proves nothing.
    proven: Mapped[bool] = mapped_column(default=False)
    # The same person under another row: nothing is moved, so that it can be taken back.
    merged_into_id: Mapped[str | None] = mapped_column(String(24), index=True)
    # Who says so: `code`, the contact itself by a one-time code, or `desk`, a counselor. Only what
    # was proven lends the other row's delegations and objects.
    merged_by: Mapped[str | None] = mapped_column(String(4))
    created_at: Mapped[datetime]


class Identity(Base):
    """One address or account a contact is recognised by, on one kind of channel."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(320))
    # Since when nothing may be sent there: the person said STOP.
    stopped_at: Mapped[datetime | None]
    # When it was shown that the contact reads what is sent there.
    proven_at: Mapped[datetime | None]


class Delegation(Base):
    """A recorded, expiring right of a contact to act for an organisation."""

    __tablename__ = "delegations"
    __table_args__ = (UniqueConstraint("contact_id", "organisation", "role"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    organisation: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime]

"""What protects counselors from abuse: steps taken, contacts suspended, rests granted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class AbuseStep(Base):
    """One step of the protocol in one conversation: warned, given to the machine, ended."""

    __tablename__ = "abuse_steps"
    __table_args__ = (
        CheckConstraint("step IN ('warn','automated','end')", name="step_known"),
        # Each step is taken once in a conversation, whoever presses at the same moment.
        Index("ix_abuse_steps_once", "conversation_id", "round", "step", unique=True),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    # A conversation that is taken up again begins the protocol anew.
    round: Mapped[int] = mapped_column(default=1)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    step: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class Suspension(Base):
    """A contact who is not put through to people for a while. A supervisor can lift it."""

    __tablename__ = "suspensions"
    __table_args__ = (
        CheckConstraint("state IN ('active','upheld','lifted')", name="state_known"),
        Index(
            "ix_suspensions_one",
            "contact_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    # 1: seven days, 2 and above: thirty.
    grade: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="active")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # Set when it was lifted or ran out; at most one stands for a contact at a time.
    ended_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    reviewed_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(300))


class Rest(Base):
    """Time off the phones that a counselor is owed after abuse."""

    __tablename__ = "rests"

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), index=True)
    step_id: Mapped[str] = mapped_column(ForeignKey("abuse_steps.id"), unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

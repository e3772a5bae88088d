"""A recall: everybody who was told a version that holds no more is told so, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Recall(Base):
    __tablename__ = "recalls"
    __table_args__ = (
        CheckConstraint("reason IN ('withdrawn','corrected')", name="reason_known"),
        CheckConstraint("state IN ('sending','done')", name="state_known"),
        Index("ix_recalls_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    article: Mapped[str] = mapped_column(String(80), index=True)
    # The versions that hold no more: [[language, number], …]
    versions: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(10))
    # What is said besides, in each language; empty where nothing is.
    remark: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    opened_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class RecallNotice(Base):
    """One person of a recall: what they were told last, and how they were told of the change."""

    __tablename__ = "recall_notices"
    __table_args__ = (
        CheckConstraint("state IN ('due','told','skipped')", name="state_known"),
        UniqueConstraint("recall_id", "contact_id"),
        Index("ix_recall_notices_due", "recall_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    recall_id: Mapped[str] = mapped_column(ForeignKey("recalls.id"))
    # The row that stands for the person, whatever others they were merged with.
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    # The message that told them the old version last, and the talk it was told in.
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[str] = mapped_column(String(10))
    # Why somebody was not told: do_not_contact, refused, stopped or no_way.
    skipped: Mapped[str | None] = mapped_column(String(20))
    notice_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    told_at: Mapped[datetime | None]

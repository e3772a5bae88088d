"""Reaching out: campaigns, whom they reach, what was answered, and who is left in peace."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Campaign(Base):
    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("kind IN ('happy_call','survey','notice','promotion')", name="kind_known"),
        CheckConstraint("state IN ('draft','running','paused','done')", name="state_known"),
        CheckConstraint("per_minute > 0", name="pace"),
        Index("uq_campaigns_incident", "incident_id", unique=True),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    # What is sent, by language; a happy call has what the counselor says first.
    texts: Mapped[dict[str, Any]]
    per_minute: Mapped[int]
    # The incident that it follows up. Without a foreign key: SQLite adds none to a table that
    # others point to.
    incident_id: Mapped[str | None] = mapped_column(String(24))
    created_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    created_at: Mapped[datetime]


class CampaignTarget(Base):
    """One contact of one campaign, reached at most once."""

    __tablename__ = "campaign_targets"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        CheckConstraint(
            "state IN ('due','taken','sent','answered','skipped','done')", name="state_known"
        ),
        Index("ix_campaign_targets_due", "campaign_id", "state", "due_at"),
        Index("ix_campaign_targets_sent", "contact_id", "contacted_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    # The talk that it is about, and the counselor who had it.
    about_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    counselor_id: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    state: Mapped[str] = mapped_column(String(10), default="due")
    # Why it was skipped, or what came of a call.
    result: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    contacted_at: Mapped[datetime | None]
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("counselors.id"))
    # Only a digest of the survey's address is kept.
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)


class Rating(Base):
    """A survey of five questions, each 1 to 5, answered once."""

    __tablename__ = "ratings"
    __table_args__ = tuple(
        CheckConstraint(f"{name} BETWEEN 1 AND 5", name=f"{name}_range")
        for name in ("overall", "activeness", "kindness", "accuracy", "speed")
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    target_id: Mapped[str] = mapped_column(ForeignKey("campaign_targets.id"), unique=True)
    overall: Mapped[int]
    activeness: Mapped[int]
    kindness: Mapped[int]
    accuracy: Mapped[int]
    speed: Mapped[int]
    comment: Mapped[str | None]
    answered_at: Mapped[datetime]


class Consent(Base):
    """What a contact said about being reached for a purpose."""

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("contact_id", "purpose"),
        CheckConstraint("purpose IN ('service','research','promotion','any')", name="purpose"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    # `any` refused is the do-not-contact list.
    purpose: Mapped[str] = mapped_column(String(10))
    given: Mapped[bool]
    source: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]

"""Quality: scorecards, what evaluators found, coaching, courses, notices and targets."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Scorecard(Base):
    """A form for judging a talk. A changed one is a new version, so judgements stand."""

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    # Items: code, area, weight, fatal, and the words in each language.
    items: Mapped[list[Any]]
    created_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    created_at: Mapped[datetime]


class Evaluation(Base):
    """One evaluator's judgement of one counselor's talk; a calibration is not counted."""

    __tablename__ = "evaluations"
    __table_args__ = (
        UniqueConstraint("scorecard_id", "conversation_id", "evaluator_id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_evaluations_counselor", "counselor_id", "created_at"),
        Index("ix_evaluations_conversation", "conversation_id"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    scorecard_id: Mapped[str] = mapped_column(ForeignKey("scorecards.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    evaluator_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    # Item code to 0..4, or null where it did not apply.
    answers: Mapped[dict[str, Any]]
    score: Mapped[float]
    areas: Mapped[dict[str, Any]]
    fatal: Mapped[bool]
    calibration: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]


class CoachingNote(Base):
    """What a coach wrote to a counselor, and when they had read it."""

    __tablename__ = "coaching_notes"

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), index=True)
    author_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    evaluation_id: Mapped[str | None] = mapped_column(ForeignKey("evaluations.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Course(Base):
    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('basic','occupational','customer_satisfaction','computational')",
            name="kind_known",
        ),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(200))
    hours: Mapped[int]
    # The area of scorecards that it strengthens; weak ones are enrolled by themselves.
    area: Mapped[str | None] = mapped_column(String(40), index=True)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Enrolment(Base):
    __tablename__ = "enrolments"
    __table_args__ = (
        CheckConstraint("state IN ('assigned','passed','failed')", name="state_known"),
        CheckConstraint("result BETWEEN 0 AND 100", name="result"),
        # Nobody is assigned a course that they have before them already.
        Index(
            "ix_enrolments_open",
            "course_id",
            "counselor_id",
            unique=True,
            sqlite_where=text("state = 'assigned'"),
            postgresql_where=text("state = 'assigned'"),
        ),
        Index("ix_enrolments_counselor", "counselor_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    course_id: Mapped[str] = mapped_column(ForeignKey("courses.id"))
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    reason: Mapped[str] = mapped_column(String(20))
    evaluation_id: Mapped[str | None] = mapped_column(ForeignKey("evaluations.id"))
    state: Mapped[str] = mapped_column(String(10), default="assigned")
    result: Mapped[int | None]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Notice(Base):
    """A notice on the counselors' board."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    must_read: Mapped[bool]
    author_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]


class NoticeRead(Base):
    __tablename__ = "notice_reads"

    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), primary_key=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), primary_key=True)
    at: Mapped[datetime]


class KpiTarget(Base):
    """What a figure is to reach: in the early stage, and from the switch date on."""

    __tablename__ = "kpi_targets"

    kpi: Mapped[str] = mapped_column(String(40), primary_key=True)
    early: Mapped[float]
    stabilised: Mapped[float]
    switch_on: Mapped[date]
    # Whether more is better (a service level) or less (a wait).
    at_least: Mapped[bool]
    set_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    set_at: Mapped[datetime]

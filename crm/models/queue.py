"""How a queue is served: offers, relaxation, wrap-up, hours. A queue without a row has defaults."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Calendar(Base):
    """Working hours and holidays under a name: days as `{weekday: [opens, closes]}`."""

    __tablename__ = "calendars"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    zone: Mapped[str] = mapped_column(String(60))
    always: Mapped[bool] = mapped_column(default=False)
    days: Mapped[dict[str, Any]]
    # {"2027-01-01": "New Year"}; the file they came from is not needed again.
    holidays: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class QueuePlan(Base):
    __tablename__ = "queue_plans"
    __table_args__ = (
        # open: offered to ready counselors, and anyone of the queue may pick; pick: no offers;
        # offer: only the counselor it was offered to may accept.
        CheckConstraint("mode IN ('open','pick','offer')", name="mode_known"),
    )

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))
    offer_seconds: Mapped[int]
    # So many offers missed in a row make a counselor not ready.
    misses: Mapped[int]
    wrap_seconds: Mapped[int]
    # Seconds that every contact of this queue counts as having waited longer.
    boost: Mapped[int]
    preferred_seconds: Mapped[int]
    # Steps of widening: [{"after", "lower", "drop", "queues", "any_language"}].
    relax: Mapped[list[Any]]
    calendar: Mapped[str | None] = mapped_column(ForeignKey("calendars.name"))
    # What is offered outside hours, in order: "ticket", "callback".
    after_hours: Mapped[list[Any]]
    changed_at: Mapped[datetime]

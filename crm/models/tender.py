"""A tender as the desk knows it: enough to find it, name it and see how near its closing is."""

import threading
import time
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id

_last = 0
_counting = threading.Lock()


def next_place() -> int:
    """A place behind all earlier ones: the time in microseconds, never the same twice."""
    global _last  # noqa: PLW0603 - one count per process
    with _counting:
        _last = max(_last + 1, time.time_ns() // 1000)
        return _last


class Tender(Base):
    """`place_in_line` is the order in which tenders became known; the newest are shown first.

    `core_id` is the core's own id. `value` is what the core says; `amount` is its number, to
    compare by. `look_again_at` says when the core is asked whether it still stands so, though its
    feed does not name it; None once it is over.
    """

    __tablename__ = "tenders"
    __table_args__ = (Index("ix_tenders_status_place", "status", "place_in_line"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(40), index=True)
    buyer: Mapped[str] = mapped_column(String(200))
    value: Mapped[dict[str, Any] | None]
    enquiry_ends: Mapped[datetime | None]
    tender_ends: Mapped[datetime | None] = mapped_column(index=True)
    core_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    place_in_line: Mapped[int] = mapped_column(BigInteger, unique=True, default=next_place)
    description: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    category: Mapped[str] = mapped_column(String(20), default="", server_default="")
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    amount: Mapped[float | None] = mapped_column(Double)
    currency: Mapped[str] = mapped_column(String(3), default="", server_default="")
    changed_at: Mapped[datetime | None]
    look_again_at: Mapped[datetime | None] = mapped_column(index=True)


class TenderTerm(Base):
    """The search index: which term stands in which tender. Kept by `crm.tenders` alone."""

    __tablename__ = "tender_terms"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it as declared

    term: Mapped[str] = mapped_column(String(40), primary_key=True)
    place_in_line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Crawl(Base):
    """How far the feed of a core has been read."""

    __tablename__ = "crawls"

    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    cursor: Mapped[str | None] = mapped_column(String(500))
    read_at: Mapped[datetime | None]
    at_end_since: Mapped[datetime | None]


class OwedTender(Base):
    """A tender that the core named and did not show: asked for again at `next_at`.

    `why` is what came instead. After `given_up_at` only a person or the feed brings it up again.
    """

    __tablename__ = "owed_tenders"
    __table_args__ = (UniqueConstraint("source", "core_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    source: Mapped[str] = mapped_column(String(200))
    core_id: Mapped[str] = mapped_column(String(80))
    why: Mapped[str] = mapped_column(String(200))
    tries: Mapped[int]
    owed_since: Mapped[datetime]
    next_at: Mapped[datetime]
    given_up_at: Mapped[datetime | None]

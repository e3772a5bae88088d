"""Measures by interval, drawn from the journal and always drawable again; and frozen months."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class KpiInterval(Base):
    """What was counted in one quarter of an hour, by queue, channel, language and counselor."""

    __tablename__ = "kpi_intervals"

    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    queue: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    counselor: Mapped[str] = mapped_column(String(24), primary_key=True)

    contacts: Mapped[int] = mapped_column(BigInteger, default=0)
    handed: Mapped[int] = mapped_column(BigInteger, default=0)
    answered: Mapped[int] = mapped_column(BigInteger, default=0)
    answered_in: Mapped[int] = mapped_column(BigInteger, default=0)
    wait_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    abandoned: Mapped[int] = mapped_column(BigInteger, default=0)
    abandoned_short: Mapped[int] = mapped_column(BigInteger, default=0)
    handled: Mapped[int] = mapped_column(BigInteger, default=0)
    talk_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    hold_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    wrap_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    closed: Mapped[int] = mapped_column(BigInteger, default=0)
    repeated: Mapped[int] = mapped_column(BigInteger, default=0)
    repeats: Mapped[int] = mapped_column(BigInteger, default=0)
    person_repeated: Mapped[int] = mapped_column(BigInteger, default=0)
    person_repeats: Mapped[int] = mapped_column(BigInteger, default=0)
    busy_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    idle_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    surveys: Mapped[int] = mapped_column(BigInteger, default=0)
    survey_points: Mapped[int] = mapped_column(BigInteger, default=0)
    talk_surveys: Mapped[int] = mapped_column(BigInteger, default=0)
    bot_talks: Mapped[int] = mapped_column(BigInteger, default=0)
    bot_confirmed: Mapped[int] = mapped_column(BigInteger, default=0)
    bot_assumed: Mapped[int] = mapped_column(BigInteger, default=0)
    bot_turns: Mapped[int] = mapped_column(BigInteger, default=0)
    bot_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    human_firsts: Mapped[int] = mapped_column(BigInteger, default=0)
    human_first_ms: Mapped[int] = mapped_column(BigInteger, default=0)


class KpiState(Base):
    """What counting remembers of a conversation, a contact or a counselor: ids, codes, times."""

    __tablename__ = "kpi_states"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[dict[str, Any]]


class KpiMonth(Base):
    """A month as it was published. Nothing rewrites it; what differs later is shown beside it."""

    __tablename__ = "kpi_months"

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    month: Mapped[str] = mapped_column(String(7), unique=True)
    # One entry for each figure and queue: kpi, version, queue ("" is all of them), value, n.
    figures: Mapped[dict[str, Any]]
    # The last event that these figures know.
    through: Mapped[int] = mapped_column(BigInteger)
    published_by: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    published_at: Mapped[datetime]

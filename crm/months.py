"""Months whose figures were published: frozen with the formulas of the day."""

from typing import Any

from sqlalchemy import select

from crm import clock, db, events
from crm.db import Session
from crm.errors import Conflict, NotFound
from crm.events import Actor
from crm.models import KpiMonth


def publish(
    s: Session, actor: Actor, month: str, figures: list[dict[str, Any]], through: int
) -> KpiMonth:
    """Freeze a month, once. Raises Conflict when it is published already."""
    db.alone(s, "kpi-month", month)
    if s.scalar(select(KpiMonth.id).where(KpiMonth.month == month)):
        raise Conflict("This month is published already; it is never rewritten.", month=month)
    frozen = KpiMonth(
        month=month,
        figures={"figures": figures},
        through=through,
        published_by=actor.id or "",
        published_at=clock.now(),
    )
    s.add(frozen)
    s.flush()
    # The digest proves that the row is what was published then.
    content = events.canonical(figures)
    events.emit(
        s, "kpi.published", actor, data={"month": month, "through": through}, content=content
    )
    return frozen


def get(s: Session, month: str) -> KpiMonth:
    frozen = s.scalar(select(KpiMonth).where(KpiMonth.month == month))
    if frozen is None:
        raise NotFound("This month is not published.")
    return frozen


def all_published(s: Session) -> list[KpiMonth]:
    return list(s.scalars(select(KpiMonth).order_by(KpiMonth.month.desc())))

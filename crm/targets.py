"""What the figures are to reach, by stage."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from crm import clock, db, events
from crm.db import Session
from crm.events import Actor
from crm.models import KpiTarget


def put(
    s: Session,
    actor: Actor,
    kpi: str,
    *,
    early: float,
    stabilised: float,
    switch_on: date,
    at_least: bool,
) -> KpiTarget:
    """Set the target of a figure; the event keeps what it was set to."""
    db.alone(s, "target", kpi)
    target = s.get(KpiTarget, kpi)
    if target is None:
        target = KpiTarget(kpi=kpi)
        s.add(target)
    target.early, target.stabilised = early, stabilised
    target.switch_on, target.at_least = switch_on, at_least
    target.set_by, target.set_at = actor.id or "", clock.now()
    s.flush()
    codes = {
        "kpi": kpi,
        "early": early,
        "stabilised": stabilised,
        "switch_on": switch_on.isoformat(),
        "at_least": at_least,
    }
    events.emit(s, "target.set", actor, data=codes)
    return target


def everything(s: Session) -> Sequence[KpiTarget]:
    return s.scalars(select(KpiTarget).order_by(KpiTarget.kpi)).all()


def stage(target: KpiTarget, day: date) -> tuple[str, float]:
    """The stage of a day and what it asks for."""
    if day >= target.switch_on:
        return "stabilised", target.stabilised
    return "early", target.early

"""Counselors as the decision reads them: who is ready, who is at work, and who there is at all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select

from crm import clock, presence, queues, reservations
from crm.db import Session
from crm.models import Counselor, CounselorSkill, Presence, Reservation, Rest
from routing.assign import Agent


def ready(s: Session) -> list[Agent]:
    """Who is offered contacts now: ready, and not owed a rest."""
    return _present(s, ("ready",))


def at_work(s: Session) -> list[Agent]:
    """Who takes contacts at present: the ready, those who wrap up, and whoever holds one."""
    rows = s.execute(_AT_WORK).all()
    return _agents(
        s,
        [(c, p.idle_since, p.capacity) if p else (c, c.created_at, presence.CAPACITY)
         for c, p in rows],
    )  # fmt: skip


# Asked for every hand-off and for all who wait: put together once.
_HOLDS = exists().where(Reservation.counselor_id == Counselor.id, Reservation.state == "accepted")
_AT_WORK = (
    select(Counselor, Presence)
    .outerjoin(Presence, Presence.counselor_id == Counselor.id)
    .where(
        Counselor.disabled_at.is_(None),
        Presence.state.in_(("ready", "wrap_up"))
        | (_HOLDS & func.coalesce(Presence.state != "offline", True)),
    )
    .order_by(Counselor.id)
)


def every(s: Session) -> list[Agent]:
    """Everybody who could ever take a contact, wherever they are now."""
    helpers = s.scalars(
        select(Counselor).where(
            Counselor.disabled_at.is_(None), Counselor.role.in_(("counselor", "senior"))
        )
    ).all()
    return _agents(s, [(c, c.created_at, presence.CAPACITY) for c in helpers])


def _present(s: Session, states: Sequence[str]) -> list[Agent]:
    rows = s.execute(
        select(Counselor, Presence)
        .join(Presence, Presence.counselor_id == Counselor.id)
        .where(
            Presence.state.in_(states),
            Counselor.disabled_at.is_(None),
            ~exists().where(Rest.counselor_id == Counselor.id, Rest.ends_at > clock.now()),
        )
    ).all()
    return _agents(s, [(c, p.idle_since, p.capacity) for c, p in rows])


def _agents(s: Session, rows: Sequence[tuple[Counselor, datetime, dict[str, int]]]) -> list[Agent]:
    if not rows:
        return []
    known: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for counselor_id, skill, level in s.execute(
        select(CounselorSkill.counselor_id, CounselorSkill.skill, CounselorSkill.level)
    ):
        known[counselor_id][skill] = level
    loads: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for counselor_id, medium, count in s.execute(
        select(Reservation.counselor_id, Reservation.medium, func.count())
        .where(Reservation.state.in_(reservations.LIVE))
        .group_by(Reservation.counselor_id, Reservation.medium)
    ):
        loads[counselor_id][medium] = count
    return [
        Agent(
            id=c.id,
            queues=frozenset(c.queues),
            idle_since=idle_since.timestamp(),
            languages=frozenset(c.languages),
            skills=known[c.id] | ({queues.SECOND_LINE: 1} if c.role == "senior" else {}),
            capacity=capacity,
            load=loads[c.id],
        )
        for c, idle_since, capacity in rows
    ]

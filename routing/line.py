"""The line: who waits, and who of them is next. There is one order, the one the allocator offers
by; console, chat, telephone and wallboard ask for it here.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from crm import access, clock, queries, queues, reservations, skills, walls
from crm.access import Member
from crm.db import Session
from crm.models import CallBack, Conversation, Place, Reservation
from crm.queries import Talk
from routing import assign
from routing.assign import Look, Plan, Step, Waiting

# An urgent contact whose deadline nobody could put a moment to counts as closing in so long.
URGENT_MEANS = timedelta(hours=6)
SHOWN = 200


def of_queue(s: Session, queue: str, *more: Waiting) -> list[Waiting]:
    """Who waits in a queue, whoever is next in front; with `more` who might join it."""
    return _in_order(s, [*waiting(s, queue, offered=True), *more])


def newcomer(
    queue: str,
    *,
    language: str | None = None,
    urgent: bool = False,
    deadline: datetime | None = None,
) -> Waiting:
    """Somebody who joined a queue now."""
    now = clock.now()
    closes = _deadline(deadline, now, urgent=urgent)
    return Waiting("~", queue, now.timestamp(), language=language, deadline=closes)


def talks(s: Session, member: Member) -> Sequence[Talk]:
    """What waits in the queues a member serves, in the order in which it is served.

    What is to be rung at a chosen time stands in no line before that; it comes last.
    """
    seen = queries.waiting_ids(s, access.conversations_seen_by(member))
    known = set(seen)
    there = [w.id for w in _in_order(s, waiting(s, offered=True)) if w.id in known]
    standing = set(there)
    later = [each for each in seen if each not in standing]
    return queries.talks(s, [*there, *later][:SHOWN])


def plans(s: Session) -> dict[str, Plan]:
    """How each queue is served."""
    return {name: as_plan(plan) for name, plan in queues.plans(s).items()}


def _in_order(s: Session, there: Sequence[Waiting]) -> list[Waiting]:
    return assign.in_order(Look(there, [], plans(s)), clock.now().timestamp())


# --- rows as the decision reads them ---------------------------------------------------------

# Asked for every hand-off, every caller who waits and every round: put together once.
_WAITING = (
    select(
        Conversation.id,
        Conversation.queue,
        Conversation.channel,
        Conversation.language,
        Conversation.urgent,
        Conversation.waiting_since,
        Conversation.created_at,
        Place.skills,
        Place.preferred_id,
        Place.priority,
        Place.deadline_at,
    )
    .outerjoin(Place, Place.conversation_id == Conversation.id)
    .where(Conversation.status == "waiting", Conversation.owner_kind == "queue")
)
_OFFERED = select(Reservation.conversation_id).where(Reservation.state == "offered")
_RUNG = select(CallBack.conversation_id).where(
    CallBack.state == "due", CallBack.number.is_not(None)
)


def waiting(s: Session, queue: str | None = None, *, offered: bool = False) -> list[Waiting]:
    """Everybody in a queue, or in all; with `offered` also those to whom an offer is out."""
    query = _WAITING if offered else _WAITING.where(Conversation.id.not_in(_OFFERED))
    if queue:
        query = query.where(Conversation.queue == queue)
    known, resting = {*skills.names(s), queues.SECOND_LINE}, _resting(s)
    rung = set(s.scalars(_RUNG))
    rows = s.execute(query).all()
    kept_out = walls.kept_out(s, *(row.id for row in rows))
    found = []
    for row in rows:
        since = row.waiting_since or row.created_at
        found.append(
            Waiting(
                id=row.id,
                queue=row.queue,
                since=since.timestamp(),
                medium="call" if row.id in rung else reservations.medium(row.channel),
                language=row.language,
                # A skill that was taken away since is no longer asked for.
                skills=tuple(
                    (name, level)
                    for name, level in sorted((row.skills or {}).items())
                    if name in known
                ),
                priority=row.priority or "normal",
                deadline=_deadline(row.deadline_at, since, urgent=row.urgent),
                preferred=row.preferred_id,
                resting=frozenset(resting.get(row.id, ())),
                barred=kept_out.get(row.id, frozenset()),
            )
        )
    return found


def as_plan(plan: queues.Plan) -> Plan:
    return Plan(
        offers=plan.mode != "pick",
        boost=plan.boost,
        preferred_seconds=plan.preferred_seconds,
        relax=tuple(
            Step(x.after, x.lower, frozenset(x.drop), x.queues, x.any_language) for x in plan.relax
        ),
    )


def _resting(s: Session) -> dict[str, set[str]]:
    """Who refused or missed which conversation a moment ago."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    rows = s.execute(
        select(Reservation.conversation_id, Reservation.counselor_id).where(
            Reservation.state.in_(("rejected", "expired")),
            Reservation.decided_at > clock.now() - reservations.REST,
            Reservation.decided_at < clock.now() + clock.JITTER,  # else it was set back since
        )
    )
    for conversation_id, counselor_id in rows:
        found[conversation_id].add(counselor_id)
    return found


def _deadline(at: datetime | None, since: datetime, *, urgent: bool) -> float | None:
    if at is None and urgent:
        at = since + URGENT_MEANS
    return at.astimezone(UTC).timestamp() if at else None

"""Steps against abuse, suspensions and rests: kept so that each can be reviewed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm import access, clock, db, events, merging
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, NotFound
from crm.events import Actor
from crm.models import AbuseStep, Conversation, Event, Rest, Suspension


def steps_taken(s: Session, conversation: Conversation) -> tuple[int, frozenset[str]]:
    """The round that a conversation is in (each taking up again begins one) and its steps."""
    reopened = s.scalar(
        select(func.count())
        .select_from(Event)
        .where(Event.conversation_id == conversation.id, Event.kind == "conversation.reopened")
    )
    present = (reopened or 0) + 1
    rows = s.scalars(
        select(AbuseStep.step).where(
            AbuseStep.conversation_id == conversation.id, AbuseStep.round == present
        )
    )
    return present, frozenset(rows)


def endings(s: Session, contact_id: str, within: timedelta) -> int:
    """How often a person's talks were ended for abuse; a lifted suspension takes one back."""
    since, who = clock.now() - within, merging.ids(s, contact_id)
    ended = s.scalar(
        select(func.count())
        .select_from(AbuseStep)
        .where(AbuseStep.contact_id.in_(who), AbuseStep.step == "end", AbuseStep.at >= since)
    )
    lifted = s.scalar(
        select(func.count())
        .select_from(Suspension)
        .where(
            Suspension.contact_id.in_(who),
            Suspension.state == "lifted",
            Suspension.starts_at >= since,
        )
    )
    return max((ended or 0) - (lifted or 0), 0)


def take_step(
    s: Session,
    conversation: Conversation,
    counselor_id: str,
    *,
    round_: int,
    step: str,
    kind: str,
    rest: timedelta,
) -> AbuseStep:
    """Write a step down, with the rest it brings. Raises Conflict where somebody just took it."""
    taken = AbuseStep(
        conversation_id=conversation.id,
        round=round_,
        contact_id=conversation.contact_id,
        counselor_id=counselor_id,
        step=step,
        kind=kind,
        at=clock.now(),
    )
    try:
        with s.begin_nested():
            s.add(taken)
    except IntegrityError as error:
        raise Conflict("This step was just taken.", step=step) from error
    if rest:
        s.add(
            Rest(
                counselor_id=counselor_id,
                step_id=taken.id,
                starts_at=clock.now(),
                ends_at=clock.now() + rest,
            )
        )
    events.emit(
        s,
        "protection.stepped",
        Actor("counselor", counselor_id),
        conversation=conversation.id,
        data={"step": step, "abuse": kind, "rest_seconds": int(rest.total_seconds())},
    )
    return taken


def suspend(s: Session, actor: Actor, contact_id: str, grade: int, lasts: timedelta) -> Suspension:
    """Do not put a contact through for a while; one that stands already is made longer."""
    db.alone(s, "suspension", contact_id)
    now = clock.now()
    standing = suspension_of(s, contact_id)
    if standing is None:
        standing = Suspension(
            contact_id=contact_id, grade=grade, starts_at=now, ends_at=now + lasts
        )
        s.add(standing)
    else:
        standing.grade, standing.state = max(grade, standing.grade), "active"
        standing.ends_at = max(standing.ends_at, now + lasts)
        standing.reviewed_at = standing.reviewed_by = standing.reason = None
    s.flush()
    _tell(s, "suspension.begun", actor, standing)
    return standing


_ANY = select(Suspension.id).where(Suspension.ended_at.is_(None)).limit(1)


def suspension_of(s: Session, contact_id: str) -> Suspension | None:
    """The suspension that stands for a person now, under whichever of their contacts; one that ran
    out is closed on the way."""
    if s.scalar(_ANY) is None:  # hardly ever: who is who need not be asked then
        return None
    standing = s.scalar(
        select(Suspension)
        .where(Suspension.contact_id.in_(merging.ids(s, contact_id)), Suspension.ended_at.is_(None))
        .order_by(Suspension.ends_at.desc())
        .limit(1)
    )
    if standing and standing.ends_at <= clock.now():
        standing.ended_at = standing.ends_at
        s.flush()
        _tell(s, "suspension.ended", events.SYSTEM, standing)
        return None
    return standing


def review(
    s: Session, member: Member, suspension_id: str, *, lift: bool, reason: str
) -> Suspension:
    """A supervisor looks at it again: upheld, or lifted and then not counted any more."""
    actor = Actor("counselor", member.id)
    standing = s.get(Suspension, suspension_id, with_for_update=True)
    if standing is None or access.is_walled(member, standing.contact_id):
        raise NotFound("There is no such suspension.")
    if standing.ended_at or standing.ends_at <= clock.now():
        raise Conflict("This suspension is over.")
    if standing.reviewed_at:
        raise Conflict("This suspension was reviewed already.", state=standing.state)
    standing.state = "lifted" if lift else "upheld"
    standing.reviewed_by, standing.reviewed_at = actor.id, clock.now()
    standing.reason = reason
    if lift:
        standing.ended_at = clock.now()
    _tell(s, f"suspension.{standing.state}", actor, standing, content=reason)
    return standing


def standing_suspensions(
    s: Session, member: Member, *, all_: bool, limit: int = 200
) -> Sequence[Suspension]:
    """Those that stand now, or the latest of all, but for whom a wall keeps from the member."""
    query = select(Suspension).where(access.behind_no_wall(member, Suspension.contact_id))
    query = query.order_by(Suspension.starts_at.desc(), Suspension.id).limit(limit)
    if not all_:
        query = query.where(Suspension.ended_at.is_(None), Suspension.ends_at > clock.now())
    return s.scalars(query).all()


def resting_until(s: Session, counselor_id: str) -> Rest | None:
    """The rest that a counselor is in, if any."""
    return s.scalar(
        select(Rest)
        .where(Rest.counselor_id == counselor_id, Rest.ends_at > clock.now())
        .order_by(Rest.ends_at.desc())
        .limit(1)
    )


def _tell(
    s: Session, kind: str, actor: Actor, standing: Suspension, content: str | None = None
) -> None:
    codes = {
        "suspension": standing.id,
        "contact": standing.contact_id,
        "grade": standing.grade,
        "until": standing.ends_at.isoformat(),
    }
    events.emit(s, kind, actor, data=codes, content=content)

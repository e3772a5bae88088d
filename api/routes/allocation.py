"""Presence, offers, queues and skills: who gets which contact, and what supervisors do about it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from api.routes.conversations import shown
from api.views import ConversationView
from crm import access, db, presence, queues, reservations, skills
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Counselor, Presence, Reservation
from crm.queues import Plan
from crm.settings import QUEUES
from routing import board
from routing import desk as verbs
from routing.allocator import bring_back

router = APIRouter(prefix="/api/v1", tags=["Allocation"], responses=TOLD)

Reason = Annotated[str, Plain, StringConstraints(max_length=20)]
Note = Annotated[str, Clean, StringConstraints(max_length=2000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
Short = Annotated[str, Plain, StringConstraints(max_length=40)]
Level = Annotated[int, Field(ge=1, le=5)]


class PresenceView(BaseModel):
    counselor: str
    state: Literal["ready", "not_ready", "wrap_up", "offline"]
    reason: str | None
    since: datetime | None
    wrap_until: datetime | None
    misses: int
    capacity: dict[str, int]


class SeatView(PresenceView):
    """`appointment_until` is the end of the visit or remote session that they are at, or leave for
    within ten minutes."""

    name: str
    role: str
    queues: list[str]
    languages: list[str]
    held: dict[str, int]
    offered: int
    appointment_until: datetime | None


class SeatList(BaseModel):
    items: list[SeatView]
    next: str | None = None


class Seen(BaseModel):
    """`holder` is the counselor whom you saw with the talk, or `queue`: 409 where it is another by
    now, so that two who act at once do not undo each other."""

    holder: Named | None = None


class Declared(BaseModel):
    state: Literal["ready", "not_ready", "offline"]
    reason: Reason | None = None


class Capacity(BaseModel):
    call: Annotated[int, Field(ge=0, le=20)] | None = None
    chat: Annotated[int, Field(ge=0, le=20)] | None = None
    mail: Annotated[int, Field(ge=0, le=20)] | None = None


class ReservationView(BaseModel):
    id: str
    conversation: str
    counselor: str
    medium: str
    state: str
    asked_by: str | None
    offered_at: datetime
    expires_at: datetime
    reason: str | None


class ReservationList(BaseModel):
    items: list[ReservationView]
    next: str | None = None


class Refusal(BaseModel):
    reason: Reason = "other"


class StepView(BaseModel):
    after: Seconds
    lower: Annotated[int, Field(ge=0, le=5)] = 0
    drop: list[Short] = []
    queues: list[Short] = []
    any_language: bool = False


class QueueView(BaseModel):
    name: str
    mode: str
    offer_seconds: int
    misses: int
    wrap_seconds: int
    boost: int
    preferred_seconds: int
    relax: list[StepView]
    calendar: str | None
    after_hours: list[str]
    open: bool
    opens_at: datetime | None
    waiting: int
    offered: int
    active: int
    longest_since: datetime | None
    ready: int
    expected_wait: float | None
    unservable: int
    # How many people of the desk could take a contact of it, ready or not, after all relaxation.
    served: int
    # Which state of the rules this is.
    version: str


class QueueList(BaseModel):
    items: list[QueueView]
    next: str | None = None


class QueueChange(BaseModel):
    mode: Literal["open", "pick", "offer"] | None = None
    offer_seconds: Seconds | None = None
    misses: Annotated[int, Field(ge=1, le=20)] | None = None
    wrap_seconds: Seconds | None = None
    boost: Annotated[int, Field(ge=-86_400, le=86_400)] | None = None
    preferred_seconds: Seconds | None = None
    relax: list[StepView] | None = None
    calendar: Short | None = None
    after_hours: list[Short] | None = None
    # The version of the rules that you saw: 409 where it is another by now.
    seen: Annotated[str, StringConstraints(max_length=40)] | None = None


class Needs(BaseModel):
    skills: dict[Short, Level] = {}
    preferred: Named | None = None
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    deadline: datetime | None = None


class NewSkill(BaseModel):
    name: Short


class SkillList(BaseModel):
    items: list[str]
    next: str | None = None


class Levels(BaseModel):
    skills: dict[Short, Level]


class Consulted(BaseModel):
    counselor: Named


class Escalation(BaseModel):
    note: Note | None = None


# --- presence --------------------------------------------------------------------------------


@router.get("/presence")
def list_presence(request: Request, member: AMember) -> SeatList:
    """Who is there: every counselor with state, reason, and what they hold."""
    access.must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        seats = board.seats(s, member)
        return SeatList(items=[_seat(x) for x in seats])


@router.put("/presence")
def declare(request: Request, member: AMember, new: Declared) -> PresenceView:
    """Say how you are. Away gives what you hold back to its queues at once."""
    access.must(member, "presence.declare")
    return _declare(request, member, member.id, new)


@router.post("/presence/beat")
def beat(request: Request, member: AMember) -> PresenceView:
    """Still there. Whoever is silent for 90 seconds counts as away."""
    access.must(member, "presence.declare")
    with db.transaction(desk.of(request).engine) as s:
        presence.beat(s, member.id)
        return _presence(member.id, presence.get(s, member.id))


@router.put("/counselors/{counselor_id}/presence")
def declare_for(
    request: Request, member: AMember, counselor_id: str, new: Declared
) -> PresenceView:
    """Set a counselor's presence for them, as supervisors do."""
    access.must(member, "presence.oversee")
    return _declare(request, member, counselor_id, new)


@router.put("/counselors/{counselor_id}/capacity")
def set_capacity(
    request: Request, member: AMember, counselor_id: str, new: Capacity
) -> PresenceView:
    """How many contacts of each medium at once; what is not named stays."""
    access.must(member, "presence.oversee")
    asked = new.model_dump(exclude_none=True)
    with db.transaction(desk.of(request).engine) as s:
        _helper(s, counselor_id)
        row = presence.set_capacity(s, _actor(member), counselor_id, asked)
        return _presence(counselor_id, row)


# --- offers ----------------------------------------------------------------------------------


@router.get("/reservations")
def list_reservations(request: Request, member: AMember) -> ReservationList:
    """What is offered to you now, and what you hold."""
    access.must(member, "presence.declare")
    with db.reading(desk.of(request).engine) as s:
        rows = reservations.live_of(s, member.id)
        return ReservationList(items=[_reservation(r) for r in rows])


@router.post("/reservations/{reservation_id}/accept")
def accept_offer(request: Request, member: AMember, reservation_id: Named) -> ConversationView:
    """Accept an offer. Again is the same answer; 409 when it ran out or was taken back."""
    access.must(member, "conversation.accept")
    with db.transaction(desk.of(request).engine) as s:
        conversation = verbs.accept_offer(s, member, reservation_id)
        return shown(s, conversation.id)


@router.post("/reservations/{reservation_id}/reject")
def refuse_offer(
    request: Request, member: AMember, reservation_id: Named, why: Refusal
) -> ReservationView:
    """Refuse an offer: it goes to another counselor, its place unchanged."""
    access.must(member, "conversation.accept")
    with db.transaction(desk.of(request).engine) as s:
        return _reservation(verbs.refuse_offer(s, member, reservation_id, why.reason))


# --- what supervisors and colleagues do with a talk -------------------------------------------


@router.post("/conversations/{conversation_id}/consult")
def consult(
    request: Request, member: AMember, conversation_id: str, asked: Consulted
) -> ConversationView:
    """Ask a colleague in: they read and leave notes, and you go on talking."""
    access.must(member, "conversation.transfer")
    with db.transaction(desk.of(request).engine) as s:
        verbs.consult(s, member, conversation_id, asked.counselor)
        return shown(s, conversation_id)


@router.post("/conversations/{conversation_id}/leave")
def leave(request: Request, member: AMember, conversation_id: str) -> ConversationView:
    """No longer consulted, or no longer looking on."""
    access.must(member, "conversation.read")
    with db.transaction(desk.of(request).engine) as s:
        verbs.leave(s, member, conversation_id)
        return shown(s, conversation_id)


@router.post("/conversations/{conversation_id}/watch")
def watch(request: Request, member: AMember, conversation_id: str) -> ConversationView:
    """Look on, and coach by internal notes; the journal says so."""
    access.must(member, "conversation.oversee")
    with db.transaction(desk.of(request).engine) as s:
        verbs.watch(s, member, conversation_id)
        return shown(s, conversation_id)


@router.post("/conversations/{conversation_id}/take")
def take(
    request: Request, member: AMember, conversation_id: str, seen: Seen | None = None
) -> ConversationView:
    """Take a talk over, from a queue or from its counselor."""
    access.must(member, "conversation.oversee")
    with db.transaction(desk.of(request).engine) as s:
        verbs.take(s, member, conversation_id, holder=seen.holder if seen else None)
        return shown(s, conversation_id)


@router.post("/conversations/{conversation_id}/escalate")
def escalate(
    request: Request, member: AMember, conversation_id: str, why: Escalation
) -> ConversationView:
    """To the second line: offered to seniors only, at its old place; its ticket becomes tier 2."""
    access.must(member, "conversation.transfer")
    with db.transaction(desk.of(request).engine) as s:
        verbs.escalate(s, member, conversation_id, note=why.note)
        return shown(s, conversation_id)


@router.put("/conversations/{conversation_id}/needs")
def set_needs(
    request: Request, member: AMember, conversation_id: str, needs: Needs
) -> ConversationView:
    """What a contact needs of its counselor: skills, a preferred one, a priority, a deadline."""
    access.must(member, "conversation.transfer")
    if needs.deadline and needs.deadline.tzinfo is None:
        raise Invalid("deadline needs a time zone.", field="deadline")
    with db.transaction(desk.of(request).engine) as s:
        conversation = verbs.readable(s, member, conversation_id)
        queues.need(
            s,
            conversation,
            actor=_actor(member),
            skills_wanted=needs.skills,
            preferred=needs.preferred,
            priority=needs.priority,
            deadline_at=needs.deadline,
        )
        return shown(s, conversation_id)


# --- queues and skills -----------------------------------------------------------------------


@router.get("/queues")
def list_queues(request: Request, member: AMember) -> QueueList:
    """Every queue with its rules and its state now; helpers see those that they serve."""
    access.must(member, "queue.read")
    here = desk.of(request)
    with db.reading(here.engine) as s:
        found = board.states(s, here.settings, _seen(member))
    return QueueList(items=[_queue(x) for x in found])


@router.patch("/queues/{name}")
def change_queue(request: Request, member: AMember, name: str, change: QueueChange) -> QueueView:
    """Serve a queue otherwise; what is not named stays."""
    access.must(member, "queue.write")
    changes: dict[str, Any] = change.model_dump(exclude_unset=True)
    for field, value in changes.items():
        if value is None and field not in {"calendar", "seen"}:
            raise Invalid(f"{field} cannot be empty.", field=field)
    here, seen = desk.of(request), changes.pop("seen", None)
    with db.transaction(here.engine) as s:
        queues.change(s, _actor(member), name, changes, seen=seen)
        return _queue(board.states(s, here.settings, [name])[0])


@router.get("/skills")
def list_skills(request: Request, member: AMember) -> SkillList:
    access.must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        return SkillList(items=skills.names(s))


@router.post("/skills", status_code=201)
def add_skill(request: Request, member: AMember, new: NewSkill) -> SkillList:
    access.must(member, "queue.write")
    with db.transaction(desk.of(request).engine) as s:
        skills.add(s, _actor(member), new.name)
        return SkillList(items=skills.names(s))


@router.delete("/skills/{name}")
def remove_skill(request: Request, member: AMember, name: Named) -> SkillList:
    """Take a skill away. Contacts that waited for it go on waiting, for anybody else who fits."""
    access.must(member, "queue.write")
    with db.transaction(desk.of(request).engine) as s:
        skills.remove(s, _actor(member), name)
        s.flush()
        return SkillList(items=skills.names(s))


@router.get("/counselors/{counselor_id}/skills")
def get_skills(request: Request, member: AMember, counselor_id: Named) -> Levels:
    access.must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        return Levels(skills=skills.of(s, counselor_id))


@router.put("/counselors/{counselor_id}/skills")
def set_skills(request: Request, member: AMember, counselor_id: Named, new: Levels) -> Levels:
    """All skills of a counselor with their levels, 1 to 5; what is not named is taken away."""
    access.must(member, "queue.write")
    with db.transaction(desk.of(request).engine) as s:
        skills.give(s, _actor(member), counselor_id, new.skills)
        return Levels(skills=skills.of(s, counselor_id))


def _declare(request: Request, member: Member, counselor_id: str, new: Declared) -> PresenceView:
    engine = desk.of(request).engine
    with db.transaction(engine) as s:
        _helper(s, counselor_id)
        row = presence.declare(s, counselor_id, new.state, reason=new.reason, actor=_actor(member))
        told = _presence(counselor_id, row)
    if new.state == "offline":
        bring_back(engine, counselor_id)
    return told


def _helper(s: Session, counselor_id: str) -> None:
    counselor = s.get(Counselor, counselor_id)
    if counselor is None or counselor.role not in access.HELPERS or counselor.disabled_at:
        raise Invalid("There is no such counselor.", field="counselor")


def _seen(member: Member) -> list[str]:
    everything = member.role in access.OVERSEERS
    return [name for name in QUEUES if everything or name in member.queues]


def _presence(counselor_id: str, row: Presence | None) -> PresenceView:
    return PresenceView(
        counselor=counselor_id,
        state=row.state if row else "offline",  # type: ignore[arg-type]  # the table's own constraint
        reason=row.reason if row else None,
        since=row.since if row else None,
        wrap_until=row.wrap_until if row else None,
        misses=row.misses if row else 0,
        capacity=row.capacity if row else presence.CAPACITY,
    )


def _seat(seat: board.Seat) -> SeatView:
    c = seat.counselor
    return SeatView(
        **_presence(c.id, seat.presence).model_dump(),
        name=c.name,
        role=c.role,
        queues=c.queues,
        languages=c.languages,
        held=seat.held,
        offered=seat.offered,
        appointment_until=seat.appointment.ends_at if seat.appointment else None,
    )


def _reservation(row: Reservation) -> ReservationView:
    return ReservationView(
        id=row.id,
        conversation=row.conversation_id,
        counselor=row.counselor_id,
        medium=row.medium,
        state=row.state,
        asked_by=row.asked_by,
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        reason=row.reason,
    )


def _queue(state: board.QueueState) -> QueueView:
    plan: Plan = state.plan
    return QueueView(
        name=plan.name,
        mode=plan.mode,
        offer_seconds=plan.offer_seconds,
        misses=plan.misses,
        wrap_seconds=plan.wrap_seconds,
        boost=plan.boost,
        preferred_seconds=plan.preferred_seconds,
        relax=[
            StepView(
                after=x.after,
                lower=x.lower,
                drop=list(x.drop),
                queues=list(x.queues),
                any_language=x.any_language,
            )
            for x in plan.relax
        ],
        calendar=plan.calendar,
        after_hours=list(plan.after_hours),
        open=state.open,
        opens_at=state.opens_at,
        waiting=state.waiting,
        offered=state.offered,
        active=state.active,
        longest_since=state.longest_since,
        ready=state.ready,
        expected_wait=state.expected_wait,
        unservable=state.unservable,
        served=state.served,
        version=plan.version,
    )


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)

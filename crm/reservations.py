"""Reservations: an offer to one counselor that is accepted, refused, or runs out.

offered → accepted → done, or offered → rejected / expired / rescinded. Two partial unique indexes
allow one live offer and one holder for a conversation, a third one conversation in a slot: who
comes second learns it from the database.

Rows are locked in one order everywhere: conversation, reservation, presence.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, bindparam, select, true, update

from crm import clock, db, events, presence, walls
from crm.db import Session, new_id
from crm.errors import Conflict, NotFound
from crm.events import SYSTEM, Actor
from crm.models import Attendance, CallBack, Conversation, Presence, Reservation

MEDIA = {"phone": "call", "email": "mail"}
LIVE = ("offered", "accepted")
# After a refusal or a miss, the same offer goes to others first for this long.
REST = timedelta(seconds=60)
# Asked with every request of a member, so they are put together once.
_ATTENDED = select(Attendance.conversation_id).where(Attendance.counselor_id == bindparam("who"))
_OFFERED = select(Reservation.conversation_id).where(
    Reservation.counselor_id == bindparam("who"), Reservation.state == "offered"
)


def medium(channel: str) -> str:
    """Which of a counselor's capacities a channel takes: call, chat or mail."""
    return MEDIA.get(channel, "chat")


def medium_of(s: Session, conversation: Conversation) -> str:
    """A conversation that is to be rung back is a call, wherever it began."""
    ring = s.scalar(
        select(CallBack.id).where(
            CallBack.conversation_id == conversation.id,
            CallBack.state == "due",
            CallBack.number.is_not(None),
        )
    )
    return "call" if ring else medium(conversation.channel)


def offer(
    s: Session, conversation_id: str, counselor_id: str, seconds: int, *, queue: str | None = None
) -> Reservation | None:
    """Offer a waiting conversation to a ready counselor; None when somebody else was first, or it
    does not wait in `queue` any more.

    The caller's transaction does nothing else: on None it may be rolled back or go on.
    """
    conversation = s.scalar(
        select(Conversation)
        .where(
            Conversation.id == conversation_id,
            Conversation.owner_kind == "queue",
            Conversation.status == "waiting",
            true() if queue is None else Conversation.queue == queue,
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if conversation is None or _is_walled(s, conversation_id, counselor_id):
        return None
    made = _insert(s, conversation, counselor_id, "offered", seconds)
    if made is None:
        return None
    there = s.get(Presence, counselor_id, with_for_update=True, populate_existing=True)
    if there is None or not _has_room(s, there, made):
        s.delete(made)
        s.flush()
        return None
    there.idle_since = clock.now()
    _tell(s, "reservation.offered", SYSTEM, made)
    return made


def offer_warm(
    s: Session, conversation: Conversation, *, actor: Actor, counselor_id: str, seconds: int
) -> Reservation:
    """The holder asks a colleague to take over, and goes on until the colleague accepts."""
    if conversation.owner_kind != "counselor" or conversation.status != "active":
        raise Conflict("This conversation cannot be passed on.", status=conversation.status)
    if conversation.owner_id == counselor_id:
        raise Conflict("This counselor has the conversation already.")
    walls.must_not_stand(s, conversation, counselor_id)
    made = _insert(s, conversation, counselor_id, "offered", seconds)
    if made is None:
        raise Conflict("Somebody is being asked already.")
    made.asked_by = conversation.owner_id
    _tell(s, "reservation.offered", actor, made)
    return made


def _is_walled(s: Session, conversation_id: str, counselor_id: str) -> bool:
    return counselor_id in walls.kept_out(s, conversation_id).get(conversation_id, ())


def get(s: Session, reservation_id: str) -> Reservation:
    found = s.get(Reservation, reservation_id)
    if found is None:
        raise NotFound("There is no such reservation.")
    return found


def live_of(s: Session, counselor_id: str) -> Sequence[Reservation]:
    """What a counselor is offered or holds, the oldest first."""
    return s.scalars(
        select(Reservation)
        .where(Reservation.counselor_id == counselor_id, Reservation.state.in_(LIVE))
        .order_by(Reservation.offered_at)
    ).all()


def offered(s: Session, conversation_id: str) -> Reservation | None:
    """The live offer of a conversation, if there is one."""
    return s.scalar(
        select(Reservation).where(
            Reservation.conversation_id == conversation_id, Reservation.state == "offered"
        )
    )


def grants(s: Session, counselor_id: str) -> tuple[frozenset[str], frozenset[str]]:
    """Conversations a counselor was asked into, and those offered to them now."""
    who = {"who": counselor_id}
    return frozenset(s.scalars(_ATTENDED, who)), frozenset(s.scalars(_OFFERED, who))


def asked_into(s: Session, conversation_id: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """Counselors who attend a conversation, and those to whom it is offered now."""
    attending = select(Attendance.counselor_id).where(Attendance.conversation_id == conversation_id)
    asked = select(Reservation.counselor_id).where(
        Reservation.conversation_id == conversation_id, Reservation.state == "offered"
    )
    return frozenset(s.scalars(attending)), frozenset(s.scalars(asked))


def attend(
    s: Session, conversation: Conversation, *, actor: Actor, counselor_id: str, kind: str
) -> None:
    """Bring somebody into a conversation without giving it to them: `consult` or `watch`."""
    if conversation.owner_kind != "counselor":
        raise Conflict("Nobody holds this conversation.", status=conversation.status)
    walls.must_not_stand(s, conversation, counselor_id)
    if db.insert_new(
        s,
        Attendance,
        conversation_id=conversation.id,
        counselor_id=counselor_id,
        kind=kind,
        since=clock.now(),
    ):
        codes = {"counselor": counselor_id, "as": kind}
        events.emit(s, "conversation.attended", actor, conversation=conversation.id, data=codes)


def leave(s: Session, conversation: Conversation, *, actor: Actor, counselor_id: str) -> None:
    found = s.get(Attendance, (conversation.id, counselor_id))
    if found:
        s.delete(found)
        codes = {"counselor": counselor_id, "as": found.kind}
        events.emit(s, "conversation.left", actor, conversation=conversation.id, data=codes)


def hold(s: Session, conversation: Conversation, counselor_id: str, *, own: bool) -> Reservation:
    """The conversation is the counselor's, by an offer, by picking it (`own` acts) or by transfer:
    it fills a slot of theirs.

    An offer to anybody else is taken back, and an earlier holder's slot is free.
    """
    walls.must_not_stand(s, conversation, counselor_id)
    release(s, conversation.id)
    mine = _decide(s, "accepted", None, conversation=conversation.id, counselor=counselor_id)
    if mine is None:
        rescind(s, conversation.id, "picked")
        mine = _insert(s, conversation, counselor_id, "accepted", 0)
    if mine is None:
        raise Conflict("Someone else has taken this conversation.")
    presence.took(s, counselor_id, own=own)
    return mine


def release(s: Session, conversation_id: str) -> str | None:
    """The holder's slot is free again; returns who it was."""
    done = _decide(s, "done", None, conversation=conversation_id, was="accepted")
    return done.counselor_id if done else None


def rescind(s: Session, conversation_id: str, reason: str) -> None:
    """Take back the live offer of a conversation, if there is one."""
    taken = _decide(s, "rescinded", reason, conversation=conversation_id)
    if taken:
        _tell(s, "reservation.rescinded", SYSTEM, taken)


def reject(s: Session, reservation_id: str, counselor_id: str, reason: str | None) -> Reservation:
    """Refuse an offer: it goes to another. Refused again is the same answer."""
    found = get(s, reservation_id)
    if found.counselor_id != counselor_id:
        raise NotFound("There is no such reservation.")
    done = _decide(s, "rejected", reason, reservation=reservation_id)
    if done:
        _tell(s, "reservation.rejected", Actor("counselor", counselor_id), done)
        return done
    s.refresh(found)
    if found.state != "rejected":
        raise Conflict("This offer is over.", state=found.state)
    return found


def run_out(s: Session) -> Sequence[str]:
    """Ids of offers that nobody answered in time, or whose counselor cannot answer any more; also
    of those made after this moment, for the clock was set back and their end is far."""
    return s.scalars(
        select(Reservation.id)
        .outerjoin(Presence, Presence.counselor_id == Reservation.counselor_id)
        .where(
            Reservation.state == "offered",
            (Reservation.expires_at <= clock.now())
            | (Reservation.offered_at > clock.now() + clock.JITTER)
            | (Reservation.asked_by.is_(None) & (Presence.state.in_(("not_ready", "offline")))),
        )
        .order_by(Reservation.expires_at)
        .limit(500)
    ).all()


def offers(s: Session) -> Sequence[str]:
    """Ids of the live offers that the desk made by itself."""
    made = and_(Reservation.state == "offered", Reservation.asked_by.is_(None))
    return s.scalars(select(Reservation.id).where(made)).all()


def take_back(s: Session, reservation_id: str, reason: str) -> None:
    """End a live offer through no fault of anybody's; the contact stands where it stood."""
    conversation = select(Reservation.conversation_id).where(Reservation.id == reservation_id)
    s.execute(select(Conversation.id).where(Conversation.id.in_(conversation)).with_for_update())
    done = _decide(s, "rescinded", reason, reservation=reservation_id)
    if done:
        _tell(s, "reservation.rescinded", SYSTEM, done)


def close_offer(s: Session, reservation_id: str, misses: int) -> None:
    """End an offer that ran out; the contact stands where it stood, the miss is counted."""
    found = get(s, reservation_id)
    if found.expires_at <= clock.now():
        done = _decide(s, "expired", None, reservation=reservation_id)
        if done:
            _tell(s, "reservation.expired", SYSTEM, done)
            presence.missed(s, done.counselor_id, misses)
        return
    why = "clock" if found.offered_at > clock.now() + clock.JITTER else "away"
    take_back(s, reservation_id, why)


def left_over(s: Session) -> Sequence[str]:
    """Conversations that are over or with the bot, though a slot or an offer is still theirs."""
    return s.scalars(
        select(Reservation.conversation_id)
        .join(Conversation, Conversation.id == Reservation.conversation_id)
        .where(Reservation.state.in_(LIVE), Conversation.owner_kind == "bot")
        .distinct()
    ).all()


def clear(s: Session, conversation_id: str) -> None:
    """Free what is left over of a conversation that ended."""
    conversation = s.get_one(Conversation, conversation_id, with_for_update=True)
    if conversation.owner_kind == "bot":
        rescind(s, conversation_id, "ended")
        release(s, conversation_id)


def _decide(
    s: Session,
    state: str,
    reason: str | None,
    *,
    conversation: str | None = None,
    counselor: str | None = None,
    reservation: str | None = None,
    was: str = "offered",
) -> Reservation | None:
    """Compare-and-swap one live reservation into `state`; None when there is none."""
    wanted = [Reservation.state == was]
    if conversation:
        wanted.append(Reservation.conversation_id == conversation)
    if counselor:
        wanted.append(Reservation.counselor_id == counselor)
    if reservation:
        wanted.append(Reservation.id == reservation)
    found: str | None = s.scalar(
        update(Reservation)
        .where(*wanted)
        .values(state=state, reason=reason, decided_at=clock.now())
        .returning(Reservation.id)
        .execution_options(synchronize_session=False)
    )
    return s.get(Reservation, found, populate_existing=True) if found else None


def _insert(
    s: Session, conversation: Conversation, counselor_id: str, state: str, seconds: int
) -> Reservation | None:
    """A reservation in the counselor's lowest free slot; None when an index says no."""
    now = clock.now()
    kind = medium_of(s, conversation)
    for _ in range(3):  # two at once may choose the same slot; the loser chooses again
        made = new_id()
        if db.insert_new(
            s,
            Reservation,
            id=made,
            conversation_id=conversation.id,
            counselor_id=counselor_id,
            medium=kind,
            slot=_free_slot(s, counselor_id, kind),
            state=state,
            offered_at=now,
            expires_at=now + timedelta(seconds=seconds),
            decided_at=now if state == "accepted" else None,
        ):
            return s.get_one(Reservation, made)
        if _taken(s, conversation.id, state):
            return None
    return None


def _has_room(s: Session, there: Presence, made: Reservation) -> bool:
    """Whether the counselor is ready for it. A call is exclusive: nothing beside it."""
    if there.state != "ready" or made.slot > there.capacity[made.medium]:
        return False
    others = s.scalars(
        select(Reservation.medium).where(
            Reservation.counselor_id == there.counselor_id,
            Reservation.state.in_(LIVE),
            Reservation.id != made.id,
        )
    ).all()
    return not others or (made.medium != "call" and "call" not in others)


def _taken(s: Session, conversation_id: str, state: str) -> bool:
    return s.scalar(
        select(Reservation.id).where(
            Reservation.conversation_id == conversation_id, Reservation.state == state
        )
    ) is not None  # fmt: skip


def _free_slot(s: Session, counselor_id: str, kind: str) -> int:
    taken = set(
        s.scalars(
            select(Reservation.slot).where(
                Reservation.counselor_id == counselor_id,
                Reservation.medium == kind,
                Reservation.state.in_(LIVE),
            )
        )
    )
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


def _tell(s: Session, kind: str, actor: Actor, row: Reservation) -> None:
    codes = {
        "reservation": row.id,
        "counselor": row.counselor_id,
        "medium": row.medium,
        "expires_at": row.expires_at.isoformat(),
    }
    if row.reason:
        codes["reason"] = row.reason
    if row.asked_by:
        codes["asked_by"] = row.asked_by
    events.emit(s, kind, actor, conversation=row.conversation_id, data=codes)

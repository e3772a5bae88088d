"""Scorecards and evaluations, coaching notes, and the talks drawn for a look."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from crm import access, clock, db, events
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.events import Actor
from crm.models import CoachingNote, Conversation, Counselor, Evaluation, Event, Scorecard


def write_scorecard(
    s: Session, actor: Actor, name: str, items: Sequence[Mapping[str, Any]]
) -> Scorecard:
    """A scorecard, or the next version of the one with this name."""
    codes = [item["code"] for item in items]
    if len(set(codes)) != len(codes):
        raise Invalid("Each item has a code of its own.", field="items")
    db.alone(s, "scorecard", name)
    latest = s.scalar(select(func.max(Scorecard.version)).where(Scorecard.name == name))
    card = Scorecard(
        name=name,
        version=(latest or 0) + 1,
        items=[dict(item) for item in items],
        created_by=actor.id or "",
        created_at=clock.now(),
    )
    s.add(card)
    s.flush()
    codes_told = {"scorecard": card.id, "version": card.version, "items": len(items)}
    events.emit(s, "scorecard.written", actor, data=codes_told)
    return card


def scorecard(s: Session, scorecard_id: str) -> Scorecard:
    card = s.get(Scorecard, scorecard_id)
    if card is None:
        raise NotFound("There is no such scorecard.")
    return card


def evaluate(
    s: Session,
    actor: Actor,
    card: Scorecard,
    conversation: Conversation,
    *,
    answers: Mapping[str, int | None],
    score: float,
    areas: Mapping[str, float],
    fatal: bool,
    calibration: bool,
    note: str | None,
) -> Evaluation:
    """Keep a judgement. Nobody judges their own talk, and nobody the same talk twice."""
    counselor = counselor_of(s, conversation)
    if counselor == actor.id:
        raise Forbidden("Nobody judges their own talk.")
    db.alone(s, "evaluation", conversation.id, actor.id or "")
    again = select(Evaluation.id).where(
        Evaluation.scorecard_id == card.id,
        Evaluation.conversation_id == conversation.id,
        Evaluation.evaluator_id == actor.id,
    )
    if s.scalar(again):
        raise Conflict("You have judged this talk already.")
    made = Evaluation(
        scorecard_id=card.id,
        conversation_id=conversation.id,
        counselor_id=counselor,
        evaluator_id=actor.id or "",
        answers=dict(answers),
        score=score,
        areas=dict(areas),
        fatal=fatal,
        calibration=calibration,
        note=note,
        created_at=clock.now(),
    )
    s.add(made)
    s.flush()
    codes = {
        "evaluation": made.id,
        "scorecard": card.id,
        "counselor": counselor,
        "score": round(score, 2),
        "fatal": fatal,
        "calibration": calibration,
    }
    events.emit(s, "evaluation.made", actor, conversation=conversation.id, data=codes, content=note)
    return made


def acknowledge(s: Session, member: Member, evaluation_id: str) -> Evaluation:
    """The counselor has seen how a talk of theirs was judged."""
    actor = Actor("counselor", member.id)
    made = s.get(Evaluation, evaluation_id, with_for_update=True)
    theirs = made is not None and made.counselor_id == member.id and not made.calibration
    if made is None or not theirs or access.is_walled(member, made.conversation_id):
        raise NotFound("There is no such evaluation.")
    if made.acknowledged_at is None:
        made.acknowledged_at = clock.now()
        events.emit(s, "evaluation.acknowledged", actor, data={"evaluation": made.id})
    return made


def evaluations(
    s: Session, member: Member, *, counselor_id: str | None, limit: int = 200
) -> Sequence[Evaluation]:
    """What was judged, without calibrations, the latest first; of talks in the member's sight."""
    seen = access.behind_no_wall(member, Evaluation.conversation_id)
    query = select(Evaluation).where(Evaluation.calibration.is_(False), seen)
    if counselor_id:
        query = query.where(Evaluation.counselor_id == counselor_id)
    return s.scalars(query.order_by(Evaluation.created_at.desc()).limit(limit)).all()


def judged(s: Session, member: Member, conversation_id: str) -> Sequence[Evaluation]:
    """Everybody's judgement of one talk; nothing of one that a wall keeps from the member."""
    seen = access.behind_no_wall(member, Evaluation.conversation_id)
    return s.scalars(
        select(Evaluation)
        .where(Evaluation.conversation_id == conversation_id, seen)
        .order_by(Evaluation.created_at)
    ).all()


def sample(
    s: Session, member: Member, *, since: datetime, until: datetime, each: int, seed: str
) -> list[tuple[str, str]]:
    """Talks to judge, `each` of every counselor, as (conversation, counselor).

    Drawn by a digest of seed and talk: anybody who knows the seed draws the same, and nobody can
    choose. What was judged already is left out, and what a wall keeps from the member.
    """
    closed = select(Event).where(
        Event.kind == "conversation.wrapped", Event.at >= since, Event.at < until
    )
    done = set(
        s.scalars(select(Evaluation.conversation_id).where(Evaluation.calibration.is_(False)))
    )
    found: dict[str, dict[str, bytes]] = {}
    for event in s.scalars(closed):
        counselor, talk = event.data.get("counselor"), event.conversation_id
        if counselor and talk and talk not in done and not access.is_walled(member, talk):
            lot = hashlib.sha256(f"{seed}\0{talk}".encode()).digest()
            found.setdefault(counselor, {})[talk] = lot
    return [
        (talk, counselor)
        for counselor, talks in sorted(found.items())
        for talk in sorted(talks, key=lambda t: talks[t])[:each]
    ]


def coach(
    s: Session, actor: Actor, counselor_id: str, text: str, evaluation_id: str | None
) -> CoachingNote:
    if s.get(Counselor, counselor_id) is None:
        raise Invalid("There is no such counselor.", field="counselor")
    if evaluation_id:
        about = s.get(Evaluation, evaluation_id)
        if about is None or about.counselor_id != counselor_id:
            raise Invalid("This evaluation is not theirs.", field="evaluation")
    note = CoachingNote(
        counselor_id=counselor_id,
        author_id=actor.id or "",
        evaluation_id=evaluation_id,
        text=text,
        created_at=clock.now(),
    )
    s.add(note)
    s.flush()
    codes = {"note": note.id, "counselor": counselor_id}
    events.emit(s, "coaching.noted", actor, data=codes, content=text)
    return note


def coaching_notes(s: Session, member: Member, counselor_id: str) -> Sequence[CoachingNote]:
    """The latest notes for a counselor, without those on talks out of the member's sight."""
    seen = access.behind_no_wall(member, Evaluation.conversation_id)
    return s.scalars(
        select(CoachingNote)
        .outerjoin(Evaluation, Evaluation.id == CoachingNote.evaluation_id)
        .where(CoachingNote.counselor_id == counselor_id, seen)
        .order_by(CoachingNote.created_at.desc())
        .limit(100)
    ).all()


def read_note(s: Session, actor: Actor, note_id: str) -> CoachingNote:
    note = s.get(CoachingNote, note_id, with_for_update=True)
    if note is None or note.counselor_id != actor.id:
        raise NotFound("There is no such note.")
    if note.read_at is None:
        note.read_at = clock.now()
        events.emit(s, "coaching.read", actor, data={"note": note.id})
    return note


def counselor_of(s: Session, conversation: Conversation) -> str:
    """Who wrapped a talk up last; raises Conflict where nobody has yet."""
    wrapped = s.scalar(
        select(Event)
        .where(Event.conversation_id == conversation.id, Event.kind == "conversation.wrapped")
        .order_by(Event.id.desc())
        .limit(1)
    )
    counselor = wrapped.data.get("counselor") if wrapped else None
    if not counselor:
        raise Conflict("No counselor has ended this talk yet.")
    return str(counselor)

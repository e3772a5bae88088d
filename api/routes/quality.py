"""Quality: scorecards, evaluations, samples, calibration and coaching."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints
from sqlalchemy import select

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from crm import access, db, quality, training
from crm.access import Member
from crm.errors import Forbidden, Invalid, NotFound
from crm.events import Actor
from crm.models import CoachingNote, Conversation, Evaluation, Scorecard
from routing.workforce import scoring

router = APIRouter(prefix="/api/v1/quality", tags=["Quality"], responses=TOLD)

MOST_DAYS = 92
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Plain, StringConstraints(min_length=1, max_length=300)]
Note = Annotated[str, Clean, StringConstraints(min_length=1, max_length=4000)]


class Item(BaseModel):
    """One question. `area` groups items; a failed fatal item (answer 0) makes the score 0."""

    code: Code
    area: Code
    weight: int = Field(1, ge=1, le=100)
    fatal: bool = False
    words: dict[Literal["en", "es", "ko"], Words] = Field(min_length=1)


class NewScorecard(BaseModel):
    name: Annotated[str, Plain, StringConstraints(min_length=1, max_length=100)]
    items: list[Item] = Field(min_length=1, max_length=200)


class ScorecardView(BaseModel):
    id: str
    name: str
    version: int
    items: list[dict[str, Any]]
    created_at: datetime


class ScorecardList(BaseModel):
    items: list[ScorecardView]
    next: str | None = None


class NewEvaluation(BaseModel):
    """`answers`: item code to 0..4, or null where it did not apply."""

    scorecard: Named
    conversation: Named
    answers: dict[Code, Annotated[int, Field(ge=0, le=4)] | None] = Field(max_length=200)
    note: Note | None = None
    calibration: bool = False


class EvaluationView(BaseModel):
    """Scores from 0 to 100; `courses` are those that it assigned."""

    id: str
    scorecard: str
    conversation: str
    counselor: str
    evaluator: str
    answers: dict[str, int | None]
    score: float
    areas: dict[str, float]
    fatal: bool
    calibration: bool
    note: str | None
    created_at: datetime
    acknowledged_at: datetime | None
    courses: list[str] = []


class EvaluationList(BaseModel):
    items: list[EvaluationView]
    next: str | None = None


class Drawn(BaseModel):
    conversation: str
    counselor: str


class Sample(BaseModel):
    seed: str
    items: list[Drawn]
    next: str | None = None


class Calibration(BaseModel):
    """`agreement` is the share of pairs of answers at most one step apart."""

    conversation: str
    evaluators: int
    agreement: float | None
    spread: dict[str, int | None]
    scores: dict[str, float]


class NewNote(BaseModel):
    counselor: Named
    text: Note
    evaluation: Named | None = None


class NoteView(BaseModel):
    id: str
    counselor: str
    author: str
    evaluation: str | None
    text: str
    created_at: datetime
    read_at: datetime | None


class NoteList(BaseModel):
    items: list[NoteView]
    next: str | None = None


@router.get("/scorecards")
def list_scorecards(request: Request, member: AMember) -> ScorecardList:
    """Every version of every scorecard, the newest first; open to all who are judged by them."""
    if not (access.may(member, "quality.read") or access.may(member, "quality.own")):
        raise Forbidden("Your role does not allow this.")
    with db.reading(desk.of(request).engine) as s:
        rows = s.scalars(select(Scorecard).order_by(Scorecard.created_at.desc()).limit(200))
        return ScorecardList(items=[_card(c) for c in rows])


@router.post("/scorecards", status_code=201)
def write_scorecard(request: Request, member: AMember, new: NewScorecard) -> ScorecardView:
    """A scorecard, or the next version of the one with this name."""
    access.must(member, "training.write")
    with db.transaction(desk.of(request).engine) as s:
        items = [item.model_dump() for item in new.items]
        return _card(quality.write_scorecard(s, _actor(member), new.name, items))


@router.get("/evaluations")
def list_evaluations(
    request: Request, member: AMember, counselor: Named | None = None
) -> EvaluationList:
    """What was judged; a counselor sees what was judged of them."""
    if not access.may(member, "quality.read"):
        access.must(member, "quality.own")
        counselor = member.id
    with db.reading(desk.of(request).engine) as s:
        found = quality.evaluations(s, member, counselor_id=counselor)
        return EvaluationList(items=[_evaluation(e) for e in found])


@router.post("/evaluations", status_code=201)
def evaluate(request: Request, member: AMember, new: NewEvaluation) -> EvaluationView:
    """Judge a talk that is over. A weak area enrols its counselor in the course for it."""
    access.must(member, "quality.write")
    with db.transaction(desk.of(request).engine) as s:
        card = quality.scorecard(s, new.scorecard)
        talk = s.get(Conversation, new.conversation)
        if (
            talk is None
            or access.is_walled(member, talk.id)
            or not access.may(member, "quality.read")
        ):
            talk = access.must_read(member, talk)
        try:
            scored = scoring.score(card.items, new.answers)
        except scoring.BadAnswers as error:
            raise Invalid(str(error), field="answers") from error
        made = quality.evaluate(
            s,
            _actor(member),
            card,
            talk,
            answers=new.answers,
            score=scored.score,
            areas=scored.areas,
            fatal=scored.fatal,
            calibration=new.calibration,
            note=new.note,
        )
        enrolled = [] if new.calibration else training.assign_weak(s, made, scoring.WEAK)
        return _evaluation(made, [x.course_id for x in enrolled])


@router.post("/evaluations/{evaluation_id}/acknowledge")
def acknowledge(request: Request, member: AMember, evaluation_id: Named) -> EvaluationView:
    """The counselor has seen it."""
    access.must(member, "quality.own")
    with db.transaction(desk.of(request).engine) as s:
        return _evaluation(quality.acknowledge(s, member, evaluation_id))


@router.get("/sample")
def draw_sample(
    request: Request,
    member: AMember,
    *,
    since: Annotated[AwareDatetime, Query(alias="from")],
    until: Annotated[AwareDatetime, Query(alias="to")],
    seed: Annotated[str, Clean, Query(min_length=1, max_length=40)],
    each: Annotated[int, Query(ge=1, le=20)] = 3,
) -> Sample:
    """Talks to judge, `each` of every counselor. The same seed draws the same talks."""
    if not (access.may(member, "quality.read") or access.may(member, "quality.write")):
        raise Forbidden("Your role does not allow this.")
    if not since < until <= since + timedelta(days=MOST_DAYS):
        raise Invalid(f"`from` comes before `to`, at most {MOST_DAYS} days.", field="to")
    with db.reading(desk.of(request).engine) as s:
        drawn = quality.sample(s, member, since=since, until=until, each=each, seed=seed)
    return Sample(seed=seed, items=[Drawn(conversation=c, counselor=who) for c, who in drawn])


@router.get("/calibration/{conversation_id}")
def calibration(request: Request, member: AMember, conversation_id: Named) -> Calibration:
    """How far those who judged one talk with the same scorecard agree."""
    access.must(member, "quality.read")
    with db.reading(desk.of(request).engine) as s:
        found = quality.judged(s, member, conversation_id)
    if not found:
        raise NotFound("Nobody has judged this talk.")
    same = [e for e in found if e.scorecard_id == found[-1].scorecard_id]
    told = scoring.agreement([e.answers for e in same])
    return Calibration(
        conversation=conversation_id,
        evaluators=len(same),
        agreement=told["share"],
        spread=told["spread"],
        scores={e.evaluator_id: e.score for e in same},
    )


@router.get("/notes")
def list_notes(request: Request, member: AMember, counselor: Named | None = None) -> NoteList:
    """Coaching notes: a counselor's own, or for a supervisor those of one counselor."""
    if not access.may(member, "quality.read"):
        access.must(member, "quality.own")
        counselor = member.id
    with db.reading(desk.of(request).engine) as s:
        found = quality.coaching_notes(s, member, counselor or member.id)
        return NoteList(items=[_note(n) for n in found])


@router.post("/notes", status_code=201)
def write_note(request: Request, member: AMember, new: NewNote) -> NoteView:
    """A note for a counselor, on its own or about an evaluation."""
    access.must(member, "quality.write")
    with db.transaction(desk.of(request).engine) as s:
        return _note(quality.coach(s, _actor(member), new.counselor, new.text, new.evaluation))


@router.post("/notes/{note_id}/read")
def read_note(request: Request, member: AMember, note_id: Named) -> NoteView:
    """The counselor has read it."""
    access.must(member, "quality.own")
    with db.transaction(desk.of(request).engine) as s:
        return _note(quality.read_note(s, _actor(member), note_id))


def _card(c: Scorecard) -> ScorecardView:
    return ScorecardView(
        id=c.id, name=c.name, version=c.version, items=c.items, created_at=c.created_at
    )


def _evaluation(e: Evaluation, courses: list[str] | None = None) -> EvaluationView:
    return EvaluationView(
        id=e.id,
        scorecard=e.scorecard_id,
        conversation=e.conversation_id,
        counselor=e.counselor_id,
        evaluator=e.evaluator_id,
        answers=e.answers,
        score=e.score,
        areas=e.areas,
        fatal=e.fatal,
        calibration=e.calibration,
        note=e.note,
        created_at=e.created_at,
        acknowledged_at=e.acknowledged_at,
        courses=courses or [],
    )


def _note(n: CoachingNote) -> NoteView:
    return NoteView(
        id=n.id,
        counselor=n.counselor_id,
        author=n.author_id,
        evaluation=n.evaluation_id,
        text=n.text,
        created_at=n.created_at,
        read_at=n.read_at,
    )


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)

"""Judging talks: some are drawn and judged by a scorecard, and their counselors are coached."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError
from sqlalchemy import select

from api import desk
from api.pages import numbers
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named, one_line
from api.routes import quality as routes
from crm import access, clock, counselors, db
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.models import Conversation, Counselor, Scorecard
from knowledge.port import LANGUAGES
from routing.workforce import scoring

router = APIRouter(prefix="/console/quality", include_in_schema=False)

DAYS = 7
BLANK_ITEMS = 5
SHOWN = 50
Line = Annotated[str, StringConstraints(max_length=320)]
Csrf = Annotated[str, Form(max_length=320)]
Text = Annotated[str, Clean, StringConstraints(max_length=4000)]


class CardForm(BaseModel):
    """A scorecard as it was sent: row n of each list is an item, one without a code is none."""

    name: Line = ""
    code: list[Line] = []
    area: list[Line] = []
    weight: list[Line] = []
    fatal: list[Line] = []
    en: list[Line] = []
    es: list[Line] = []
    ko: list[Line] = []
    csrf: Line = ""

    def card(self) -> dict[str, Any]:
        rows = zip(self.code, self.area, self.weight, self.en, self.es, self.ko, strict=True)
        return {
            "name": self.name,
            "items": [
                {
                    "code": code.strip(),
                    "area": area.strip(),
                    "weight": weight.strip() or 1,
                    "fatal": str(n) in self.fatal,
                    "words": {k: said for k, said in zip(LANGUAGES, words, strict=True) if said},
                }
                for n, (code, area, weight, *words) in enumerate(rows)
                if code.strip()
            ],
        }


class JudgementForm(BaseModel):
    """Answers in the order of `code`: `-` where an item did not apply, empty where it has none."""

    card: Line = ""
    code: list[Line] = []
    answer: list[Line] = []
    note: Text = ""
    calibration: bool = False
    csrf: Line = ""

    def evaluation(self, conversation: str) -> dict[str, Any]:
        pairs = zip(self.code, self.answer, strict=True)
        return {
            "scorecard": self.card,
            "conversation": conversation,
            "answers": {code: None if x == "-" else x for code, x in pairs},
            "note": self.note.strip() or None,
            "calibration": self.calibration,
        }


@router.get("")
def show(
    request: Request, session: ASession, seed: Annotated[Named, Query(max_length=40)] = ""
) -> Response:
    """What was judged, the scorecards, and with a seed the talks that it draws."""
    return _show(request, session, seed=one_line(seed))


@router.post("/scorecards")
def write_card(request: Request, session: ASession, form: Annotated[CardForm, Form()]) -> Response:
    """A scorecard, or the next version of the one with this name."""
    session.check(form.csrf)
    must(session.member, "training.write")
    try:
        new = routes.NewScorecard.model_validate(form.card())
        routes.write_scorecard(request, session.member, new)
    except (ValueError, Invalid):
        return _show(request, session, problem="card", status=422)
    return _back("card")


@router.post("/notes")
def coach(
    request: Request,
    session: ASession,
    counselor: Annotated[Line, Form()] = "",
    text: Annotated[Text, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """Leave a counselor a coaching note."""
    session.check(csrf)
    must(session.member, "quality.write")
    try:
        new = routes.NewNote(counselor=counselor, text=text.strip())
        routes.write_note(request, session.member, new)
    except (ValidationError, Invalid):
        return _show(request, session, problem="note", status=422)
    return _back("note")


@router.get("/talks/{conversation_id}")
def show_talk(
    request: Request,
    session: ASession,
    conversation_id: Named,
    card: Annotated[Named, Query(max_length=40)] = "",
) -> Response:
    """A scorecard to fill in beside a talk, and how far those agree who have judged it."""
    return _talk(request, session, conversation_id, card)


@router.post("/talks/{conversation_id}")
def judge(
    request: Request,
    session: ASession,
    conversation_id: Named,
    form: Annotated[JudgementForm, Form()],
) -> Response:
    session.check(form.csrf)
    must(session.member, "quality.write")
    try:
        new = routes.NewEvaluation.model_validate(form.evaluation(conversation_id))
        routes.evaluate(request, session.member, new)
    except (ValueError, Invalid):
        return _talk(request, session, conversation_id, form.card, form, problem="answers")
    except Conflict:
        return _talk(request, session, conversation_id, form.card, form, problem="again")
    except Forbidden:
        return _talk(request, session, conversation_id, form.card, form, problem="own")
    return _back("judged")


def _back(done: str) -> Response:
    return RedirectResponse(f"/console/quality?done={done}", 303)


def _must_judge_or_read(session: Session) -> None:
    may_read = access.may(session.member, "quality.read")
    must(session.member, "quality.read" if may_read else "quality.write")


def _show(
    request: Request, session: Session, *, seed: str = "", problem: str = "", status: int = 200
) -> Response:
    _must_judge_or_read(session)
    member, now = session.member, clock.now()
    drawn = []
    if seed:
        since = now - timedelta(days=DAYS)
        drawn = routes.draw_sample(request, member, since=since, until=now, seed=seed).items
    reads = access.may(member, "quality.read")
    judged = routes.list_evaluations(request, member).items if reads else []
    with db.reading(desk.of(request).engine) as s:
        people = {c.id: c.name for c in s.scalars(select(Counselor).order_by(Counselor.name))}
        helpers = [(x.id, x.name) for x in counselors.helpers(s)]
        cards = _newest(s)
    return desk_page(
        request,
        session,
        "console/quality.html",
        status,
        seed=seed,
        drawn=drawn,
        reads=reads,
        judged=[(e, numbers.number(e.score, 1, session.language)) for e in judged[:SHOWN]],
        people=people,
        helpers=helpers,
        cards=cards,
        blank=BLANK_ITEMS,
        days=DAYS,
        problem=problem,
        done=request.query_params.get("done", ""),
    )


def _talk(
    request: Request,
    session: Session,
    conversation_id: str,
    card: str,
    kept: JudgementForm | None = None,
    *,
    problem: str = "",
) -> Response:
    _must_judge_or_read(session)
    member = session.member
    with db.reading(desk.of(request).engine) as s:
        talk = s.get(Conversation, conversation_id)
        if not access.may(member, "quality.read") or access.is_walled(member, conversation_id):
            talk = access.must_read(member, talk)
        if talk is None:
            raise NotFound("There is no such conversation.")
        cards = _newest(s)
        chosen = next((c for c in cards if c.id == card), cards[0] if cards else None)
        people = {c.id: c.name for c in s.scalars(select(Counselor))}
    agreed = None
    if access.may(member, "quality.read"):
        try:
            agreed = routes.calibration(request, member, conversation_id)
        except NotFound:
            agreed = None  # nobody has judged it yet
    return desk_page(
        request,
        session,
        "console/quality_talk.html",
        {"": 200, "answers": 422}.get(problem, 409),
        id=conversation_id,
        cards=cards,
        card=chosen,
        answers=dict(zip(kept.code, kept.answer, strict=False)) if kept else {},
        kept=kept or JudgementForm(),
        best=range(scoring.BEST, -1, -1),
        agreed=agreed,
        people=people,
        problem=problem,
    )


def _newest(s: db.Session) -> Sequence[Scorecard]:
    """The newest version of each scorecard."""
    rows = s.scalars(select(Scorecard).order_by(Scorecard.version))
    return sorted({card.name: card for card in rows}.values(), key=lambda card: card.name)

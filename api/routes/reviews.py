"""The way of an article from draft to approved, its history, and what changed between versions."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from api import desk, reviewing, trial
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from api.routes.articles import ArticleView, Comment, Edition, Language, view
from api.trial import Said
from crm import access, db
from knowledge import differences, editing, steps
from knowledge.differences import Line
from knowledge.trial import Change

router = APIRouter(prefix="/api/v1/articles/{article_id}", tags=["Knowledge"], responses=TOLD)

Number = Annotated[int, Query(ge=1, le=2**31 - 1)]


class Decision(BaseModel):
    """`edition` is what was read before deciding: 409 when somebody has saved since."""

    language: Language
    comment: Comment = ""
    edition: Edition | None = None


class Refusal(BaseModel):
    language: Language
    reason: Annotated[str, Clean, StringConstraints(min_length=1, max_length=2000)]
    edition: Edition | None = None


class Rollback(BaseModel):
    language: Language
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class StepView(BaseModel):
    """`by` is the id of who did it; none for the desk itself."""

    kind: str
    at: datetime
    by: str | None
    comment: str
    language: str
    version: int


class StepList(BaseModel):
    items: list[StepView]
    next: str | None = None


class DiffView(BaseModel):
    language: str
    old: int
    new: int
    lines: list[Line]


class Trying(BaseModel):
    language: Language
    question: Annotated[str, Plain, StringConstraints(min_length=1, max_length=500)]


class TriedView(BaseModel):
    """The answer of today, the one with the draft, and which answers around it would change."""

    version: int
    as_of: date
    today: Said
    drafted: Said
    changes: list[Change]


@router.post("/submit")
def submit_article(
    request: Request, member: AMember, article_id: Named, decision: Decision
) -> ArticleView:
    """Put a draft into review."""
    reviewing.submit(
        desk.of(request),
        member,
        article_id,
        decision.language,
        decision.comment,
        decision.edition,
    )
    return _now(request, article_id)


@router.post("/approve")
def approve_article(
    request: Request, member: AMember, article_id: Named, decision: Decision
) -> ArticleView:
    """Approve what is in review; 403 for who wrote it, where four eyes are asked for."""
    reviewing.approve(
        desk.of(request),
        member,
        article_id,
        decision.language,
        decision.comment,
        decision.edition,
    )
    return _now(request, article_id)


@router.post("/send-back")
def send_back_article(
    request: Request, member: AMember, article_id: Named, refusal: Refusal
) -> ArticleView:
    """Give what is in review, or approved, back to its writer."""
    reviewing.send_back(
        desk.of(request), member, article_id, refusal.language, refusal.reason, refusal.edition
    )
    return _now(request, article_id)


@router.post("/rollback", status_code=201)
def roll_back_article(
    request: Request, member: AMember, article_id: Named, rollback: Rollback
) -> ArticleView:
    """A new draft from an older version; 409 while a draft is open."""
    reviewing.roll_back(desk.of(request), member, article_id, rollback.language, rollback.version)
    return _now(request, article_id)


@router.get("/steps")
def list_steps(request: Request, member: AMember, article_id: Named) -> StepList:
    """Who did what with the article, the newest first, at most a hundred."""
    access.must(member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        editing.page(s, article_id)
        found = steps.of_article(s, article_id)
    return StepList(
        items=[
            StepView(
                kind=step.kind,
                at=step.at,
                by=step.actor_id,
                comment=step.comment,
                language=version.language,
                version=version.number,
            )
            for step, version in found
        ]
    )


@router.get("/diff")
def compare_versions(
    request: Request,
    member: AMember,
    article_id: Named,
    language: Language,
    old: Number,
    new: Number,
) -> DiffView:
    """How the text of version `new` came out of that of `old`."""
    access.must(member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        before, after = (
            editing.page(s, article_id, language, number).versions[0].body for number in (old, new)
        )
    return DiffView(language=language, old=old, new=new, lines=differences.between(before, after))


@router.post("/try")
def try_article(request: Request, member: AMember, article_id: Named, trying: Trying) -> TriedView:
    """What the assistant would say with the newest wording in its base; nothing is kept of it."""
    access.must(member, "article.write")
    tried = trial.ask(desk.of(request), article_id, trying.language, trying.question)
    return TriedView(
        version=tried.version.number,
        as_of=tried.as_of,
        today=tried.today,
        drafted=tried.drafted,
        changes=list(tried.changes),
    )


def _now(request: Request, article_id: str) -> ArticleView:
    with db.reading(desk.of(request).engine) as s:
        return view(editing.page(s, article_id))

"""What the base lacks, and which articles want a look."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named
from crm import access, db, gaps
from crm.access import Member
from crm.errors import Invalid
from crm.events import Actor
from crm.gaps import Kind
from knowledge import article_text, editing
from routing import attention
from routing import gaps as mining
from routing.gaps import Cluster

router = APIRouter(prefix="/api/v1/gaps", tags=["Gaps"], responses=TOLD)

Days = Annotated[int, Query(ge=1, le=365)]
DAYS = 90


class MemberName(BaseModel):
    kind: Literal["question", "ticket"]
    id: Named


class ExampleView(BaseModel):
    text: str
    language: str


class GapView(BaseModel):
    """A cluster. `causes` counts abstain, unhelpful and ticket; `examples` are masked."""

    id: str
    count: int
    causes: dict[str, int]
    languages: dict[str, int]
    examples: list[ExampleView]
    topic: str
    first_at: datetime
    last_at: datetime
    members: list[MemberName]


class GapList(BaseModel):
    """The largest clusters first; `left_out` are smaller ones that are not shown."""

    items: list[GapView]
    left_out: int
    next: str | None = None


class Decision(BaseModel):
    """`tie` names an article that answers it; `draft` makes one, of the name given or an own."""

    decision: Literal["dismiss", "tie", "draft"]
    members: Annotated[list[MemberName], Field(min_length=1, max_length=1000)]
    article: Named | None = None


class Decided(BaseModel):
    decided: int
    article: str | None


class WantingView(BaseModel):
    article: str
    language: str
    version: int
    title: str
    owner: str
    reasons: list[str]


class WantingList(BaseModel):
    items: list[WantingView]
    next: str | None = None


@router.get("")
def list_gaps(request: Request, member: AMember, days: Days = DAYS) -> GapList:
    """Questions without an answer, answers that did not help, tickets without an article."""
    access.must(member, "gap.read")
    clusters = found(request, member, days)
    shown = clusters[: mining.SHOWN]
    return GapList(items=[_view(c) for c in shown], left_out=len(clusters) - len(shown))


@router.post("/decide")
def decide(request: Request, member: AMember, new: Decision) -> Decided:
    """Dismiss a cluster, tie it to an article, or make a draft of it; it is no gap after that."""
    access.must(member, "gap.write")
    members: list[tuple[Kind, str]] = [(m.kind, m.id) for m in new.members]
    return settle(request, member, new.decision, members, new.article)


@router.get("/articles")
def list_wanting(request: Request, member: AMember) -> WantingList:
    """Articles past their review, their days or their law, stale translations, never told."""
    access.must(member, "gap.read")
    with db.reading(desk.of(request).engine) as s:
        rows = attention.wanting(s)
    items = [
        WantingView(
            article=row.article,
            language=row.language,
            version=row.version,
            title=row.title,
            owner=row.owner,
            reasons=list(row.reasons),
        )
        for row in rows
    ]
    return WantingList(items=items)


def found(request: Request, member: Member, days: int) -> list[Cluster]:
    here = desk.of(request)
    since = mining.since(days)
    return mining.look(here.engine, here.knowledge.space, since, member.kept_from)


def settle(
    request: Request,
    member: Member,
    decision: str,
    members: list[tuple[Kind, str]],
    article: str | None,
) -> Decided:
    engine, actor = desk.of(request).engine, Actor("counselor", member.id)
    if article and not article_text.SLUG.match(article):
        raise Invalid("An article's id is made of letters, digits and hyphens.", field="article")
    if decision == "draft":
        made = mining.draft(engine, actor, members, article)
        return Decided(decided=len(members), article=made)
    with db.transaction(engine) as s:
        if decision == "tie":
            editing.page(s, article or "")
            return Decided(decided=gaps.decide(s, actor, members, "tied", article), article=article)
        return Decided(decided=gaps.decide(s, actor, members, "dismissed"), article=None)


def _view(c: Cluster) -> GapView:
    return GapView(
        id=c.id,
        count=c.count,
        causes=c.causes,
        languages=c.languages,
        examples=[ExampleView(text=e.text, language=e.language) for e in c.examples],
        topic=c.topic,
        first_at=c.first_at,
        last_at=c.last_at,
        members=[MemberName(kind=kind, id=item) for kind, item in c.members],
    )

"""What became of articles among people: how often told, and whether it helped."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named
from crm import access, citations, db
from crm.errors import Forbidden
from knowledge import editing

router = APIRouter(prefix="/api/v1/articles", tags=["Knowledge"], responses=TOLD)


class ToldView(BaseModel):
    """One version: how often it was told, and what people said. `reasons` counts by reason."""

    language: str
    version: int
    told: int
    helpful: int
    unhelpful: int
    reasons: dict[str, int]


class ToldList(BaseModel):
    items: list[ToldView]
    next: str | None = None


@router.get("/{article_id}/statistics")
def article_statistics(request: Request, member: AMember, article_id: Named) -> ToldList:
    """Every version of the article that was ever told, in whatever talk no wall keeps from you."""
    if not access.may(member, "article.read"):
        raise Forbidden("Your role does not allow this.")
    with db.reading(desk.of(request).engine) as s:
        editing.page(s, article_id)
        found = citations.of_article(s, article_id, behind_walls=member.kept_from)
    items = [
        ToldView(
            language=language,
            version=version,
            told=told.told,
            helpful=told.helpful,
            unhelpful=told.unhelpful,
            reasons=dict(told.reasons),
        )
        for (language, version), told in found.items()
    ]
    return ToldList(items=items)

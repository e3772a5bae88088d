"""Tenders, for everybody."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel

from api import auth, desk, views
from api.errors import TOLD
from api.views import TenderView
from crm import db, queries
from crm.tenders import Wanted

router = APIRouter(prefix="/api/v1/tenders", tags=["Tenders"], responses=TOLD)

Amount = Annotated[float | None, Query(ge=0, le=1e15, allow_inf_nan=False)]


class TenderList(BaseModel):
    items: list[TenderView]
    next: str | None


def _wanted(
    *,
    text: Annotated[str, Query(max_length=200)] = "",
    status: Annotated[str | None, Query(max_length=40)] = None,
    buyer: Annotated[str, Query(max_length=200)] = "",
    category: Annotated[str | None, Query(max_length=20)] = None,
    currency: Annotated[str | None, Query(max_length=3)] = None,
    at_least: Amount = None,
    at_most: Amount = None,
    closes_after: AwareDatetime | None = None,
    closes_before: AwareDatetime | None = None,
) -> Wanted:
    """Words that a tender has all of, in its number, title, text, buyer or place; and filters."""
    return Wanted(
        text=text,
        status=status or None,
        buyer=buyer,
        category=category,
        currency=currency,
        at_least=at_least,
        at_most=at_most,
        closes_after=closes_after,
        closes_before=closes_before,
    )


@router.get("")
def list_tenders(
    request: Request,
    wanted: Annotated[Wanted, Depends(_wanted)],
    cursor: Annotated[str | None, Query(max_length=30)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TenderList:
    """Tenders by words and filters, those that became known last first."""
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    with db.reading(here.engine) as s:
        page = queries.tenders(s, wanted, cursor=cursor, limit=limit)
    return TenderList(items=[views.tender(t) for t in page.rows], next=page.next)

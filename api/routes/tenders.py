"""Tenders, for everybody."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from api import auth, desk, views
from api.views import TenderView
from crm import db, queries

router = APIRouter(prefix="/api/v1/tenders", tags=["Tenders"])


class TenderList(BaseModel):
    items: list[TenderView]
    next: str | None


@router.get("")
def list_tenders(
    request: Request,
    text: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[str | None, Query(max_length=40)] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TenderList:
    """Tenders by words of their title, number or buyer, and by status."""
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    with db.reading(here.engine) as s:
        page = queries.tenders(s, text=text, status=status, cursor=cursor, limit=limit)
    return TenderList(items=[views.tender(t) for t in page.rows], next=page.next)

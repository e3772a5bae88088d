"""Recall as a page: who was told what holds no more, what they would be told, and the receipts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named
from api.routes import recalls as shown
from crm import citations, db, recalls
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from routing import recalling

router = APIRouter(prefix="/console/recall", include_in_schema=False)

Short = Annotated[Named, Query(max_length=80)]
Said = Annotated[str, Clean, StringConstraints(max_length=recalls.LONGEST_REMARK * 4)]


class Opening(BaseModel):
    """The form that tells everybody; the three remarks are given together or not at all."""

    csrf: Annotated[str, StringConstraints(max_length=320)] = ""
    article: Annotated[str, Clean, StringConstraints(max_length=80)] = ""
    reason: Literal["withdrawn", "corrected"] = "corrected"
    en: Said = ""
    es: Said = ""
    ko: Said = ""

    def remark(self) -> dict[str, str]:
        return {"en": self.en, "es": self.es, "ko": self.ko}


@router.get("")
def recall_page(
    request: Request, session: ASession, article: Short = "", recall: Short = ""
) -> Response:
    return _page(request, session, article, recall)


@router.post("")
def open_recall(request: Request, session: ASession, form: Annotated[Opening, Form()]) -> Response:
    """One act: everybody who is listed is told; where that cannot be, the page says why."""
    session.check(form.csrf)
    must(session.member, "recall.write")
    try:
        with db.transaction(desk.of(request).engine) as s:
            plan = recalling.plan(s, form.article)
            row = recalls.open_(
                s,
                Actor("counselor", session.member.id),
                article=form.article,
                versions=plan.versions,
                reason=form.reason,
                remark=form.remark(),
            )
    except (Conflict, Invalid, NotFound) as error:
        problem = "remark" if isinstance(error, Invalid) else "nobody"
        return _page(request, session, form.article, "", problem, form.remark())
    return RedirectResponse(f"/console/recall?recall={row.id}", 303)


def _page(
    request: Request,
    session: Session,
    article: str,
    recall: str,
    problem: str = "",
    remark: dict[str, str] | None = None,
) -> Response:
    must(session.member, "recall.read")
    member = session.member
    with db.reading(desk.of(request).engine) as s:
        preview = None
        if article and problem != "nobody":
            try:
                zone = desk.of(request).settings.hours.zone
                preview = shown.preview(s, member, article, [], zone=zone)
            except NotFound:
                problem = "no_article"
        opened = shown.detail(s, member, recalls.get(s, recall)) if recall else None
        rows = recalls.listed(s)
        past = [shown.summary(row, recalls.receipts(s, row)) for row in rows]
        candidates = recalling.candidates(s)
        taken = citations.of_article(s, article, behind_walls=member.kept_from) if article else {}
    return desk_page(
        request,
        session,
        "console/recall.html",
        422 if problem else 200,
        preview=preview,
        opened=opened,
        past=past,
        candidates=candidates,
        taken=taken,
        article=article,
        problem=problem,
        remark=remark or {},
        longest=recalls.LONGEST_REMARK,
    )

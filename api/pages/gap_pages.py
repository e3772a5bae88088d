"""Gaps as a page: what people ask in vain, made into drafts; and articles that want a look."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean
from api.routes import gaps as shown
from crm import db
from crm.errors import Conflict, Invalid, NotFound
from crm.gaps import Kind
from routing import attention
from routing import gaps as mining

router = APIRouter(prefix="/console/gaps", include_in_schema=False)

SHOWN = 30
Item = Annotated[str, StringConstraints(pattern=r"^(question|ticket):[0-9a-f]{1,24}$")]


class Choice(BaseModel):
    """A button of a cluster; `member` names all that is in it."""

    csrf: Annotated[str, StringConstraints(max_length=320)] = ""
    decision: Literal["dismiss", "tie", "draft"]
    member: list[Item] = []
    article: Annotated[str, Clean, StringConstraints(max_length=80)] = ""

    def members(self) -> list[tuple[Kind, str]]:
        found: list[tuple[Kind, str]] = []
        for said in self.member:
            kind, _, item = said.partition(":")
            found.append(("ticket" if kind == "ticket" else "question", item))
        return found


@router.get("")
def gap_page(request: Request, session: ASession) -> Response:
    return _page(request, session)


@router.post("")
def decide(request: Request, session: ASession, form: Annotated[Choice, Form()]) -> Response:
    """Dismiss, tie or draft; a draft opens where it is written."""
    session.check(form.csrf)
    must(session.member, "gap.write")
    article = form.article.strip() if form.decision == "tie" else None
    try:
        done = shown.settle(request, session.member, form.decision, form.members(), article)
    except (NotFound, Invalid):
        return _page(request, session, "article" if form.decision == "tie" else "gone")
    except Conflict:
        return _page(request, session, "gone")
    if form.decision == "draft":
        return RedirectResponse(f"/console/articles/{done.article}", 303)
    return RedirectResponse(f"/console/gaps?told={form.decision}", 303)


def _page(request: Request, session: Session, problem: str = "") -> Response:
    must(session.member, "gap.read")
    clusters = shown.found(request, session.member, shown.DAYS)
    with db.reading(desk.of(request).engine) as s:
        wanting = attention.wanting(s)
    return desk_page(
        request,
        session,
        "console/gaps.html",
        422 if problem else 200,
        clusters=clusters[:SHOWN],
        left_out=max(0, len(clusters) - SHOWN),
        wanting=wanting,
        days=shown.DAYS,
        unused_days=attention.UNUSED_DAYS,
        problem=problem,
        told=request.query_params.get("told", ""),
        most=mining.EXAMPLES,
    )

"""Rulings: what waits for a decision, and what was decided and can be cited."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from api.routes import rulings as routes
from crm import access, clock, counselors, db, rulings
from crm.errors import Conflict, Invalid
from crm.models import Ticket

router = APIRouter(prefix="/console/rulings", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]
MOST_WAITING = 100


class DecisionForm(BaseModel):
    granted: Line = ""
    reply: Annotated[str, StringConstraints(max_length=10_000)] = ""
    basis: Annotated[str, StringConstraints(max_length=200)] = ""
    csrf: Line = ""


@router.get("")
def show(
    request: Request,
    session: ASession,
    q: Annotated[Named, Query(max_length=200)] = "",
    cursor: Annotated[Named | None, Query(max_length=40)] = None,
) -> Response:
    """What waits for a decision, above what was granted."""
    return _list(request, session, one_line(q), cursor)


@router.post("/{ruling}/decide")
def decide(
    request: Request, session: ASession, ruling: Named, form: Annotated[DecisionForm, Form()]
) -> Response:
    session.check(form.csrf)
    must(session.member, "ruling.decide")
    try:
        decided = routes.Deciding.model_validate(
            {
                "granted": form.granted == "yes",
                "reply": form.reply.strip(),
                "basis": form.basis or None,
            }
        )
        routes.decide(request, session.member, ruling, decided)
    except (ValidationError, Invalid):
        return _list(request, session, problem="incomplete", status=422, kept=(ruling, form))
    except Conflict:
        return _list(request, session, problem="decided", status=409)
    return RedirectResponse("/console/rulings?done=decided", 303)


@router.post("/{ruling}/withdraw")
def withdraw(
    request: Request,
    session: ASession,
    ruling: Named,
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    session.check(csrf)
    try:
        routes.withdraw(request, session.member, ruling)
    except Conflict:
        return _list(request, session, problem="decided", status=409)
    return RedirectResponse("/console/rulings?done=withdrawn", 303)


def _list(
    request: Request,
    session: Session,
    text: str = "",
    cursor: str | None = None,
    *,
    problem: str = "",
    status: int = 200,
    kept: tuple[str, DecisionForm] = ("", DecisionForm()),
) -> Response:
    member = session.member
    must(member, "ruling.read")
    with db.reading(desk.of(request).engine) as s:
        waiting = rulings.listed(s, member, state="asked", limit=MOST_WAITING).rows
        granted = rulings.listed(s, member, state="granted", text=text, cursor=cursor, limit=20)
        found = [
            (
                r,
                s.get_one(Ticket, r.ticket_id),
                access.may_decide(member, r),
                access.may_withdraw(member, r) and access.may(member, "ticket.write"),
            )
            for r in sorted(waiting, key=lambda r: r.due_at)
        ]
        citable = [routes.view(s, member, r) for r in granted.rows]
        names = counselors.names(s)
    return desk_page(
        request,
        session,
        "console/rulings.html",
        status,
        waiting=found,
        granted=citable,
        now=clock.now(),
        next=granted.next,
        text=text,
        names=names,
        problem=problem,
        kept=kept,
        done=request.query_params.get("done", ""),
    )

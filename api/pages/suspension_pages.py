"""Suspensions: who is not put through to people at present, and a second look at each."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named
from api.routes import protection as routes
from crm import clock, counselors, db
from crm.errors import Conflict
from crm.models import Contact

router = APIRouter(prefix="/console/suspensions", include_in_schema=False)

Line = Annotated[str, Form(max_length=320)]


@router.get("")
def show(
    request: Request, session: ASession, state: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Those that stand; with `state=all` also those that are over."""
    return _show(request, session, everything=state == "all")


@router.post("/{suspension_id}/review")
def review(
    request: Request,
    session: ASession,
    suspension_id: Named,
    *,
    decision: Line = "",
    reason: Line = "",
    csrf: Line = "",
) -> Response:
    """Uphold or lift it, once, with a reason."""
    session.check(csrf)
    must(session.member, "suspension.review")
    try:
        looked = routes.Review.model_validate({"lift": decision == "lift", "reason": reason})
        routes.review_suspension(request, session.member, suspension_id, looked)
    except ValidationError:
        return _show(request, session, problem="reason", status=422)
    except Conflict:
        return _show(request, session, problem="over", status=409)
    return RedirectResponse("/console/suspensions?done=reviewed", 303)


def _show(
    request: Request,
    session: Session,
    *,
    everything: bool = False,
    problem: str = "",
    status: int = 200,
) -> Response:
    must(session.member, "suspension.read")
    listed = routes.list_suspensions(
        request, session.member, state="all" if everything else "standing"
    ).items
    with db.reading(desk.of(request).engine) as s:
        names = counselors.names(s)
        people = {x.contact: s.get_one(Contact, x.contact).name for x in listed}
    return desk_page(
        request,
        session,
        "console/suspensions.html",
        status,
        suspensions=listed,
        people=people,
        names=names,
        now=clock.now(),
        everything=everything,
        problem=problem,
        done=request.query_params.get("done", ""),
    )

"""Call-backs: who was promised to be rung, when, and what became of each try."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import desk
from api.pages.desk_page import desk_page
from api.pages.session import ASession, Session
from api.reading import Named
from api.routes import waiting as routes
from crm import calls, clock, db
from crm.errors import Conflict
from crm.models import Contact, Conversation

router = APIRouter(prefix="/console/callbacks", include_in_schema=False)

Line = Annotated[str, Form(max_length=320)]


@router.get("")
def show(
    request: Request,
    session: ASession,
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
) -> Response:
    """Promises in your queues, the soonest first."""
    return _show(request, session, cursor)


@router.post("/{callback_id}/outcome")
def tell(
    request: Request, session: ASession, callback_id: Named, reached: Line = "", csrf: Line = ""
) -> Response:
    """Reached, or not: then it is tried again, and after the last try a ticket stays."""
    session.check(csrf)
    try:
        outcome = routes.Outcome(reached=reached == "yes")
        routes.tell_outcome(request, session.member, callback_id, outcome)
    except Conflict:
        return _show(request, session, problem="over", status=409)
    return RedirectResponse("/console/callbacks?done=told", 303)


def _show(
    request: Request,
    session: Session,
    cursor: str | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    member = session.member
    listed = routes.list_call_backs(request, member, cursor=cursor, limit=50)
    rows = []
    with db.reading(desk.of(request).engine) as s:
        for promise in listed.items:
            talk = s.get_one(Conversation, promise.conversation)
            mine = promise.state == "due" and talk.owner_id == member.id
            # A talk that was a call is rung by itself as soon as it is accepted.
            by_hand = talk.channel != "phone" or calls.of_conversation(s, talk.id) is None
            rows.append((promise, talk, s.get_one(Contact, talk.contact_id), mine, by_hand))
    return desk_page(
        request,
        session,
        "console/callbacks.html",
        status,
        rows=rows,
        next=listed.next,
        now=clock.now(),
        problem=problem,
        done=request.query_params.get("done", ""),
    )

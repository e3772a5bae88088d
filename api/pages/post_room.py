"""The post room's page: what waits for a person, each with what can be done about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Named
from api.routes import post_room
from crm import access, db, inbox, outbox, owed_tenders
from crm.errors import Conflict, NotFound
from crm.models import Message

router = APIRouter(prefix="/console/post", include_in_schema=False)

SHOWN = 100


@router.get("")
def show(request: Request, session: ASession, problem: str = "") -> Response:
    """Held mails and hooks, undelivered messages, and tenders that the core never showed."""
    must(session.member, "post.read")
    with db.reading(desk.of(request).engine) as s:
        held = inbox.quarantined(s, after=None, limit=SHOWN)
        undelivered = outbox.undelivered(s, session.member, after=None, limit=SHOWN)
        owed = owed_tenders.given_up(s, after=None, limit=SHOWN)
        ids = [row.message_id for row in undelivered]
        rows = s.execute(
            select(Message.id, Message.conversation_id).where(Message.id.in_(ids))
        ).all()
        talks = {row.id: row.conversation_id for row in rows}
    return desk_page(
        request,
        session,
        "console/post.html",
        held=held,
        undelivered=undelivered,
        talks=talks,
        owed=owed,
        may_write=access.may(session.member, "post.write"),
        problem="gone" if problem == "gone" else "",
    )


@router.post("")
def settle(
    request: Request,
    session: ASession,
    row: Annotated[Named, Form()],
    do: Annotated[Literal["retry", "discard", "resend", "ask", "let_go"], Form()],
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    """What was chosen; somebody else may have been quicker, and the page then says so."""
    session.check(csrf)
    verbs = {
        "retry": post_room.retry,
        "discard": post_room.discard,
        "resend": post_room.resend,
        "ask": post_room.retry_owed,
        "let_go": post_room.discard_owed,
    }
    try:
        verbs[do](request, session.member, row)
    except (Conflict, NotFound):
        return RedirectResponse("/console/post?problem=gone", 303)
    return RedirectResponse("/console/post", 303)

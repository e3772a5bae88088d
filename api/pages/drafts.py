"""Settling a draft from the console. The answer is empty, so the long-lived page stays as it is."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from api import desk
from api.pages.desk_page import must
from api.pages.session import ASession
from api.reading import Named
from crm import db
from routing import desk as verbs

router = APIRouter(prefix="/console/talks", include_in_schema=False)


@router.post("/{conversation_id}/drafts/{message_id}")
def settle(
    request: Request,
    session: ASession,
    conversation_id: Named,
    message_id: Named,
    decision: Annotated[Literal["accept", "discard"], Form()],
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    """Send the bot's draft as it is, or discard it; the live stream shows what came of it."""
    session.check(csrf)
    must(session.member, "conversation.say")
    with db.transaction(desk.of(request).engine) as s:
        text = verbs.draft_text(s, message_id) if decision == "accept" else None
        verbs.settle_draft(s, session.member, conversation_id, message_id, text=text)
    return Response(status_code=204)

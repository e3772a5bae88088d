"""Receipts: what was done or said, to be kept, shown and checked by anybody."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from api import desk
from api.errors import TOLD
from api.reading import Named
from api.routes.actions import viewer
from crm import access, actions, db, evidence, messages
from crm.access import Guest, Member
from crm.errors import Forbidden, NotFound
from crm.events import Actor
from crm.models import Action, Conversation, Message

router = APIRouter(prefix="/api/v1", tags=["Receipts"], responses=TOLD)

AViewer = Annotated[Guest | Member, Depends(viewer)]


class Shown(BaseModel):
    """A receipt as it was given; everything in it counts, so nothing of it is left out."""

    model_config = ConfigDict(extra="allow")

    format: str
    about: dict[str, Any]
    events: list[dict[str, Any]]
    seal: str


class CheckView(BaseModel):
    """`sealed`: made by this desk and unchanged. `stands`: its events are in the journal.
    `content`: it tells what was digested then; null where it tells none or is not sealed."""

    sealed: bool
    stands: bool
    content: bool | None


@router.get("/actions/{action_id}/receipt")
def action_receipt(request: Request, viewer: AViewer, action_id: Named) -> JSONResponse:
    """The receipt of an act, as a file: of one's own talk, or of one that a member may read. What
    a sealed bid says stands only in its bidder's."""
    with db.transaction(desk.of(request).engine) as s:
        action = s.get(Action, action_id)
        if action is None:
            raise NotFound("There is no such action.")
        _must_read(viewer, s.get(Conversation, action.conversation_id))
        who = Actor("contact", viewer.contact_id) if isinstance(viewer, Guest) else _actor(viewer)
        actions.seen(s, who, action.conversation_id, [action])
        secret = not access.may_read_content(viewer, action)
        return _file(f"action-{action.id}", evidence.of_action(s, action, secret=secret))


@router.get("/messages/{message_id}/receipt")
def message_receipt(request: Request, viewer: AViewer, message_id: Named) -> JSONResponse:
    """The receipt of something said, with the articles it stood on, as a file."""
    with db.reading(desk.of(request).engine) as s:
        message = _message(s, viewer, message_id)
        return _file(f"message-{message.id}", evidence.of_message(s, message))


@router.post("/receipts/check")
def check(request: Request, receipt: Shown) -> CheckView:
    """What this desk can say of a receipt: open to everybody who was shown one."""
    with db.reading(desk.of(request).engine) as s:
        found = evidence.checked(s, receipt.model_dump())
    return CheckView(sealed=found.sealed, stands=found.stands, content=found.content)


def _message(s: db.Session, viewer: Guest | Member, message_id: str) -> Message:
    message = messages.find(s, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    _must_read(viewer, s.get(Conversation, message.conversation_id))
    hidden = isinstance(viewer, Guest) and message.audience != "public"
    sealed = isinstance(viewer, Member) and messages.is_sealed(message)
    if hidden or sealed:
        raise NotFound("There is no such message.")
    return message


def _must_read(viewer: Guest | Member, conversation: Conversation | None) -> None:
    if isinstance(viewer, Member) and not access.may(viewer, "action.read"):
        raise Forbidden("Your role does not allow this.")
    access.must_read(viewer, conversation)


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)


def _file(name: str, receipt: dict[str, Any]) -> JSONResponse:
    headers = {"Content-Disposition": f'attachment; filename="receipt-{name}.json"',
               "Cache-Control": "private, no-store"}  # fmt: skip
    return JSONResponse(receipt, headers=headers)

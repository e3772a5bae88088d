"""Actions of a conversation: what was proposed, done, refused or left in doubt."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from api import auth, desk
from api.errors import TOLD
from api.reading import Named
from crm import access, actions, db
from crm.access import Guest, Member
from crm.errors import Forbidden, NotFound, Unauthorized
from crm.events import Actor
from crm.models import Action
from routing import desk as verbs

router = APIRouter(prefix="/api/v1/actions", tags=["Desk"], responses=TOLD)


class ActionView(BaseModel):
    """`details` is what would be or was done; None while it is a bidder's secret to the viewer."""

    id: str
    kind: str
    state: str
    key: str
    receipt: dict[str, Any] | None
    performed_at: datetime | None
    organisation: str | None
    tender: str | None
    deadline: datetime | None
    reason: str | None
    ticket: str | None
    sealed_until: datetime | None
    details: dict[str, Any] | None
    created_at: datetime


class ActionList(BaseModel):
    items: list[ActionView]
    next: str | None


def viewer(request: Request) -> Guest | Member:
    """Someone signed in, or the guest of a conversation."""
    try:
        return auth.guest(request)
    except Unauthorized:
        return auth.member(request)


@router.get("")
def list_actions(
    request: Request,
    viewer: Annotated[Guest | Member, Depends(viewer)],
    conversation: Annotated[Named, Query(max_length=40)],
    cursor: Annotated[Named | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActionList:
    """The actions of one conversation, the oldest first. Every look is an event."""
    with db.transaction(desk.of(request).engine) as s:
        if isinstance(viewer, Guest):
            if viewer.conversation_id != conversation:
                raise NotFound("There is no such conversation.")
            actor = Actor("contact", viewer.contact_id)
        else:
            if not access.may(viewer, "action.read"):
                raise Forbidden("Your role does not allow this.")
            verbs.readable(s, viewer, conversation, lock=False)
            actor = Actor("counselor", viewer.id)
        every = actions.of_conversation(s, conversation)
        start = next((n for n, one in enumerate(every, 1) if one.id == cursor), 0)
        found, rest = every[start : start + limit], every[start + limit :]
        actions.seen(s, actor, conversation, found)
        following = found[-1].id if rest else None
        return ActionList(items=[shown(viewer, one) for one in found], next=following)


def shown(viewer: Guest | Member, action: Action) -> ActionView:
    secret = not access.may_read_content(viewer, action)
    kept = action.payload.get("action") or {}
    receipt = dict(action.receipt) if action.receipt else None
    if receipt and secret:
        receipt = {name: receipt.get(name) for name in ("number", "at", "state")}
    return ActionView(
        id=action.id,
        kind=action.kind,
        state=action.state,
        key=action.key,
        receipt=receipt,
        performed_at=action.performed_at,
        organisation=action.organisation,
        tender=action.tender_number,
        deadline=action.deadline,
        reason=action.reason,
        ticket=action.ticket_id,
        sealed_until=action.sealed_until,
        details=None if secret else dict(kept.get("values") or {}),
        created_at=action.created_at,
    )

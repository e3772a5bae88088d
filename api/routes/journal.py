"""The journal as a page and as a stream, for people of the desk."""

from typing import Any

from fastapi import APIRouter, Request, WebSocket
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api import auth, desk, live, sockets, views
from api.auth import AMember
from api.errors import TOLD
from api.reading import EventId
from crm import access, db, presence
from crm.access import Member
from crm.errors import Forbidden

router = APIRouter(tags=["Journal"], responses=TOLD)


class Events(BaseModel):
    events: list[dict[str, Any]]
    last: int


@router.get("/api/v1/events")
def get_events(request: Request, member: AMember, after: EventId = 0) -> Events:
    """What happened since, as far as you may see it."""
    if not access.may(member, "event.read"):
        raise Forbidden("Your role does not allow this.")
    page = live.read(desk.of(request).engine, member, after)
    return Events(events=[views.desk_event(seen) for seen in page.shown], last=page.last)


@router.websocket("/live")
async def follow(socket: WebSocket, after: EventId = 0) -> None:
    """The same as a stream, by cookie from our own pages or by `bearer.<token>`."""
    offered = auth.socket_token(socket)

    def standing() -> Member | None:
        if offered:
            return auth.member_by_token(socket, offered[0])
        found = auth.member_by_cookie(socket) if auth.same_origin(socket) else None
        if found:  # the console is open: whoever sits before it is still there
            with db.transaction(desk.of(socket).engine) as s:
                presence.beat(s, found[0].id)
        return found[0] if found else None

    member = await run_in_threadpool(standing)
    if member is None or not access.may(member, "event.read"):
        await sockets.refuse(socket)
        return
    subprotocol = offered[1] if offered else None
    await sockets.stream(socket, member, after, views.desk_event, subprotocol, standing)

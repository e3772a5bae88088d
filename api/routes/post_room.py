"""The post room: what arrived and could not be read, what was sent and did not arrive, and tenders
that the core names and never showed.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import Response as Download
from pydantic import BaseModel
from sqlalchemy import select

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named
from crm import access, db, inbox, outbox, owed_tenders
from crm.db import Session
from crm.errors import NotFound
from crm.events import Actor
from crm.models import Delivery, InboxItem, Message, OwedTender
from routing import hooks

router = APIRouter(prefix="/api/v1", tags=["Post room"], responses=TOLD)

Limit = Annotated[int, Query(ge=1, le=200)]


class HeldItem(BaseModel):
    """Something that arrived and waits for a person. `size` is in bytes."""

    id: str
    channel: str
    account: str
    reason: str | None
    size: int
    received_at: datetime


class HeldItems(BaseModel):
    items: list[HeldItem]
    next: str | None


class Undelivered(BaseModel):
    """A message that did not arrive (`failed`), or of which nobody knows (`unknown`)."""

    id: str
    conversation: str
    message: str
    channel: str
    state: str
    reason: str | None
    attempts: int


class UndeliveredItems(BaseModel):
    items: list[Undelivered]
    next: str | None


class OwedTenderView(BaseModel):
    """A tender that was given up after so many `tries`. `why` is what came instead of it."""

    id: str
    core_id: str
    why: str
    tries: int
    owed_since: datetime
    given_up_at: datetime | None


class OwedTenders(BaseModel):
    items: list[OwedTenderView]
    next: str | None


class Settled(BaseModel):
    id: str
    state: str


@router.get("/inbox")
def held(
    request: Request, member: AMember, cursor: Named | None = None, limit: Limit = 50
) -> HeldItems:
    """What waits in quarantine, in a fixed order."""
    access.must(member, "post.read")
    with db.reading(desk.of(request).engine) as s:
        rows = inbox.quarantined(s, after=cursor, limit=limit + 1)
        return HeldItems(
            items=[_held(item) for item in rows[:limit]],
            next=rows[limit - 1].id if len(rows) > limit else None,
        )


@router.get("/inbox/{item_id}/raw")
def raw(request: Request, member: AMember, item_id: str) -> Response:
    """The bytes as they came, as a download that no browser opens."""
    access.must(member, "post.read")
    with db.reading(desk.of(request).engine) as s:
        item = s.get(InboxItem, item_id)
        if item is None or item.state != "quarantined":
            raise NotFound("There is no such item.")
        return Download(
            item.body,
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="{item.id}.eml"',
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, no-store",
            },
        )


@router.post("/inbox/{item_id}/retry")
def retry(request: Request, member: AMember, item_id: str) -> Settled:
    """Take it in after all; what still cannot be read comes back here."""
    access.must(member, "post.write")
    here = desk.of(request)
    with db.transaction(here.engine) as s:
        inbox.retry(s, item_id, Actor("counselor", member.id))
    hooks.take_in_again(here.engine, here.settings, here.channels, item_id, approved=True)
    with db.reading(here.engine) as s:
        return Settled(id=item_id, state=s.get_one(InboxItem, item_id).state)


@router.post("/inbox/{item_id}/discard")
def discard(request: Request, member: AMember, item_id: str) -> Settled:
    """Make nothing of it. The bytes stay for as long as all raw bytes do."""
    access.must(member, "post.write")
    with db.transaction(desk.of(request).engine) as s:
        inbox.discard(s, item_id, Actor("counselor", member.id))
    return Settled(id=item_id, state="done")


@router.get("/deliveries")
def undelivered(
    request: Request, member: AMember, cursor: Named | None = None, limit: Limit = 50
) -> UndeliveredItems:
    """What did not arrive, or nobody knows, in a fixed order."""
    access.must(member, "post.read")
    with db.reading(desk.of(request).engine) as s:
        rows = outbox.undelivered(s, member, after=cursor, limit=limit + 1)
        return UndeliveredItems(
            items=[_undelivered(s, row) for row in rows[:limit]],
            next=rows[limit - 1].id if len(rows) > limit else None,
        )


@router.post("/deliveries/{delivery_id}/resend")
def resend(request: Request, member: AMember, delivery_id: str) -> Settled:
    """Try once more. Where it was unknown, the person may get it twice: you have decided that."""
    access.must(member, "post.write")
    with db.transaction(desk.of(request).engine) as s:
        outbox.send_again(s, delivery_id, member)
    return Settled(id=delivery_id, state="due")


@router.get("/owed-tenders")
def given_up(
    request: Request, member: AMember, cursor: Named | None = None, limit: Limit = 50
) -> OwedTenders:
    """Tenders that the core names and that the desk asks for no more, in a fixed order."""
    access.must(member, "post.read")
    with db.reading(desk.of(request).engine) as s:
        rows = owed_tenders.given_up(s, after=cursor, limit=limit + 1)
    return OwedTenders(
        items=[_owed(row) for row in rows[:limit]],
        next=rows[limit - 1].id if len(rows) > limit else None,
    )


@router.post("/owed-tenders/{owed_id}/retry")
def retry_owed(request: Request, member: AMember, owed_id: str) -> Settled:
    """Ask the core for it again, as if for the first time."""
    access.must(member, "post.write")
    with db.transaction(desk.of(request).engine) as s:
        owed_tenders.ask_again(s, owed_id, Actor("counselor", member.id))
    return Settled(id=owed_id, state="due")


@router.post("/owed-tenders/{owed_id}/discard")
def discard_owed(request: Request, member: AMember, owed_id: str) -> Settled:
    """Take it off the list; it is asked for again only if the feed names it anew."""
    access.must(member, "post.write")
    with db.transaction(desk.of(request).engine) as s:
        owed_tenders.let_go(s, owed_id, Actor("counselor", member.id))
    return Settled(id=owed_id, state="done")


def _held(item: InboxItem) -> HeldItem:
    return HeldItem(
        id=item.id,
        channel=item.channel,
        account=item.account.partition("/")[2],
        reason=item.reason,
        size=len(item.body),
        received_at=item.received_at,
    )


def _undelivered(s: Session, row: Delivery) -> Undelivered:
    talk = s.scalar(select(Message.conversation_id).where(Message.id == row.message_id))
    return Undelivered(
        id=row.id,
        conversation=talk or "",
        message=row.message_id,
        channel=row.channel,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
    )


def _owed(row: OwedTender) -> OwedTenderView:
    return OwedTenderView(
        id=row.id,
        core_id=row.core_id,
        why=row.why,
        tries=row.tries,
        owed_since=row.owed_since,
        given_up_at=row.given_up_at,
    )

"""Notifications: what the member was mentioned in, was given, or watches and changed."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import select

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named
from api.views import SEALED
from bot.personal_numbers import masked
from crm import access, db, notifications
from crm.access import Member
from crm.db import Session
from crm.messages import is_sealed
from crm.models import Message, Notification, Ticket, TicketNote

router = APIRouter(prefix="/api/v1/notifications", tags=["Notifications"], responses=TOLD)

Kind = Literal["mention", "assigned", "note", "change", "merge", "split", "undo", "late"]


class NotificationView(BaseModel):
    """`ticket` or `conversation` is where it happened, `text` what was written there."""

    id: str
    kind: Kind
    ticket: str | None
    number: str | None
    conversation: str | None
    about: str | None
    text: str | None
    by: str | None
    at: datetime
    read_at: datetime | None


class NotificationList(BaseModel):
    items: list[NotificationView]
    unread: int
    next: str | None = None


@router.get("")
def list_notifications(request: Request, member: AMember) -> NotificationList:
    """The last hundred: the unread first, then the newest."""
    access.must(member, "ticket.read")
    with db.reading(desk.of(request).engine) as s:
        return _list(s, member)


@router.post("/read")
def read_all(request: Request, member: AMember) -> NotificationList:
    """All of your own are read."""
    access.must(member, "ticket.read")
    with db.transaction(desk.of(request).engine) as s:
        notifications.read(s, member)
        return _list(s, member)


@router.post("/{notification_id}/read")
def read_one(request: Request, member: AMember, notification_id: Named) -> NotificationList:
    """One of your own is read; the same again changes nothing."""
    access.must(member, "ticket.read")
    with db.transaction(desk.of(request).engine) as s:
        notifications.read(s, member, notification_id)
        return _list(s, member)


def _list(s: Session, member: Member) -> NotificationList:
    rows = notifications.listed(s, member)
    return NotificationList(
        items=[_view(s, row) for row in rows], unread=notifications.unread(s, member)
    )


def _view(s: Session, row: Notification) -> NotificationView:
    ticket = s.get(Ticket, row.ticket_id) if row.ticket_id else None
    return NotificationView(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]  # the table's own constraint
        ticket=row.ticket_id,
        number=ticket.number if ticket else None,
        conversation=row.conversation_id,
        about=row.about_id,
        text=_text(s, row),
        by=row.by_id,
        at=row.at,
        read_at=row.read_at,
    )


def _text(s: Session, row: Notification) -> str | None:
    if row.about_id is None:
        return None
    if row.ticket_id:
        note = s.get(TicketNote, row.about_id)
        return masked(note.text) if note else None
    said = s.scalar(select(Message).where(Message.id == row.about_id))
    if said is None:
        return None
    return SEALED if is_sealed(said) else masked(said.text)

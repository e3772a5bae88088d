"""Notifications: what the member was mentioned in, was given, or watches and changed."""

from collections.abc import Mapping, Sequence
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
    numbers, texts = _numbers(s, rows), _texts(s, rows)
    return NotificationList(
        items=[_view(row, numbers, texts) for row in rows], unread=notifications.unread(s, member)
    )


def _view(
    row: Notification, numbers: Mapping[str, str], texts: Mapping[str, str]
) -> NotificationView:
    return NotificationView(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]  # the table's own constraint
        ticket=row.ticket_id,
        number=numbers.get(row.ticket_id or ""),
        conversation=row.conversation_id,
        about=row.about_id,
        text=texts.get(row.about_id or ""),
        by=row.by_id,
        at=row.at,
        read_at=row.read_at,
    )


def _numbers(s: Session, rows: Sequence[Notification]) -> Mapping[str, str]:
    """What the tickets are called, by their ids."""
    ids = {row.ticket_id for row in rows if row.ticket_id}
    found = s.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids)))
    return {row.id: row.number for row in found}


def _texts(s: Session, rows: Sequence[Notification]) -> Mapping[str, str]:
    """What was written, by the id of the note or the message."""
    ids = {row.about_id for row in rows if row.about_id}
    notes = s.scalars(select(TicketNote).where(TicketNote.id.in_(ids)))
    said = s.scalars(select(Message).where(Message.id.in_(ids)))
    return {note.id: masked(note.text) for note in notes} | {
        one.id: SEALED if is_sealed(one) else masked(one.text) for one in said
    }

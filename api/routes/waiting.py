"""Waiting and being rung back, working hours and holidays."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, UploadFile
from pydantic import BaseModel, NaiveDatetime, StringConstraints

from api import desk
from api.auth import AGuest, AMember
from api.errors import TOLD
from api.reading import Named, Plain
from api.routes import contacts
from crm import access, calendars, callbacks, db, merging, protection
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.events import Actor
from crm.models import Calendar, CallBack, Conversation
from crm.settings import Hours
from routing import board, calling_back, hours
from routing import desk as verbs
from routing.calls import placing

router = APIRouter(prefix="/api/v1", tags=["Waiting"], responses=TOLD)

DEFAULT_QUEUE = "technical"
MOST_BYTES = 1_000_000
NUMBER = re.compile(r"\+?[0-9][0-9 ()\-.]{5,30}")
NAME = r"^[a-z][a-z0-9_]{0,39}$"
Number = Annotated[str, Plain, StringConstraints(max_length=40)]


class StandingView(BaseModel):
    """Where you stand. `position` 1 is next; `expected_wait` is in seconds, null when unknown."""

    queue: str
    position: int
    expected_wait: float | None
    open: bool
    opens_at: datetime | None
    callback_at: datetime | None
    choices: list[str]


class NewCallBack(BaseModel):
    at: datetime | None = None
    number: Number | None = None


class DeskCallBack(NewCallBack):
    """`local` is the moment by the desk's own clock, in place of `at`; neither means as soon as the
    turn comes. `mine` asks for you to be the one who rings, while you are at work."""

    local: NaiveDatetime | None = None
    about: Annotated[str, Plain, StringConstraints(max_length=300)] | None = None
    mine: bool = False


class ContactCallBack(DeskCallBack):
    number: Annotated[str, Plain, StringConstraints(min_length=1, max_length=40)]
    ticket: Named | None = None


class CallBackView(BaseModel):
    id: str
    conversation: str
    queue: str
    state: Literal["waiting", "due", "done", "given_up", "cancelled"]
    due_at: datetime
    attempts: int


class CallBackForDesk(CallBackView):
    number: str | None


class CallBackList(BaseModel):
    items: list[CallBackForDesk]
    next: str | None = None


class Outcome(BaseModel):
    reached: bool


class CalendarBody(BaseModel):
    zone: Annotated[str, Plain, StringConstraints(max_length=60)]
    always: bool = False
    days: dict[str, tuple[str, str]] = {}


class CalendarView(CalendarBody):
    name: str
    holidays: dict[str, str]


class CalendarList(BaseModel):
    items: list[CalendarView]
    next: str | None = None


@router.get("/chat/wait")
def my_place(request: Request, guest: AGuest) -> StandingView:
    """Where the conversation stands in its queue; 409 while it does not wait."""
    here = desk.of(request)
    with db.reading(here.engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id)
        standing = board.standing(s, here.settings, conversation)
    if standing is None:
        raise Conflict("This conversation does not wait in a queue.", status=conversation.status)
    return StandingView(
        queue=standing.queue,
        position=standing.position,
        expected_wait=standing.expected_wait,
        open=standing.open,
        opens_at=standing.opens_at,
        callback_at=standing.callback_at,
        choices=list(standing.choices),
    )


@router.post("/chat/callback", status_code=201)
def ask_call_back(request: Request, guest: AGuest, new: NewCallBack) -> CallBackView:
    """Be rung back: at a time, or when your turn comes. Your place is kept either way."""
    here = desk.of(request)
    with db.transaction(here.engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id, with_for_update=True)
        if protection.suspension_of(s, guest.contact_id):
            raise Conflict("You are answered in writing for now.")
        _check(new)
        made = callbacks.promise(
            s,
            conversation,
            actor=Actor("contact", guest.contact_id),
            queue=conversation.queue or DEFAULT_QUEUE,
            at=new.at,
            number=new.number,
        )
        return _callback(made)


@router.delete("/chat/callback")
def cancel_call_back(request: Request, guest: AGuest) -> CallBackView:
    """Rather wait here after all; the place is the same."""
    with db.transaction(desk.of(request).engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id, with_for_update=True)
        promised = callbacks.live(s, conversation.id)
        if promised is None:
            raise NotFound("No call-back is promised.")
        callbacks.cancel(s, promised, conversation, actor=Actor("contact", guest.contact_id))
        return _callback(promised)


@router.get("/callbacks")
def list_call_backs(
    request: Request,
    member: AMember,
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CallBackList:
    """Promises that wait or are due in the queues you serve, the soonest first."""
    access.must(member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        page = callbacks.listed(s, member, cursor=cursor, limit=limit)
        return CallBackList(items=[_for_desk(row) for row in page.rows], next=page.next)


@router.post("/conversations/{conversation_id}/callback", status_code=201)
def promise_call_back(
    request: Request, member: AMember, conversation_id: str, new: DeskCallBack
) -> CallBackForDesk:
    """Promise a call-back to a contact who waits, or whom you talk to: you let go of the talk.

    409 with the `reason` where the contact is not rung; 422 with it where nobody rings then.
    """
    access.must(member, "conversation.transfer")
    with db.transaction(desk.of(request).engine) as s:
        conversation = verbs.readable(s, member, conversation_id)
        return _for_desk(_promise(s, request, member, conversation, new))


@router.post("/contacts/{contact_id}/callback", status_code=201)
def promise_contact(
    request: Request, member: AMember, contact_id: Named, new: ContactCallBack
) -> CallBackForDesk:
    """Promise a contact a call-back, about a ticket of theirs or none. It belongs to the talk in
    which they wait or you talk to them; where there is none, to a new one on the telephone."""
    access.must(member, "conversation.transfer")
    with db.transaction(desk.of(request).engine) as s:
        contact = contacts.seen(s, member, contact_id)
        ticket = contacts.own_ticket(s, member, contact, new.ticket)
        # Two at once would each begin a talk of its own, and the person be rung twice.
        db.alone(s, "promise to", merging.root(s, contact).id)
        if placing.promise_of(s, contact.id):
            raise Conflict("A call-back is promised already.", reason="promised")
        _check(new)
        talk = calling_back.talk_to_ring_about(s, member, contact, ticket, new.number)
        return _for_desk(_promise(s, request, member, talk, new))


@router.post("/callbacks/{callback_id}/outcome")
def tell_outcome(
    request: Request, member: AMember, callback_id: str, outcome: Outcome
) -> CallBackForDesk:
    """What became of your try to ring: reached, or not and to be tried again."""
    access.must(member, "conversation.say")
    with db.transaction(desk.of(request).engine) as s:
        callback = callbacks.get(s, callback_id)
        conversation = verbs.readable(s, member, callback.conversation_id)
        s.refresh(callback)
        if conversation.owner_id != member.id:
            raise Forbidden("Only the counselor who accepted this conversation rings back.")
        callbacks.rung(
            s,
            callback,
            conversation,
            actor=Actor("counselor", member.id),
            reached=outcome.reached,
        )
        return _for_desk(callback)


@router.get("/calendars")
def list_calendars(request: Request, member: AMember) -> CalendarList:
    """Working hours and holidays. `default` is that of every queue without one of its own."""
    access.must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        return CalendarList(items=[_calendar(row) for row in calendars.all_of(s)])


@router.put("/calendars/{name}")
def put_calendar(request: Request, member: AMember, name: str, new: CalendarBody) -> CalendarView:
    """Write a calendar's hours; its holidays stay."""
    access.must(member, "queue.write")
    if not re.fullmatch(NAME, name):
        raise Invalid("A calendar's name has small letters, digits and _.", field="name")
    with db.transaction(desk.of(request).engine) as s:
        week = Hours(new.always, new.zone, new.days)
        return _calendar(calendars.put(s, Actor("counselor", member.id), name, week))


@router.post("/calendars/{name}/holidays")
def put_holidays(request: Request, member: AMember, name: str, file: UploadFile) -> CalendarView:
    """Take the holidays of an iCalendar file. One that does not parse is refused whole, and the
    holidays that were there stay."""
    access.must(member, "queue.write")
    content = file.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid("The file is larger than 1 MB.", field="file")
    days = hours.holidays_in(content)
    with db.transaction(desk.of(request).engine) as s:
        return _calendar(calendars.set_holidays(s, Actor("counselor", member.id), name, days))


def _promise(
    s: Session, request: Request, member: Member, conversation: Conversation, new: DeskCallBack
) -> CallBack:
    _check(new)
    settings = desk.of(request).settings
    local = new.local and new.local.replace(tzinfo=ZoneInfo(settings.hours.zone))
    return calling_back.promise_by_desk(
        s,
        settings,
        member,
        conversation,
        at=local or new.at,
        number=new.number,
        about=new.about,
        mine=new.mine,
    )


def _check(new: NewCallBack) -> None:
    if new.at is not None and new.at.tzinfo is None:
        raise Invalid("at needs a time zone.", field="at")
    if new.number is not None and not NUMBER.fullmatch(new.number):
        raise Invalid("This is not a telephone number.", field="number")


def _callback(row: CallBack) -> CallBackView:
    return CallBackView(**_fields(row))


def _for_desk(row: CallBack) -> CallBackForDesk:
    return CallBackForDesk(**_fields(row), number=row.number)


def _fields(row: CallBack) -> dict[str, Any]:
    return {
        "id": row.id,
        "conversation": row.conversation_id,
        "queue": row.queue,
        "state": row.state,
        "due_at": row.due_at,
        "attempts": row.attempts,
    }


def _calendar(row: Calendar) -> CalendarView:
    return CalendarView(
        name=row.name,
        zone=row.zone,
        always=row.always,
        days={day: (a, b) for day, (a, b) in row.days.items()},
        holidays=row.holidays,
    )

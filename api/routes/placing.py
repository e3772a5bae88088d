"""Ringing a contact from the desk: whether and where they may be rung, and the call itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named, Plain
from api.routes import contacts
from crm import access, db
from crm.errors import Conflict, Invalid
from routing.calls import placing
from routing.channels.phone import numbers

router = APIRouter(prefix="/api/v1/contacts", tags=["Phone"], responses=TOLD)

DEFAULT_QUEUE = "technical"
Reason = Literal["matter", "callback", "happy_call"]
REASONS: tuple[Reason, ...] = ("matter", "callback", "happy_call")


class CallingView(BaseModel):
    """`hindrance` says why the contact is not rung now: `no_line` (this desk cannot ring anybody),
    `no_callback`, `do_not_contact`, `refused`, `suspended` or `quiet_hours`; null where they may
    be. `numbers` are those that the person is known by."""

    numbers: list[str]
    hindrance: str | None


class NewCall(BaseModel):
    """`about` is what the call is for, as the counselor will find it beside the talk."""

    reason: Reason = "matter"
    about: Annotated[str, Plain, StringConstraints(min_length=1, max_length=300)]
    number: Annotated[str, Plain, StringConstraints(min_length=1, max_length=40)]
    ticket: Named | None = None


class PlacedView(BaseModel):
    conversation: str
    call: str
    number: str


@router.get("/{contact_id}/call")
def may_call(
    request: Request,
    member: AMember,
    contact_id: Named,
    reason: Annotated[Reason, Query()] = "matter",
) -> CallingView:
    """Whether this contact may be rung now, and where."""
    access.must(member, "call.control")
    here = desk.of(request)
    with db.transaction(here.engine) as s:  # a suspension that ran out is closed on the way
        contact = contacts.seen(s, member, contact_id)
        known = list(placing.numbers_of(s, contact.id))
        hindrance = placing.hindrance(s, here.settings, contact.id, reason)
    return CallingView(numbers=known, hindrance=hindrance if here.lines.outgoing else "no_line")


@router.post("/{contact_id}/call", status_code=201)
def place_call(request: Request, member: AMember, contact_id: Named, new: NewCall) -> PlacedView:
    """Ring yourself, and then the contact: a conversation of yours from the start.

    409 where the contact may not be rung now, or you are on a call already.
    """
    access.must(member, "call.control")
    here = desk.of(request)
    region = numbers.region_of(here.settings.phone.number)
    number = numbers.normal(new.number, region)
    if number is None:
        raise Invalid("This number cannot be rung.", field="number")
    with db.transaction(here.engine) as s:
        contact = contacts.seen(s, member, contact_id)
        ticket = contacts.own_ticket(s, member, contact, new.ticket)
        if here.lines.outgoing is None:
            raise Conflict("This desk has no line to ring anybody by.", reason="no_line")
        call = placing.place(
            s,
            here.settings,
            member,
            contact,
            line=here.lines.outgoing,
            queue=ticket.queue if ticket else next(iter(member.queues), DEFAULT_QUEUE),
            number=number,
            reason=new.reason,
            about=new.about,
            ticket=ticket,
        )
        return PlacedView(conversation=call.conversation_id, call=call.id, number=number)

"""Appointments on a ticket: visits on the spot and remote sessions."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from bot.personal_numbers import masked
from crm import access, appointments, clock, db, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import NotFound
from crm.events import Actor
from crm.models import Appointment, Ticket

router = APIRouter(prefix="/api/v1", tags=["Appointments"], responses=TOLD)

Kind = Literal["visit", "remote"]
State = Literal["planned", "done", "missed", "cancelled"]
Minutes = Annotated[int, Field(ge=5, le=600)]


class NewAppointment(BaseModel):
    """`counselor` is you where nobody is named; a visit needs a place."""

    kind: Kind
    starts_at: AwareDatetime
    minutes: Minutes = 60
    counselor: Named | None = None
    place: Annotated[str, Plain, StringConstraints(max_length=300)] | None = None


class NewTime(BaseModel):
    starts_at: AwareDatetime
    minutes: Minutes = 60


class Outcome(BaseModel):
    outcome: Literal["done", "missed", "cancelled"]
    note: Annotated[str, Clean, StringConstraints(max_length=2000)] | None = None


class AppointmentView(BaseModel):
    id: str
    ticket: str
    number: str
    kind: Kind
    state: State
    counselor: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    note: str | None


class AppointmentList(BaseModel):
    items: list[AppointmentView]
    next: str | None


@router.post("/tickets/{ticket_id}/appointments", status_code=201)
def plan(
    request: Request, member: AMember, ticket_id: Named, new: NewAppointment
) -> AppointmentView:
    """Agree on a visit or a remote session. 409 where the counselor has another one then."""
    access.must(member, "appointment.write")
    with db.transaction(desk.of(request).engine) as s:
        ticket = tickets.locked(s, ticket_id)
        if not access.may_write_ticket(member, ticket):
            raise NotFound("There is no such ticket.")
        made = appointments.plan(
            s,
            Actor("counselor", member.id),
            ticket,
            kind=new.kind,
            counselor_id=new.counselor or member.id,
            starts_at=new.starts_at,
            ends_at=new.starts_at + timedelta(minutes=new.minutes),
            place=new.place,
        )
        return _view(s, made)


@router.get("/appointments")
def list_appointments(
    request: Request,
    member: AMember,
    *,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    counselor: Annotated[Named | None, Query(max_length=24)] = None,
    state: State | None = None,
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AppointmentList:
    """Appointments you may see, from now on where nothing else is asked; `me` is yourself."""
    access.must(member, "appointment.read")
    with db.reading(desk.of(request).engine) as s:
        page = appointments.listed(
            s,
            member,
            since=since or clock.now(),
            until=until,
            counselor=member.id if counselor == "me" else counselor,
            state=state,
            cursor=cursor,
            limit=limit,
        )
        return AppointmentList(items=[_view(s, a) for a in page.rows], next=page.next)


@router.post("/appointments/{appointment_id}/move")
def move(request: Request, member: AMember, appointment_id: Named, to: NewTime) -> AppointmentView:
    """Another time for the same appointment."""
    access.must(member, "appointment.write")
    with db.transaction(desk.of(request).engine) as s:
        row = writable(s, member, appointment_id)
        ends_at = to.starts_at + timedelta(minutes=to.minutes)
        appointments.move(
            s, Actor("counselor", member.id), row, starts_at=to.starts_at, ends_at=ends_at
        )
        return _view(s, row)


@router.post("/appointments/{appointment_id}/outcome")
def close(
    request: Request, member: AMember, appointment_id: Named, told: Outcome
) -> AppointmentView:
    """What became of it."""
    access.must(member, "appointment.write")
    with db.transaction(desk.of(request).engine) as s:
        row = writable(s, member, appointment_id)
        appointments.close(
            s, Actor("counselor", member.id), row, outcome=told.outcome, note=told.note
        )
        return _view(s, row)


def writable(s: Session, member: Member, appointment_id: str) -> Appointment:
    """The appointment, locked, for whoever may change it. Raises NotFound for the others."""
    row = appointments.get(s, appointment_id, lock=True)
    if not access.may_write_appointment(member, row, s.get_one(Ticket, row.ticket_id)):
        raise NotFound("There is no such appointment.")
    return row


def _view(s: Session, a: Appointment) -> AppointmentView:
    s.flush()
    return AppointmentView(
        id=a.id,
        ticket=a.ticket_id,
        number=s.get_one(Ticket, a.ticket_id).number,
        kind=a.kind,  # type: ignore[arg-type]  # checked by the table's own constraint
        state=a.state,  # type: ignore[arg-type]  # the same
        counselor=a.counselor_id,
        starts_at=a.starts_at,
        ends_at=a.ends_at,
        place=a.place and masked(a.place),
        note=a.note and masked(a.note),
    )

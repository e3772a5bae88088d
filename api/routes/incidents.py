"""Incidents: proposed by the desk, opened and closed by a supervisor; notices for everybody."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, StringConstraints

from api import auth, desk, views
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from api.views import TenderView
from bot.personal_numbers import masked
from crm import access, campaigns, db, incidents
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Incident, Ticket
from crm.settings import QUEUES

router = APIRouter(prefix="/api/v1", tags=["Incidents"], responses=TOLD)

Title = Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)]
Said = Annotated[str, Clean, StringConstraints(max_length=incidents.LONGEST_NOTICE)]


class Notice(BaseModel):
    """What is said to everybody, in all three languages."""

    en: Said
    es: Said
    ko: Said


class IncidentView(BaseModel):
    id: str
    number: str
    queue: str
    state: Literal["proposed", "dismissed", "open", "closed"]
    title: str
    notice: dict[str, str]
    found: int
    usual: float
    began_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


class HappyCallView(BaseModel):
    """A call of the campaign that follows an incident; it is made like every other happy call."""

    id: str
    contact: str
    conversation: str | None
    state: str
    due_at: datetime


class Child(BaseModel):
    id: str
    number: str
    subject: str
    status: str
    priority: str
    queue: str


class IncidentDetail(IncidentView):
    """`tenders` close within the outage and the margin: to be proposed for extension. `tickets`
    are its children as far as you may see them, `children` how many there are."""

    conversations: list[str]
    children: int
    tickets: list[Child]
    tenders: list[TenderView]
    happy_calls: list[HappyCallView]


class IncidentList(BaseModel):
    items: list[IncidentView]
    next: str | None = None


class Opening(BaseModel):
    title: Title
    notice: Notice


class NewIncident(Opening):
    queue: str
    began_at: datetime | None = None


class Closing(BaseModel):
    """`solve_tickets` solves its tickets, but for those that somebody talks about or decides on."""

    notice: Notice
    solve_tickets: bool = True


class Contacts(BaseModel):
    conversations: list[Named]


class PublicNotice(BaseModel):
    number: str
    since: datetime | None
    notice: dict[str, str]


class NoticeList(BaseModel):
    items: list[PublicNotice]
    next: str | None = None


@router.get("/incidents/notices")
def notices(request: Request) -> NoticeList:
    """What is wrong at present, for everybody: banner, bot and telephone say the same."""
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    with db.reading(here.engine) as s:
        rows = incidents.in_force(s)
    items = [PublicNotice(number=i.number, since=i.opened_at, notice=i.notice) for i in rows]
    return NoticeList(items=items)


@router.get("/incidents")
def list_incidents(request: Request, member: AMember) -> IncidentList:
    """Proposals first, then what is open, then what is over."""
    access.must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        return IncidentList(items=[IncidentView(**_fields(i)) for i in incidents.listed(s)])


@router.post("/incidents", status_code=201)
def open_known(request: Request, member: AMember, new: NewIncident) -> IncidentDetail:
    """Open an incident that you know of, before any burst shows it."""
    access.must(member, "incident.write")
    if new.queue not in QUEUES:
        raise Invalid(f"queue is one of {', '.join(QUEUES)}.", field="queue")
    if new.began_at and new.began_at.tzinfo is None:
        raise Invalid("began_at needs a time zone.", field="began_at")
    with db.transaction(desk.of(request).engine) as s:
        made = incidents.open_known(
            s,
            _actor(member),
            queue=new.queue,
            title=new.title,
            notice=new.notice.model_dump(),
            began_at=new.began_at,
        )
        return _detail(s, member, made)


@router.get("/incidents/{incident_id}")
def get_incident(
    request: Request,
    member: AMember,
    incident_id: Named,
    margin: Annotated[int, Query(ge=0, le=72, description="hours")] = 2,
) -> IncidentDetail:
    """An incident with its contacts, the tenders it touched, and the happy calls it left."""
    access.must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        return _detail(s, member, incidents.get(s, incident_id), margin)


@router.post("/incidents/{incident_id}/open")
def open_proposed(
    request: Request, member: AMember, incident_id: Named, how: Opening
) -> IncidentDetail:
    """One act: group the contacts, and say the notice in chat, on the pages and on the phone."""
    access.must(member, "incident.write")
    with db.transaction(desk.of(request).engine) as s:
        row = incidents.get(s, incident_id, lock=True)
        incidents.open_(s, _actor(member), row, title=how.title, notice=how.notice.model_dump())
        return _detail(s, member, row)


@router.post("/incidents/{incident_id}/dismiss")
def dismiss(request: Request, member: AMember, incident_id: Named) -> IncidentDetail:
    """No incident after all."""
    access.must(member, "incident.write")
    with db.transaction(desk.of(request).engine) as s:
        row = incidents.get(s, incident_id, lock=True)
        incidents.dismiss(s, _actor(member), row)
        return _detail(s, member, row)


@router.patch("/incidents/{incident_id}")
def reword(request: Request, member: AMember, incident_id: Named, how: Opening) -> IncidentDetail:
    """Another title and notice, from now on."""
    access.must(member, "incident.write")
    with db.transaction(desk.of(request).engine) as s:
        row = incidents.get(s, incident_id, lock=True)
        incidents.reword(s, _actor(member), row, title=how.title, notice=how.notice.model_dump())
        return _detail(s, member, row)


@router.post("/incidents/{incident_id}/contacts")
def add_contacts(
    request: Request, member: AMember, incident_id: Named, who: Contacts
) -> IncidentDetail:
    """These conversations are about it too."""
    access.must(member, "incident.write")
    with db.transaction(desk.of(request).engine) as s:
        row = incidents.get(s, incident_id, lock=True)
        incidents.add(s, _actor(member), row, who.conversations)
        return _detail(s, member, row)


@router.post("/incidents/{incident_id}/close")
def close(request: Request, member: AMember, incident_id: Named, how: Closing) -> IncidentDetail:
    """It is over: all affected are told so once, and a happy call is planned for each of them."""
    access.must(member, "incident.write")
    with db.transaction(desk.of(request).engine) as s:
        row = incidents.get(s, incident_id, lock=True)
        incidents.close(
            s, _actor(member), row, notice=how.notice.model_dump(), solve=how.solve_tickets
        )
        return _detail(s, member, row)


def _detail(s: Session, member: Member, row: Incident, margin: int = 2) -> IncidentDetail:
    s.flush()
    calls = campaigns.after_incident(s, member, row.id)
    children = incidents.children(s, row.id)
    hours = timedelta(hours=margin)
    return IncidentDetail(
        **_fields(row),
        conversations=incidents.contacts_of(s, member, row.id),
        children=len(children),
        tickets=[_child(t) for t in children if access.may_read_ticket(member, t)],
        tenders=[views.tender(t) for t in incidents.touched_tenders(s, row, hours)],
        happy_calls=[
            HappyCallView(
                id=c.id,
                contact=c.contact_id,
                conversation=c.about_id,
                state=c.state,
                due_at=c.due_at,
            )
            for c in calls
        ],
    )


def _child(t: Ticket) -> Child:
    return Child(
        id=t.id,
        number=t.number,
        subject=masked(t.subject),
        status=t.status,
        priority=t.priority,
        queue=t.queue,
    )


def _fields(i: Incident) -> dict[str, Any]:
    return {
        "id": i.id,
        "number": i.number,
        "queue": i.queue,
        "state": i.state,
        "title": masked(i.title),
        "notice": i.notice,
        "found": i.found,
        "usual": i.usual,
        "began_at": i.began_at,
        "opened_at": i.opened_at,
        "closed_at": i.closed_at,
    }


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)

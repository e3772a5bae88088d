"""A contact all round: who it is, for whom it acts, and everything it ever brought here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlalchemy import select

from api import desk, views
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named, one_line
from api.views import ContactView, ConversationSummary
from bot.personal_numbers import masked
from crm import access, campaigns, clock, contacts, db, merging, registered_phones
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid, NotFound
from crm.events import Actor
from crm.models import (
    CallBack,
    Contact,
    Conversation,
    Delegation,
    Identity,
    Survey,
    Ticket,
)

router = APIRouter(prefix="/api/v1/contacts", tags=["Contacts"], responses=TOLD)

MOST = 100


class IdentityView(BaseModel):
    kind: str
    value: str


class DelegationView(BaseModel):
    organisation: str
    role: str
    expires_at: datetime
    valid: bool


class PersonView(BaseModel):
    """Somebody else who may act for one of the contact's organisations."""

    contact: str
    name: str | None
    organisation: str
    role: str


class PhoneView(BaseModel):
    """A telephone by whose number and PIN the contact is known; the number's end alone."""

    ends_with: str
    locked: bool


class TicketLine(BaseModel):
    id: str
    number: str
    subject: str
    status: str
    queue: str
    priority: str
    created_at: datetime


class SurveyLine(BaseModel):
    conversation: str
    score: int
    answered_at: datetime


class HappyCallLine(BaseModel):
    """A happy call that was planned or made, and what came of it."""

    campaign: str
    about: str | None
    state: str
    result: str | None
    note: str | None
    attempts: int
    counselor: str | None
    at: datetime | None


class RoundView(BaseModel):
    """`merged` are the other rows of the same person, `person` the one that stands for them; the
    lists gather what all of them brought. `merged_by` says who said so: a counselor of the `desk`,
    or the person by a `code`."""

    contact: ContactView
    person: str
    merged_into: str | None
    merged_by: str | None
    merged: list[ContactView]
    identities: list[IdentityView]
    delegations: list[DelegationView]
    organisations: list[str]
    people: list[PersonView]
    conversations: list[ConversationSummary]
    tickets: list[TicketLine]
    surveys: list[SurveyLine]
    phones: list[PhoneView]
    callbacks: int
    happy_calls: int
    calls: list[HappyCallLine]


class ContactList(BaseModel):
    items: list[ContactView]
    next: str | None


class MergeInto(BaseModel):
    into: Named


@router.get("")
def list_contacts(
    request: Request,
    member: AMember,
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ContactList:
    """Contacts you may see, those met last first; `text` is looked for in name and addresses."""
    access.must(member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        page = contacts.listed(s, member, text=one_line(text), cursor=cursor, limit=limit)
        return ContactList(items=[views.contact(c) for c in page.rows], next=page.next)


@router.get("/{contact_id}")
def get_contact(request: Request, member: AMember, contact_id: Named) -> RoundView:
    """Everything you may see of a contact, over all channels."""
    access.must(member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        return _round(s, member, seen(s, member, contact_id))


@router.post("/{contact_id}/merge")
def merge(request: Request, member: AMember, contact_id: Named, how: MergeInto) -> RoundView:
    """This contact and `into` are one person. Can be undone; nothing is moved."""
    access.must(member, "contact.merge")
    with db.transaction(desk.of(request).engine) as s:
        one, into = seen(s, member, contact_id), seen(s, member, how.into)
        found = merging.merge(s, Actor("counselor", member.id), one, into)
        s.flush()
        return _round(s, member, found)


@router.post("/{contact_id}/undo")
def undo(request: Request, member: AMember, contact_id: Named) -> RoundView:
    """Take back that this contact was merged into another."""
    access.must(member, "contact.merge")
    with db.transaction(desk.of(request).engine) as s:
        found = merging.undo(s, Actor("counselor", member.id), seen(s, member, contact_id))
        s.flush()
        return _round(s, member, found)


@router.delete("/{contact_id}/phones")
def forget_phones(request: Request, member: AMember, contact_id: Named) -> RoundView:
    """Nobody is known any more by the contact's numbers: a phone that was lost, a PIN forgotten.

    A new PIN is set by the person alone, in a chat that the portal vouches for.
    """
    access.must(member, "registered_phone.forget")
    with db.transaction(desk.of(request).engine) as s:
        found = seen(s, member, contact_id)
        ids = [c.id for c in merging.together(s, found)]
        registered_phones.forget(s, ids, actor=Actor("counselor", member.id))
        return _round(s, member, found)


def seen(s: Session, member: Member, contact_id: str) -> Contact:
    """A contact of whom the member may see at least one talk or ticket; overseers see all."""
    found = merging.contact(s, contact_id)
    access.must_know(member, found.id)
    if member.role in access.OVERSEERS:
        return found
    ids = [c.id for c in merging.together(s, found)]
    own = select(Contact.id).where(Contact.id.in_(ids), access.contacts_seen_by(member))
    if s.scalar(own.limit(1)) is None:
        raise NotFound("There is no such contact.")
    return found


def own_ticket(
    s: Session, member: Member, contact: Contact, ticket_id: str | None
) -> Ticket | None:
    """The ticket that a call is about: one that the member sees, and this person's."""
    if ticket_id is None:
        return None
    ticket = access.must_read_ticket(member, s.get(Ticket, ticket_id))
    if ticket.contact_id not in merging.ids(s, contact.id):
        raise Invalid("This ticket is another contact's.", field="ticket")
    return ticket


def _round(s: Session, member: Member, found: Contact) -> RoundView:
    rows = merging.together(s, found)
    ids = [c.id for c in rows]
    who = {c.id: c for c in rows}
    delegations = s.scalars(select(Delegation).where(Delegation.contact_id.in_(ids))).all()
    organisations = sorted({d.organisation for d in delegations if d.expires_at > clock.now()})
    talks = s.execute(
        select(Conversation, Ticket.number)
        .outerjoin(Ticket, Ticket.id == Conversation.ticket_id)
        .where(Conversation.contact_id.in_(ids), access.conversations_seen_by(member))
        .order_by(Conversation.created_at.desc())
        .limit(MOST)
    ).all()
    seen = [c.id for c, _ in talks]
    return RoundView(
        contact=views.contact(found),
        person=rows[0].id,
        merged_into=found.merged_into_id,
        merged_by=found.merged_by,
        merged=[views.contact(c) for c in rows if c.id != found.id],
        identities=[
            IdentityView(kind=i.kind, value=masked(i.value))
            for i in s.scalars(select(Identity).where(Identity.contact_id.in_(ids)))
        ],
        delegations=[
            DelegationView(
                organisation=d.organisation,
                role=d.role,
                expires_at=d.expires_at,
                valid=d.expires_at > clock.now(),
            )
            for d in delegations
        ],
        organisations=organisations,
        people=_people(s, member, organisations, ids),
        conversations=[views.summary(c, who[c.contact_id], number) for c, number in talks],
        tickets=[_line(t) for t in _tickets(s, member, ids)],
        surveys=[
            SurveyLine(conversation=x.conversation_id, score=x.score, answered_at=x.answered_at)
            for x in s.scalars(select(Survey).where(Survey.conversation_id.in_(seen)))
        ],
        phones=[
            PhoneView(ends_with=p.number[-4:], locked=registered_phones.is_locked(p))
            for p in registered_phones.of_contacts(s, ids)
        ],
        callbacks=len(
            s.scalars(select(CallBack.id).where(CallBack.conversation_id.in_(seen))).all()
        ),
        happy_calls=campaigns.happy_calls_of(s, ids),
        calls=happy_calls(s, member, contact_ids=ids),
    )


def happy_calls(
    s: Session,
    member: Member,
    *,
    contact_ids: list[str],
    talks: list[str] | None = None,
    incident_id: str | None = None,
) -> list[HappyCallLine]:
    """`campaigns.happy_calls` as pages and programs see them."""
    found = campaigns.happy_calls(
        s, member, contact_ids=contact_ids, talks=talks, incident_id=incident_id
    )
    return [
        HappyCallLine(
            campaign=campaign.name,
            about=target.about_id,
            state=target.state,
            result=target.result,
            note=target.note and masked(target.note),
            attempts=target.attempts,
            counselor=target.taken_by,
            at=target.contacted_at,
        )
        for target, campaign in found
    ]


def _people(
    s: Session, member: Member, organisations: list[str], ids: list[str]
) -> list[PersonView]:
    rows = s.execute(
        select(Contact.id, Contact.name, Delegation.organisation, Delegation.role)
        .join(Delegation, Delegation.contact_id == Contact.id)
        .where(
            Delegation.organisation.in_(organisations),
            Delegation.expires_at > clock.now(),
            Contact.id.not_in(ids),
            access.behind_no_wall(member, Contact.id),
        )
        .order_by(Delegation.organisation, Contact.name)
        .limit(MOST)
    )
    return [
        PersonView(contact=i, name=name and masked(name), organisation=o, role=role)
        for i, name, o, role in rows
    ]


def _tickets(s: Session, member: Member, ids: list[str]) -> list[Ticket]:
    return list(
        s.scalars(
            select(Ticket)
            .where(Ticket.contact_id.in_(ids), access.tickets_seen_by(member))
            .order_by(Ticket.number.desc())
            .limit(MOST)
        )
    )


def _line(t: Ticket) -> TicketLine:
    return TicketLine(
        id=t.id,
        number=t.number,
        subject=masked(t.subject),
        status=t.status,
        queue=t.queue,
        priority=t.priority,
        created_at=t.created_at,
    )

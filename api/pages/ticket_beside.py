"""What stands beside a ticket's fields on its page, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from api import mentions
from api.mentions import Colleague
from api.routes import contacts, tickets
from api.routes.contacts import HappyCallLine
from api.routes.tickets import LinkBody, NoteView
from crm import access, appointments, incidents, merging, queries, rulings
from crm import tickets as record
from crm.access import Member
from crm.db import Session
from crm.models import Appointment, Counselor, Incident, Ruling, Tender, Ticket
from routing.calls import placing


@dataclass(frozen=True, slots=True)
class Beside:
    """`tenders` has the titles of the linked ones that are known; `undo` is the kind of the last
    merge or split that can be taken back, or empty. `parent` is the incident that caused it,
    `incidents` those it may be put down to, `deciders` who decides on each kind of ruling, and
    `numbers` where the contact is rung."""

    conversations: Sequence[str]
    rulings: Sequence[Ruling]
    deciders: Mapping[str, Sequence[Counselor]]
    appointments: Sequence[Appointment]
    parent: Incident | None
    incidents: Sequence[Incident]
    numbers: Sequence[str]
    notes: Sequence[NoteView]
    watchers: Sequence[str]
    links: Sequence[LinkBody]
    tenders: dict[str, str]
    calls: Sequence[HappyCallLine]
    into: Ticket | None
    undo: str
    colleagues: Sequence[Colleague]


def read(s: Session, member: Member, ticket: Ticket) -> Beside:
    around = tickets.around_of(s, ticket)
    last = record.to_undo(s, ticket.id)
    into = s.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None
    numbers = [link.value for link in around.links if link.kind == "tender"]
    gathered = queries.conversations_of_ticket(s, ticket.id)
    known = select(Tender.number, Tender.title).where(Tender.number.in_(numbers))
    return Beside(
        conversations=gathered,
        rulings=rulings.of_ticket(s, ticket.id),
        deciders={kind: rulings.deciders(s, kind) for kind in rulings.KINDS},
        appointments=appointments.of_ticket(s, ticket.id),
        parent=incidents.get(s, ticket.incident_id) if ticket.incident_id else None,
        incidents=incidents.in_force(s),
        numbers=placing.numbers_of(s, ticket.contact_id),
        notes=around.notes,
        watchers=around.watchers,
        links=around.links,
        tenders={row.number: row.title for row in s.execute(known)},
        calls=contacts.happy_calls(
            s,
            member,
            contact_ids=merging.ids(s, ticket.contact_id),
            talks=gathered,
            incident_id=ticket.incident_id,
        ),
        into=into if into and access.may_read_ticket(member, into) else None,
        undo=last.kind if last else "",
        colleagues=mentions.for_ticket(s, member, ticket).items,
    )

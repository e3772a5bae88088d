"""What stands beside a ticket's fields on its page, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from api import mentions
from api.mentions import Colleague
from api.routes import contacts, tickets
from api.routes.contacts import HappyCallLine
from api.routes.tickets import LinkBody, NoteView
from crm import access, merging, queries
from crm import tickets as record
from crm.access import Member
from crm.db import Session
from crm.models import Tender, Ticket


@dataclass(frozen=True, slots=True)
class Beside:
    """`tenders` has the titles of the linked ones that are known; `undo` is the kind of the last
    merge or split that can be taken back, or empty."""

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
    known = select(Tender.number, Tender.title).where(Tender.number.in_(numbers))
    return Beside(
        notes=around.notes,
        watchers=around.watchers,
        links=around.links,
        tenders={row.number: row.title for row in s.execute(known)},
        calls=contacts.happy_calls(
            s,
            member,
            contact_ids=merging.ids(s, ticket.contact_id),
            talks=queries.conversations_of_ticket(s, ticket.id),
            incident_id=ticket.incident_id,
        ),
        into=into if into and access.may_read_ticket(member, into) else None,
        undo=last.kind if last else "",
        colleagues=mentions.for_ticket(s, member, ticket).items,
    )

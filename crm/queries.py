"""Reading models: pages of rows for lists, each asked for in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm import access
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.models import Contact, Conversation, File, Tender, Ticket

# A moment in a cursor: nothing in it needs escaping in an address.
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Any]
    next: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with the contact and the ticket number that every list shows."""

    conversation: Conversation
    contact: Contact
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One queue now: how many wait, since when the first of them, and how many are in talk."""

    waiting: int = 0
    since: datetime | None = None
    talking: int = 0


def conversations(
    s: Session,
    member: Member,
    *,
    queue: str | None,
    owner: str | None,
    status: str | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """Conversations a member may see, the latest first. `owner` is a kind, an id, or `me`."""
    wanted = [access.conversations_seen_by(member)]
    if queue:
        wanted.append(Conversation.queue == queue)
    if status:
        wanted.append(Conversation.status == status)
    if owner:
        who = member.id if owner == "me" else owner
        wanted.append(or_(Conversation.owner_kind == who, Conversation.owner_id == who))
    rows = s.execute(
        _talks()
        .where(*wanted, _after(cursor))
        .order_by(Conversation.created_at.desc(), Conversation.id.desc())
        .limit(limit + 1)
    ).all()
    talks = [Talk(c, who, number) for c, who, number in rows]
    more = talks[limit - 1].conversation if len(talks) > limit else None
    return Page(talks[:limit], f"{_moment(more.created_at)}~{more.id}" if more else None)


def waiting(s: Session, member: Member) -> Sequence[Talk]:
    """What waits in the queues a member serves: urgent first, then by who has waited longest."""
    rows = s.execute(
        _talks()
        .where(access.conversations_seen_by(member), Conversation.status == "waiting")
        .order_by(Conversation.urgent.desc(), Conversation.waiting_since)
        .limit(200)
    ).all()
    return [Talk(c, who, number) for c, who, number in rows]


def mine(s: Session, member: Member) -> Sequence[Talk]:
    """What a counselor owns now, the longest accepted first."""
    rows = s.execute(
        _talks()
        .where(Conversation.owner_id == member.id, Conversation.status.in_(("active", "wrap_up")))
        .order_by(Conversation.accepted_at)
    ).all()
    return [Talk(c, who, number) for c, who, number in rows]


def talk(s: Session, conversation_id: str) -> Talk:
    c, who, number = s.execute(_talks().where(Conversation.id == conversation_id)).one()
    return Talk(c, who, number)


def tickets(
    s: Session, member: Member, *, status: str | None, cursor: str | None, limit: int
) -> Page:
    """Tickets a member may see, the newest number first."""
    query = select(Ticket).where(access.tickets_seen_by(member))
    if status:
        query = query.where(Ticket.status == status)
    if cursor:
        query = query.where(Ticket.number < cursor)
    rows = s.scalars(query.order_by(Ticket.number.desc()).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].number if len(rows) > limit else None)


def standing(s: Session) -> dict[str, Standing]:
    """How each queue stands at this moment."""
    waits = Conversation.status == "waiting"
    rows = s.execute(
        select(
            Conversation.queue,
            func.count().filter(waits),
            func.min(Conversation.waiting_since).filter(waits),
            func.count().filter(~waits),
        )
        .where(Conversation.status.in_(("waiting", "active", "wrap_up")))
        .group_by(Conversation.queue)
    )
    return {
        queue or "": Standing(waiting, since, talking) for queue, waiting, since, talking in rows
    }


def conversations_of_ticket(s: Session, ticket_id: str) -> list[str]:
    return list(s.scalars(select(Conversation.id).where(Conversation.ticket_id == ticket_id)))


def files_of(s: Session, conversation_id: str) -> dict[str, list[File]]:
    """The files of a conversation by the message that carries them."""
    found: dict[str, list[File]] = {}
    query = select(File).where(
        File.conversation_id == conversation_id, File.message_id.is_not(None)
    )
    for file in s.scalars(query.order_by(File.created_at)):
        found.setdefault(file.message_id or "", []).append(file)
    return found


def tenders(
    s: Session, *, text: str | None, status: str | None, cursor: str | None, limit: int
) -> Page:
    """Tenders by words of their title, number or buyer, in the order of their numbers."""
    query = select(Tender)
    for word in (text or "").split():
        like = f"%{word.replace('%', '').replace('_', '')}%"
        query = query.where(
            or_(Tender.title.ilike(like), Tender.number.ilike(like), Tender.buyer.ilike(like))
        )
    if status:
        query = query.where(Tender.status == status)
    if cursor:
        query = query.where(Tender.number > cursor)
    rows = s.scalars(query.order_by(Tender.number).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].number if len(rows) > limit else None)


def tender_ends(s: Session, since: datetime, until: datetime) -> Sequence[datetime]:
    """The bid calendar: when tenders close within [since, until)."""
    ends = Tender.tender_ends
    found = s.scalars(select(ends).where(ends >= since, ends < until).order_by(ends))
    return [end for end in found if end]


def _talks() -> Any:
    return (
        select(Conversation, Contact, Ticket.number)
        .join(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(Ticket, Ticket.id == Conversation.ticket_id)
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime(MOMENT)


def _after(cursor: str | None) -> ColumnElement[bool]:
    if cursor is None:
        return Conversation.id.is_not(None)
    moment, _, last_id = cursor.rpartition("~")
    try:
        at = datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("This cursor is not one of ours.", field="cursor") from error
    return or_(
        Conversation.created_at < at,
        and_(Conversation.created_at == at, Conversation.id < last_id),
    )

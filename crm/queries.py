"""Reading models: pages of rows for lists, each asked for in one step."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm import access, clock, walls
from crm import tenders as crm_tenders
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.models import Contact, Conversation, Counselor, File, Message, Tender, Ticket

# A moment in a cursor: nothing in it needs escaping in an address.
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Any]
    next: str | None


# What a text is looked for in; a search through everything would hold the reader up.
FOUND = 50


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
    return Page(talks[:limit], mark(more.created_at, more.id) if more else None)


def waiting_ids(s: Session, seen: ColumnElement[bool]) -> Sequence[str]:
    """What waits of the conversations that a condition lets through, the longest first."""
    return s.scalars(
        select(Conversation.id)
        .where(seen, Conversation.status == "waiting")
        .order_by(Conversation.waiting_since, Conversation.id)
    ).all()


def talks(s: Session, conversation_ids: Sequence[str]) -> list[Talk]:
    """These conversations as lists show them, in this order."""
    rows = s.execute(_talks().where(Conversation.id.in_(conversation_ids)))
    found = {c.id: Talk(c, who, number) for c, who, number in rows}
    return [found[each] for each in conversation_ids if each in found]


def mine(s: Session, member: Member) -> Sequence[Talk]:
    """What a counselor owns now, the longest accepted first."""
    rows = s.execute(
        _talks()
        .where(Conversation.owner_id == member.id, Conversation.status.in_(("active", "wrap_up")))
        .order_by(Conversation.accepted_at)
    ).all()
    return [Talk(c, who, number) for c, who, number in rows]


def waiting_queues(s: Session, conversation_ids: Iterable[str]) -> dict[str, str]:
    """The queues in which these conversations wait; those that do not wait are left out."""
    rows = s.execute(
        select(Conversation.id, Conversation.queue).where(
            Conversation.id.in_(list(conversation_ids)),
            Conversation.status == "waiting",
            Conversation.queue.is_not(None),
        )
    )
    return {row.id: row.queue for row in rows}


def found(
    s: Session, member: Member, text: str, *, queue: str | None = None, only_id: bool = False
) -> Sequence[Talk]:
    """Conversations a member may see that hold a text: in the ticket's number, the contact's name
    or address, the goal's words or anything that was said; the latest first. `only_id`: the one
    whose id it is."""
    like = f"%{_plain(text)}%"
    # A price that may not be read must not be found either.
    open_now = or_(Message.sealed_until.is_(None), Message.sealed_until <= clock.now())
    said = select(Message.conversation_id).where(Message.text.ilike(like, escape="\\"), open_now)
    holds = or_(
        Conversation.id == text,
        Ticket.number.ilike(like, escape="\\"),
        Contact.name.ilike(like, escape="\\"),
        Contact.email.ilike(like, escape="\\"),
        Conversation.id.in_(said),
    )
    named = Conversation.id == text if only_id else holds
    wanted = [access.conversations_seen_by(member), named]
    if queue:
        wanted.append(Conversation.queue == queue)
    rows = s.execute(
        _talks().where(*wanted).order_by(Conversation.last_message_at.desc()).limit(FOUND)
    ).all()
    return [Talk(c, who, number) for c, who, number in rows]


def earlier(s: Session, member: Member, conversation: Conversation) -> Sequence[Talk]:
    """The contact's other conversations, as far as a member may see them, the latest first."""
    rows = s.execute(
        _talks()
        .where(
            access.conversations_seen_by(member),
            Conversation.contact_id == conversation.contact_id,
            Conversation.id != conversation.id,
        )
        .order_by(Conversation.created_at.desc(), Conversation.id)
        .limit(20)
    ).all()
    return [Talk(c, who, number) for c, who, number in rows]


def takers(s: Session, conversation: Conversation) -> list[Counselor]:
    """Who could take a conversation over: a helper who speaks its language and serves its queue,
    and whom no wall keeps from it."""
    kept_out = walls.kept_out(s, conversation.id).get(conversation.id, frozenset())
    rows = s.scalars(
        select(Counselor)
        .where(Counselor.role.in_(access.HELPERS), Counselor.disabled_at.is_(None))
        .order_by(Counselor.name, Counselor.id)
    )
    return [
        who
        for who in rows
        if who.id != conversation.owner_id
        and who.id not in kept_out
        and conversation.language in who.languages
        and (who.role == "supervisor" or conversation.queue in who.queues)
    ]


def waiting_by_queue(s: Session, member: Member) -> dict[str, int]:
    """How many wait in each queue that a member may see."""
    rows = s.execute(
        select(Conversation.queue, func.count())
        .where(access.conversations_seen_by(member), Conversation.status == "waiting")
        .group_by(Conversation.queue)
    )
    return {queue or "": n for queue, n in rows}


def talk(s: Session, conversation_id: str) -> Talk:
    c, who, number = s.execute(_talks().where(Conversation.id == conversation_id)).one()
    return Talk(c, who, number)


def tickets(
    s: Session,
    member: Member,
    *,
    status: str | None,
    cursor: str | None,
    limit: int,
    awaits: str | None = None,
) -> Page:
    """Tickets a member may see, the newest number first; `awaits` is a kind of ruling."""
    query = select(Ticket).where(access.tickets_seen_by(member))
    if status:
        query = query.where(Ticket.status == status)
    if awaits:
        query = query.where(Ticket.awaits == awaits)
    if cursor is not None:
        query = query.where(Ticket.number < numbered(cursor))
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


def files_of(s: Session, *conversation_ids: str) -> dict[str, list[File]]:
    """The files of conversations by the message that carries them."""
    found: dict[str, list[File]] = {}
    query = select(File).where(
        File.conversation_id.in_(conversation_ids), File.message_id.is_not(None)
    )
    for file in s.scalars(query.order_by(File.created_at)):
        found.setdefault(file.message_id or "", []).append(file)
    return found


def tenders(s: Session, wanted: crm_tenders.Wanted, *, cursor: str | None, limit: int) -> Page:
    """Tenders by words and filters, those that became known last first."""
    if cursor is not None and not cursor.isdecimal():
        raise Invalid("The cursor is none of ours.")
    behind = min(int(cursor), 2**63 - 1) if cursor else None
    rows = crm_tenders.find(s, wanted, behind=behind, limit=limit + 1)
    more = len(rows) > limit
    return Page(rows[:limit], str(rows[limit - 1].place_in_line) if more else None)


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


def _plain(text: str) -> str:
    """A text to be looked for as it stands: what LIKE reads as a pattern is escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def numbered(cursor: str) -> str:
    """A number of ours, such as `T-2026-000001`, that a list goes on after."""
    if not re.fullmatch(r"[A-Z]-\d{4}-\d{6,12}", cursor, re.ASCII):
        raise Invalid("This cursor is not one of ours.", field="cursor")
    return cursor


def mark(at: datetime, row_id: str) -> str:
    """Where a list that is ordered by a moment went on from."""
    return f"{at.astimezone(UTC).strftime(MOMENT)}~{row_id}"


def marked(cursor: str) -> tuple[datetime, str]:
    """What `mark` wrote. Raises Invalid for anything else."""
    moment, _, last_id = cursor.rpartition("~")
    try:
        return datetime.strptime(moment, MOMENT).replace(tzinfo=UTC), last_id
    except ValueError as error:
        raise Invalid("This cursor is not one of ours.", field="cursor") from error


def _after(cursor: str | None) -> ColumnElement[bool]:
    if cursor is None:
        return Conversation.id.is_not(None)
    at, last_id = marked(cursor)
    return or_(
        Conversation.created_at < at,
        and_(Conversation.created_at == at, Conversation.id < last_id),
    )

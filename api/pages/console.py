"""What the console shows, read in one go for each of its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from api import views
from api.routes.conversations import found, shown
from api.views import ConversationSummary, ConversationView
from crm import access, callbacks, queries, reservations
from crm.access import Member
from crm.db import Session
from crm.models import Conversation, Counselor, Event, Ticket
from crm.queries import Talk
from routing import line

CLOSED_SHOWN = 10
ACTIVE_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Lists:
    """The left side of the console."""

    # What is offered to oneself at this moment.
    offered: list[ConversationSummary]
    mine: list[ConversationSummary]
    waiting: list[ConversationSummary]
    others: list[ConversationSummary]
    closed: list[ConversationSummary]
    # What a search found; None where nothing is looked for.
    found: list[ConversationSummary] | None
    waiting_by_queue: dict[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the left side is narrowed to; it stands in the page's address."""

    q: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline as the agency's clock shows it; `iso` lets the reader's own clock show it too."""

    iso: str
    day: date
    clock: str
    zone: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the member may do with the conversation that is open."""

    accept: bool
    speak: bool
    note: bool
    move: bool
    end: bool
    wrap: bool
    ticket: bool
    # To promise a call-back, while none is and no colleague talks to them.
    promise: bool
    # To ask a colleague in, the second line, or the next step against abuse.
    share: bool
    take: bool
    watch: bool
    leave: bool
    # The offer that may be refused, by its id.
    offer: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation that is open, without its thread."""

    talk: ConversationView
    ticket: Ticket | None
    allowed: Allowed
    owner_name: str | None
    language: str
    due: Due | None
    takers: list[Counselor]
    earlier: list[ConversationSummary]


def lists(s: Session, member: Member, wanted: Wanted) -> Lists:
    """Who is next in front, as the allocator has it; overseers also see what others talk about.
    One's own conversations are always there, whatever the rest is narrowed to."""
    queue = wanted.queue or None
    mine = queries.mine(s, member)
    own = {talk.conversation.id for talk in mine}
    overseer = member.role in access.OVERSEERS
    active = _page(s, member, "active", ACTIVE_SHOWN, queue) if overseer else []
    offered = queries.talks(s, sorted(member.offered))
    waiting = [
        x
        for x in line.talks(s, member)
        if queue in {None, x.conversation.queue} and x.conversation.id not in member.offered
    ]
    hits = found(s, member, wanted.q, queue=queue) if wanted.q else None
    return Lists(
        offered=[_summary(talk) for talk in offered],
        mine=[_summary(talk) for talk in mine],
        waiting=[_summary(talk) for talk in waiting],
        others=[_summary(talk) for talk in active if talk.conversation.id not in own],
        closed=[_summary(talk) for talk in _page(s, member, "closed", CLOSED_SHOWN, queue)],
        found=None if hits is None else [_summary(talk) for talk in hits],
        waiting_by_queue=queries.waiting_by_queue(s, member),
    )


def opened(s: Session, member: Member, conversation_id: str, zone: str) -> Opened:
    """Raises NotFound where the member may not even know of the conversation."""
    conversation = access.must_read(member, s.get(Conversation, conversation_id))
    ticket = s.get(Ticket, conversation.ticket_id) if conversation.ticket_id else None
    owner = s.get(Counselor, conversation.owner_id) if conversation.owner_id else None
    waits = conversation.status == "waiting" and conversation.owner_kind == "queue"
    talks = conversation.status in {"waiting", "active"} and conversation.owner_kind != "bot"
    active = conversation.status == "active"
    holds = conversation.owner_id == member.id
    oversees = access.may(member, "conversation.oversee") and not holds
    attends = conversation.id in member.attends
    offer = reservations.offered(s, conversation.id)
    own_offer = offer.id if offer and offer.counselor_id == member.id else None
    return Opened(
        talk=shown(s, conversation_id),
        ticket=ticket,
        allowed=Allowed(
            accept=own_offer is not None or (waits and access.may_accept(member, conversation)),
            speak=active and access.may_speak(member, conversation),
            note=access.may_note(member, conversation),
            move=talks and access.may_move(member, conversation),
            end=active and access.may_end(member, conversation),
            wrap=conversation.status in {"active", "wrap_up"}
            and access.may_wrap(member, conversation),
            ticket=access.may(member, "ticket.write")
            and (ticket is None or access.may_write_ticket(member, ticket)),
            promise=access.may(member, "conversation.transfer")
            and (holds or conversation.owner_kind in {"bot", "queue"})
            and conversation.status != "closed"
            and callbacks.live(s, conversation.id) is None,
            share=active and holds and access.may_move(member, conversation),
            take=talks and oversees,
            watch=active and oversees and not attends,
            leave=attends and not holds,
            offer=own_offer,
        ),
        owner_name=owner.name if owner else None,
        language=conversation.language,
        due=due(conversation.deadline, zone),
        takers=queries.takers(s, conversation) if access.may(member, "counselor.read") else [],
        earlier=[_summary(talk) for talk in queries.earlier(s, member, conversation)],
    )


def due(deadline: str | None, zone: str) -> Due | None:
    """The moment of a deadline, or None where it is said in words alone."""
    try:
        moment = datetime.fromisoformat(deadline or "")
    except ValueError:
        return None
    agency = ZoneInfo(zone)
    local = moment.replace(tzinfo=agency) if moment.tzinfo is None else moment.astimezone(agency)
    return Due(local.isoformat(), local.date(), local.strftime("%H:%M"), zone)


def newest_event(s: Session) -> int:
    return s.scalar(select(func.max(Event.id))) or 0


def _page(s: Session, member: Member, status: str, limit: int, queue: str | None) -> Sequence[Talk]:
    page = queries.conversations(
        s, member, queue=queue, owner=None, status=status, cursor=None, limit=limit
    )
    rows: Sequence[Talk] = page.rows
    return rows


def _summary(talk: Talk) -> ConversationSummary:
    return views.summary(talk.conversation, talk.contact, talk.ticket)

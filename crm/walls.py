"""Walls: what somebody of the desk is kept from, because they have an interest in it.

A wall hides the talks of a tender or of a firm, with their actions, and their tickets. It holds for
every role alike, and nobody moves their own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    bindparam,
    func,
    or_,
    select,
    union,
    union_all,
)

from crm import clock, events
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.events import Actor
from crm.models import (
    Action,
    Contact,
    Conversation,
    Counselor,
    Delegation,
    Matter,
    Ticket,
    TicketLink,
    Wall,
)

LONGEST = timedelta(days=366 * 3)


def put_up(
    s: Session,
    actor: Actor,
    *,
    counselor_id: str,
    tender: str | None,
    organisation: str | None,
    reason: str,
    ends_at: datetime,
) -> Wall:
    """Keep somebody from a tender or a firm until `ends_at`. Put up twice, it is the same wall.

    Raises Invalid for what cannot be, Conflict where one with another end stands.
    """
    _must_be_sound(s, counselor_id, tender, organisation, reason, ends_at)
    number = tender.strip() if tender else None
    firm = organisation.strip() if organisation else None
    for wall in standing(s):
        same = (wall.counselor_id, wall.tender, wall.organisation) == (counselor_id, number, firm)
        if same and wall.ends_at == ends_at:
            return wall
        if same:
            raise Conflict("Such a wall stands already; lift it first.", field="ends_at")
    wall = Wall(
        counselor_id=counselor_id,
        tender=number,
        organisation=firm,
        reason=reason.strip(),
        set_by=actor.id,
        set_at=clock.now(),
        ends_at=ends_at,
    )
    s.add(wall)
    s.flush()
    _tell(s, "wall.put_up", actor, wall)
    return wall


def lift(s: Session, actor: Actor, wall_id: str) -> Wall:
    """The interest is over before the wall's end. Lifted again is the same answer."""
    wall = s.get(Wall, wall_id, with_for_update=True)
    if wall is None:
        raise NotFound("There is no such wall.")
    if wall.counselor_id == actor.id:
        raise Forbidden("Nobody lifts a wall before themselves.")
    if wall.lifted_at is None:
        wall.lifted_by, wall.lifted_at = actor.id, clock.now()
        _tell(s, "wall.lifted", actor, wall)
    return wall


def every(s: Session, limit: int = 500) -> Sequence[Wall]:
    """All walls, those that stand first, then the newest."""
    rows = s.scalars(select(Wall).order_by(Wall.set_at.desc(), Wall.id).limit(limit)).all()
    return sorted(rows, key=lambda wall: not stands(wall))


def standing(s: Session) -> Sequence[Wall]:
    return s.scalars(select(Wall).where(_stands()).order_by(Wall.set_at)).all()


def stands(wall: Wall) -> bool:
    return wall.lifted_at is None and wall.ends_at > clock.now()


# Asked with every request of a member, so it is put together once.
_ANY_OF = (
    select(Wall.id)
    .where(
        Wall.counselor_id == bindparam("who"),
        Wall.lifted_at.is_(None),
        Wall.ends_at > bindparam("now"),
    )
    .limit(1)
)


def kept_from(s: Session, counselor_id: str) -> frozenset[str]:
    """Ids of the conversations, tickets and contacts that stand behind somebody's walls now: those
    of a tender, and everything of whoever acts for a firm."""
    if s.scalar(_ANY_OF, {"who": counselor_id, "now": clock.now()}) is None:
        return frozenset()
    mine = (_stands(), Wall.counselor_id == counselor_id)
    talks, own = set(s.scalars(_talks(*mine))), set(s.scalars(_tickets(*mine)))
    through = s.scalars(
        select(Conversation.ticket_id).where(
            Conversation.id.in_(talks), Conversation.ticket_id.is_not(None)
        )
    )
    people = s.scalars(select(_people(*mine).c.contact_id))
    return frozenset({*talks, *own, *people, *(ticket for ticket in through if ticket)})


def kept_out(s: Session, *conversation_ids: str) -> dict[str, frozenset[str]]:
    """Who may not have which of these conversations: for all that wait, or for one."""
    if s.scalar(select(Wall.id).where(_stands()).limit(1)) is None:
        return {}
    behind = _talks(_stands()).subquery()
    talk_id, counselor_id = behind.c
    found: defaultdict[str, set[str]] = defaultdict(set)
    query = select(talk_id, counselor_id).where(talk_id.in_(conversation_ids))
    for talk, counselor in s.execute(query):
        found[talk].add(counselor)
    return {talk: frozenset(people) for talk, people in found.items()}


def must_not_stand(s: Session, conversation: Conversation, counselor_id: str) -> None:
    """Raises Conflict where a wall keeps somebody from a conversation. The reason is not told."""
    if counselor_id in kept_out(s, conversation.id).get(conversation.id, ()):
        raise Conflict("This counselor cannot have this conversation.", field="counselor")


def reached(s: Session, conversation: Conversation, counselor_id: str) -> None:
    """A conversation turned out to be about what somebody is kept from."""
    data = {"counselor": counselor_id}
    events.emit(s, "wall.reached", events.SYSTEM, conversation=conversation.id, data=data)


def met(
    s: Session,
    actor: Actor,
    *,
    conversation: str | None,
    ticket: str | None,
    contact: str | None = None,
) -> None:
    """Somebody asked for what a wall keeps from them, and was told that there is no such thing."""
    data = {"contact": contact} if contact else None
    events.emit(s, "wall.met", actor, conversation=conversation, ticket=ticket, data=data)


def looked(s: Session, actor: Actor, conversation: str) -> None:
    """Somebody read a conversation that others are kept from: that is an event, too."""
    events.emit(s, "conversation.looked_at", actor, conversation=conversation)


def _must_be_sound(
    s: Session,
    counselor_id: str,
    tender: str | None,
    organisation: str | None,
    reason: str,
    ends_at: datetime,
) -> None:
    if s.get(Counselor, counselor_id) is None:
        raise Invalid("There is no such person at this desk.", field="counselor")
    if bool((tender or "").strip()) == bool((organisation or "").strip()):
        raise Invalid("Name either a tender or an organisation.", field="tender")
    if not reason.strip():
        raise Invalid("A wall needs a reason.", field="reason")
    if not clock.now() < ends_at <= clock.now() + LONGEST:
        raise Invalid("A wall ends some time from now, within three years.", field="ends_at")


def _stands() -> ColumnElement[bool]:
    return (Wall.lifted_at.is_(None)) & (Wall.ends_at > clock.now())


def _talks(*walls: ColumnElement[bool]) -> CompoundSelect[str, str]:
    """(conversation, counselor) for each talk behind a wall, by its tender or by its firm."""
    who, number = Wall.counselor_id, func.upper(Wall.tender)
    by_name = select(Matter.conversation_id, who).join(Wall, number == Matter.tender)
    by_ticket = (
        select(Conversation.id, who)
        .join(Ticket, Ticket.id == Conversation.ticket_id)
        .join(Wall, number == func.upper(Ticket.procurement_reference))
    )
    by_link = (
        select(Conversation.id, who)
        .join(TicketLink, TicketLink.ticket_id == Conversation.ticket_id)
        .join(Wall, number == func.upper(TicketLink.value))
    )
    by_act = select(Action.conversation_id, who).join(
        Wall,
        or_(Wall.organisation == Action.organisation, number == func.upper(Action.tender_number)),
    )
    people = _people(*walls)
    by_firm = select(Conversation.id, people.c.counselor_id).join(
        people, people.c.contact_id == Conversation.contact_id
    )
    by_tender = (by_name, by_ticket, by_link, by_act)
    return union(*(part.where(*walls) for part in by_tender), by_firm)


def _tickets(*walls: ColumnElement[bool]) -> CompoundSelect[str, str]:
    """(ticket, counselor) for tickets that are behind a wall without any talk of theirs."""
    who, number = Wall.counselor_id, func.upper(Wall.tender)
    by_reference = select(Ticket.id, who).join(
        Wall, number == func.upper(Ticket.procurement_reference)
    )
    people = _people(*walls)
    by_firm = select(Ticket.id, people.c.counselor_id).join(
        people, people.c.contact_id == Ticket.contact_id
    )
    by_link = select(TicketLink.ticket_id, who).join(Wall, number == func.upper(TicketLink.value))
    return union(*(part.where(*walls) for part in (by_reference, by_link)), by_firm)


def _people(*walls: ColumnElement[bool]) -> CTE:
    """(contact, counselor) for whoever acts for a firm behind a wall, under each of their rows."""
    acting = (
        select(Delegation.contact_id, Wall.counselor_id)
        .join(Wall, Wall.organisation == Delegation.organisation)
        .where(*walls)
        .cte(recursive=True)
    )
    up = select(Contact.id.label("one"), Contact.merged_into_id.label("other"))
    down = select(Contact.merged_into_id.label("one"), Contact.id.label("other"))
    merged = Contact.merged_into_id.is_not(None)
    same = union_all(up.where(merged), down.where(merged)).subquery()
    return acting.union(
        select(same.c.other, acting.c.counselor_id).join(acting, acting.c.contact_id == same.c.one)
    )


def _tell(s: Session, kind: str, actor: Actor, wall: Wall) -> None:
    data = {"wall": wall.id, "counselor": wall.counselor_id}
    if kind == "wall.put_up":
        data["ends_at"] = wall.ends_at.isoformat()
    events.emit(s, kind, actor, data=data, content=wall.reason)

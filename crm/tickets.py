"""Tickets: a number people can read out, and the matter behind it."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select, update

from crm import calendars, clock, db, events, notifications, sla
from crm.calendars import WorkingTime
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.models import (
    Conversation,
    Counselor,
    Incident,
    IncidentContact,
    Number,
    Reversal,
    Ticket,
    TicketLink,
    TicketNote,
    TicketWatcher,
)
from crm.sla import Clocks

PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("open", "pending", "solved", "closed")
SECOND_LINE_QUEUES = frozenset({"legal"})
LINKS = ("tender", "organisation")
MOST_TAGS = 20
OVER = frozenset({"solved", "closed"})


def open_ticket(
    s: Session,
    *,
    actor: Actor,
    contact_id: str,
    subject: str,
    category: str,
    queue: str,
    priority: str = "normal",
    reference: str | None = None,
    conversation: Conversation | None = None,
) -> Ticket:
    """Open a ticket, numbered within the year, and gather the conversation it came from."""
    now = clock.now()
    _known(priority, PRIORITIES, "priority")
    ticket = Ticket(
        number=next_number(s, "ticket", "T"),
        subject=subject[:300],
        category=category,
        queue=queue,
        tier=2 if queue in SECOND_LINE_QUEUES else 1,
        priority=priority,
        contact_id=contact_id,
        procurement_reference=reference,
        tags=[],
        breaches=0,
        created_at=now,
    )
    if conversation:
        ticket.incident_id = _incident_of(s, conversation)
    _set(ticket, sla.begin(calendars.of_queue(s, queue), priority, now))
    s.add(ticket)
    s.flush()
    if reference:
        db.insert_new(s, TicketLink, ticket_id=ticket.id, kind="tender", value=reference)
    if conversation:
        conversation.ticket_id = ticket.id
    events.emit(
        s,
        "ticket.opened",
        actor,
        ticket=ticket.id,
        conversation=conversation.id if conversation else None,
        data={
            "queue": queue,
            "tier": ticket.tier,
            "priority": priority,
            "category": _code(category),
        },
    )
    return ticket


def number_of(s: Session, ticket_id: str) -> str:
    """What a ticket is called, where nothing else of it is wanted."""
    return s.execute(_NUMBER, {"ticket": ticket_id}).scalar_one()


_NUMBER = select(Ticket.number).where(Ticket.id == bindparam("ticket"))


def get(s: Session, ticket_id: str) -> Ticket:
    ticket = s.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("There is no such ticket.")
    return ticket


def locked(s: Session, ticket_id: str) -> Ticket:
    """The ticket, which nobody else changes until this transaction ends."""
    ticket = s.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound("There is no such ticket.")
    return ticket


def change(s: Session, ticket: Ticket, actor: Actor, changes: dict[str, Any]) -> Ticket:
    """Change status, priority, queue, category, subject, tags or assignee; the clocks follow, and
    the tier follows the queue where none is named."""
    _may_change(ticket, changes)
    working = calendars.of_queue(s, ticket.queue)
    was = ticket.status, ticket.priority
    for field, value in changes.items():
        setattr(ticket, field, _tags(value) if field == "tags" else value)
    if "queue" in changes and "tier" not in changes:
        second = ticket.queue in SECOND_LINE_QUEUES or ticket.awaits
        ticket.tier = 2 if second else 1
    if ticket.priority != was[1]:
        _reprioritised(ticket, working, was[1])
    if ticket.status != was[0]:
        _turned(ticket, working, was[0])
    if ticket.status in OVER and ticket.solved_at is None:
        ticket.solved_at = clock.now()
    if ticket.status not in OVER:
        ticket.solved_at = None
    events.emit(
        s,
        "ticket.changed",
        actor,
        ticket=ticket.id,
        data={
            "fields": sorted(changes),
            "status": ticket.status,
            "queue": ticket.queue,
            "priority": ticket.priority,
            "told": _told_of_change(s, ticket, actor, changes),
        },
    )
    return ticket


def _told_of_change(s: Session, ticket: Ticket, actor: Actor, changes: dict[str, Any]) -> list[str]:
    """Whoever watches hears that it changed; whoever it was given to hears that instead."""
    given = {str(changes["assignee_id"])} if changes.get("assignee_id") else set()
    watching = set(watchers(s, ticket.id)) - given
    told = notifications.of_ticket(s, ticket.id, "assigned", actor, people=given)
    return told + notifications.of_ticket(s, ticket.id, "change", actor, people=watching)


def _may_change(ticket: Ticket, changes: dict[str, Any]) -> None:
    allowed = {"status": STATUSES, "priority": PRIORITIES}
    for field, value in changes.items():
        if field in allowed:
            _known(value, allowed[field], field)
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into another.", into=ticket.merged_into_id)
    if ticket.awaits and changes.get("status") in OVER:
        raise Conflict("This ticket waits for a ruling.", awaits=ticket.awaits)


def answered(s: Session, ticket_id: str) -> None:
    """A counselor said something to the contact: the first- or next-answer clock stops."""
    s.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id, Ticket.first_answered_at.is_(None))
        .values(first_answered_at=clock.now())
    )
    s.execute(update(Ticket).where(Ticket.id == ticket_id).values(next_answer_due=None))


def asked(s: Session, ticket_id: str) -> None:
    """The contact wrote: a pending matter goes on, and after a first answer the next is owed."""
    ticket = locked(s, ticket_id)
    working = calendars.of_queue(s, ticket.queue)
    if ticket.status == "pending":
        ticket.status = "open"
        _turned(ticket, working, "pending")
        told = notifications.of_ticket(s, ticket.id, "change", SYSTEM)
        codes = {"fields": ["status"], "status": "open", "queue": ticket.queue, "told": told}
        events.emit(s, "ticket.changed", SYSTEM, ticket=ticket.id, data=codes)
    if ticket.first_answered_at and ticket.next_answer_due is None and ticket.status == "open":
        ticket.next_answer_due = sla.asked_again(working, ticket.priority, clock.now())


# --- merging, splitting, and taking both back -------------------------------------------------


def merge(s: Session, actor: Actor, ticket: Ticket, into: Ticket) -> Ticket:
    """One matter under two numbers: all talks go on under `into`. Can be undone."""
    if ticket.id == into.id:
        raise Invalid("A ticket cannot be merged into itself.", field="into")
    for one in (ticket, into):
        if one.merged_into_id:
            raise Conflict("This ticket was merged already.", into=one.merged_into_id)
    if ticket.awaits:
        raise Conflict("This ticket waits for a ruling.", awaits=ticket.awaits)
    moved = _conversations(s, ticket.id)
    s.add(
        Reversal(
            kind="merge",
            from_id=ticket.id,
            to_id=into.id,
            moved={"conversations": moved, "status": ticket.status},
            at=clock.now(),
        )
    )
    _move(s, moved, into.id)
    working = calendars.of_queue(s, ticket.queue)
    was, ticket.status, ticket.merged_into_id = ticket.status, "closed", into.id
    if was not in OVER:
        _turned(ticket, working, was)
    for row in s.scalars(select(TicketWatcher).where(TicketWatcher.ticket_id == ticket.id)):
        db.insert_new(s, TicketWatcher, ticket_id=into.id, counselor_id=row.counselor_id)
    told = notifications.of_ticket(s, into.id, "merge", actor)
    codes = {"into": into.id, "conversations": len(moved), "told": told}
    events.emit(s, "ticket.merged", actor, ticket=ticket.id, data=codes)
    return into


def split(
    s: Session,
    actor: Actor,
    ticket: Ticket,
    *,
    conversations: Sequence[str],
    subject: str | None,
    queue: str | None,
) -> Ticket:
    """Two matters under one number: these talks get a ticket of their own. Can be undone."""
    there = _conversations(s, ticket.id)
    moved = [c for c in there if c in set(conversations)]
    if len(moved) != len(set(conversations)):
        raise Invalid("These are not conversations of this ticket.", field="conversations")
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into another.", into=ticket.merged_into_id)
    made = open_ticket(
        s,
        actor=actor,
        contact_id=s.get_one(Conversation, moved[0]).contact_id if moved else ticket.contact_id,
        subject=subject or ticket.subject,
        category=ticket.category,
        queue=queue or ticket.queue,
        priority=ticket.priority,
        reference=ticket.procurement_reference,
    )
    s.add(
        Reversal(
            kind="split",
            from_id=ticket.id,
            to_id=made.id,
            moved={"conversations": moved},
            at=clock.now(),
        )
    )
    _move(s, moved, made.id)
    told = notifications.of_ticket(s, ticket.id, "split", actor)
    codes = {"to": made.id, "conversations": len(moved), "told": told}
    events.emit(s, "ticket.split", actor, ticket=ticket.id, data=codes)
    return made


def undo(s: Session, actor: Actor, ticket: Ticket) -> Reversal:
    """Take back the last merge or split that this ticket was part of.

    What moved goes back where it still is where it was moved to; what moved on since stays.
    """
    last = s.scalar(_last_reversal(ticket.id).with_for_update())
    if last is None:
        raise Conflict("There is no merge or split to undo.")
    source, target = locked(s, last.from_id), locked(s, last.to_id)
    still = set(_conversations(s, target.id))
    _move(s, [c for c in last.moved["conversations"] if c in still], source.id)
    last.undone_at = clock.now()
    if last.kind == "merge":
        source.merged_into_id, source.status = None, last.moved["status"]
        if source.status not in OVER:
            _turned(source, calendars.of_queue(s, source.queue), "closed")
    else:
        left = _conversations(s, target.id)
        target.merged_into_id, target.status = source.id, "closed"
        _move(s, left, source.id)
        _turned(target, calendars.of_queue(s, target.queue), "open")
    told = notifications.of_ticket(s, ticket.id, "undo", actor)
    codes = {"kind": last.kind, "from": source.id, "to": target.id, "told": told}
    events.emit(s, "ticket.undone", actor, ticket=ticket.id, data=codes)
    return last


def to_undo(s: Session, ticket_id: str) -> Reversal | None:
    """The last merge or split that this ticket was part of and that still stands."""
    return s.scalar(_last_reversal(ticket_id))


def _last_reversal(ticket_id: str) -> Select[Reversal]:
    return (
        select(Reversal)
        .where(
            or_(Reversal.from_id == ticket_id, Reversal.to_id == ticket_id),
            Reversal.undone_at.is_(None),
        )
        .order_by(Reversal.at.desc(), Reversal.id)
        .limit(1)
    )


# --- notes, watchers, links ------------------------------------------------------------------


def note(
    s: Session, actor: Actor, ticket: Ticket, *, text: str, mentions: Sequence[str]
) -> TicketNote:
    """Say something to colleagues. Whoever is mentioned watches the ticket from now on."""
    people = set(s.scalars(select(Counselor.id).where(Counselor.id.in_(mentions))))
    if people != set(mentions):
        raise Invalid("One of those mentioned is not of this desk.", field="mentions")
    row = TicketNote(
        ticket_id=ticket.id,
        author_id=actor.id or "",
        text=text,
        mentions=sorted(people),
        created_at=clock.now(),
    )
    s.add(row)
    s.flush()
    watching = set(watchers(s, ticket.id)) - people
    told = notifications.of_ticket(s, ticket.id, "mention", actor, people=people, about=row.id)
    told += notifications.of_ticket(s, ticket.id, "note", actor, people=watching, about=row.id)
    for person in {*people, row.author_id}:
        db.insert_new(s, TicketWatcher, ticket_id=ticket.id, counselor_id=person)
    codes = {"note": row.id, "mentions": sorted(people), "told": told}
    events.emit(s, "ticket.noted", actor, ticket=ticket.id, data=codes, content=text)
    return row


def notes(s: Session, ticket_id: str) -> Sequence[TicketNote]:
    return s.scalars(
        select(TicketNote)
        .where(TicketNote.ticket_id == ticket_id)
        .order_by(TicketNote.created_at, TicketNote.id)
    ).all()


def watch(s: Session, actor: Actor, ticket: Ticket, *, watching: bool) -> None:
    """Begin or cease to watch a ticket; the same again changes nothing."""
    key = {"ticket_id": ticket.id, "counselor_id": actor.id or ""}
    row = s.get(TicketWatcher, tuple(key.values()))
    if watching == (row is not None):
        return
    if row:
        s.delete(row)
    else:
        db.insert_new(s, TicketWatcher, **key)
    kind = "ticket.watched" if watching else "ticket.unwatched"
    events.emit(s, kind, actor, ticket=ticket.id, data={"counselor": actor.id})


def watchers(s: Session, ticket_id: str) -> list[str]:
    rows = select(TicketWatcher.counselor_id).where(TicketWatcher.ticket_id == ticket_id)
    return sorted(s.scalars(rows))


def link(
    s: Session, actor: Actor, ticket: Ticket, *, kind: str, value: str, there: bool = True
) -> None:
    """Say what a ticket is about, or take it back; the same again changes nothing."""
    _known(kind, LINKS, "kind")
    row = s.get(TicketLink, (ticket.id, kind, value))
    if there == (row is not None):
        return
    if row:
        s.delete(row)
    else:
        db.insert_new(s, TicketLink, ticket_id=ticket.id, kind=kind, value=value)
    event = "ticket.linked" if there else "ticket.unlinked"
    events.emit(s, event, actor, ticket=ticket.id, data={"kind": kind}, content=value)


def links(s: Session, ticket_id: str) -> Sequence[TicketLink]:
    return s.scalars(
        select(TicketLink)
        .where(TicketLink.ticket_id == ticket_id)
        .order_by(TicketLink.kind, TicketLink.value)
    ).all()


# --- clocks ----------------------------------------------------------------------------------


def late(s: Session) -> Sequence[tuple[str, str]]:
    """Tickets and the clocks of theirs that ran out and were not yet told so."""
    now = clock.now()
    found: list[tuple[str, str]] = []
    for name, due in (
        ("first_answer", and_(Ticket.first_answer_due < now, Ticket.first_answered_at.is_(None))),
        ("next_answer", Ticket.next_answer_due < now),
        ("solution", and_(Ticket.solution_due < now, Ticket.solved_at.is_(None))),
    ):
        rows = s.scalars(
            select(Ticket.id)
            .where(
                due,
                Ticket.status == "open",
                Ticket.breaches.bitwise_and(sla.BITS[name]) == 0,
            )
            .limit(200)
        )
        found += [(ticket_id, name) for ticket_id in rows]
    return found


def breach(s: Session, ticket_id: str, name: str) -> None:
    """A clock ran out. Told once, whoever looks."""
    ticket = locked(s, ticket_id)
    due = clocks(ticket).running().get(name)
    if ticket.breaches & sla.BITS[name] or due is None or due >= clock.now():
        return
    ticket.breaches |= sla.BITS[name]
    told = notifications.of_ticket(s, ticket.id, "late", SYSTEM)
    codes = {"clock": name, "priority": ticket.priority, "queue": ticket.queue, "told": told}
    events.emit(s, "ticket.breached", SYSTEM, ticket=ticket.id, data=codes)


def clocks(ticket: Ticket) -> Clocks:
    """The clocks of a ticket that still run."""
    over = ticket.status in OVER
    return Clocks(
        first_answer=None if ticket.first_answered_at or over else ticket.first_answer_due,
        next_answer=None if over else ticket.next_answer_due,
        solution=None if ticket.solved_at or over else ticket.solution_due,
    )


def _turned(ticket: Ticket, working: WorkingTime, was: str) -> None:
    """A status begins or ends in which the clocks stand."""
    now, stood = clock.now(), {"pending", *OVER}
    if was not in stood and ticket.status in stood:
        running = Clocks(
            None if ticket.first_answered_at else ticket.first_answer_due,
            ticket.next_answer_due,
            ticket.solution_due,
        )
        ticket.clocks_left = sla.stop(running, working, now)
    elif was in stood and ticket.status not in stood:
        _set(ticket, sla.go_on(ticket.clocks_left or {}, working, now))
        ticket.clocks_left = None


def _reprioritised(ticket: Ticket, working: WorkingTime, was: str) -> None:
    if ticket.clocks_left is not None or ticket.status in OVER:
        return
    _set(
        ticket,
        sla.moved(clocks(ticket), working, was=was, priority=ticket.priority, now=clock.now()),
    )


def _set(ticket: Ticket, due: Clocks) -> None:
    if due.first_answer:
        ticket.first_answer_due = due.first_answer
    if due.next_answer:
        ticket.next_answer_due = due.next_answer
    if due.solution:
        ticket.solution_due = due.solution


def _incident_of(s: Session, conversation: Conversation) -> str | None:
    """The open incident that a conversation suffers from: the parent of its ticket."""
    return s.scalar(_INCIDENT, {"talk": conversation.id})


# Asked for every ticket: put together once.
_INCIDENT = (
    select(Incident.id)
    .join(IncidentContact, IncidentContact.incident_id == Incident.id)
    .where(IncidentContact.conversation_id == bindparam("talk"), Incident.state == "open")
    .order_by(Incident.opened_at.desc())
    .limit(1)
)


def _conversations(s: Session, ticket_id: str) -> list[str]:
    return sorted(s.scalars(select(Conversation.id).where(Conversation.ticket_id == ticket_id)))


def _move(s: Session, conversations: Sequence[str], ticket_id: str) -> None:
    s.execute(
        update(Conversation)
        .where(Conversation.id.in_(conversations))
        .values(ticket_id=ticket_id)
        .execution_options(synchronize_session="fetch")
    )


def next_number(s: Session, noun: str, letter: str) -> str:
    """The next number of the year: `T-2026-000001`."""
    year = clock.now().year
    name = f"{noun}-{year}"
    db.alone(s, "number", name)
    number = s.get(Number, name, populate_existing=True)
    if number is None:
        number = Number(name=name, value=0)
        s.add(number)
    number.value += 1
    s.flush()
    return f"{letter}-{year}-{number.value:06d}"


def _tags(value: Sequence[str]) -> list[str]:
    tags = sorted({tag.casefold() for tag in value if tag})
    if len(tags) > MOST_TAGS:
        raise Invalid(f"A ticket has up to {MOST_TAGS} tags.", field="tags")
    return tags


def _code(category: str) -> str:
    """The category for the journal, which takes codes and none of anybody's words."""
    return category if re.fullmatch("[a-z_]+", category) else "other"


def _known(value: str | None, allowed: tuple[str, ...], field: str) -> str:
    if value not in allowed:
        raise Invalid(f"{field} is one of {', '.join(allowed)}.", field=field)
    return value

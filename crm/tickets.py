"""Tickets: a number people can read out, and the matter behind it."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from crm import clock, db, events
from crm.db import Session
from crm.errors import Invalid, NotFound
from crm.events import Actor
from crm.models import Conversation, Number, Ticket

PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("open", "pending", "solved", "closed")
SECOND_LINE_QUEUES = frozenset({"legal"})
# First answer and solution by priority; business calendars refine these clocks.
FIRST_ANSWER = {"urgent": 1, "high": 4, "normal": 24, "low": 48}
SOLUTION = {"urgent": 24, "high": 72, "normal": 120, "low": 240}


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
    ticket = Ticket(
        number=_next_number(s),
        subject=subject[:300],
        category=category,
        queue=queue,
        tier=2 if queue in SECOND_LINE_QUEUES else 1,
        priority=_known(priority, PRIORITIES, "priority"),
        contact_id=contact_id,
        procurement_reference=reference,
        first_answer_due=now + timedelta(hours=FIRST_ANSWER[priority]),
        solution_due=now + timedelta(hours=SOLUTION[priority]),
        created_at=now,
    )
    s.add(ticket)
    s.flush()
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


def get(s: Session, ticket_id: str) -> Ticket:
    ticket = s.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("There is no such ticket.")
    return ticket


def change(s: Session, ticket: Ticket, actor: Actor, changes: dict[str, Any]) -> Ticket:
    """Change status, priority, queue, category, subject or assignee; one event names the fields."""
    allowed = {"status": STATUSES, "priority": PRIORITIES}
    for field, value in changes.items():
        if field in allowed:
            _known(value, allowed[field], field)
        setattr(ticket, field, value)
    if "queue" in changes:
        ticket.tier = 2 if ticket.queue in SECOND_LINE_QUEUES else 1
    if changes.get("status") in {"solved", "closed"} and ticket.solved_at is None:
        ticket.solved_at = clock.now()
    if changes.get("status") in {"open", "pending"}:
        ticket.solved_at = None
    events.emit(
        s,
        "ticket.changed",
        actor,
        ticket=ticket.id,
        data={"fields": sorted(changes), "status": ticket.status, "queue": ticket.queue},
    )
    return ticket


def answered(s: Session, ticket_id: str) -> None:
    """A counselor said something to the contact: the first-answer clock stops, once."""
    s.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id, Ticket.first_answered_at.is_(None))
        .values(first_answered_at=clock.now())
    )


def _next_number(s: Session) -> str:
    year = clock.now().year
    name = f"ticket-{year}"
    db.alone(s, "number", name)
    number = s.get(Number, name, populate_existing=True)
    if number is None:
        number = Number(name=name, value=0)
        s.add(number)
    number.value += 1
    s.flush()
    return f"T-{year}-{number.value:06d}"


def _code(category: str) -> str:
    """The category for the journal, which takes codes and none of anybody's words."""
    return category if re.fullmatch("[a-z_]+", category) else "other"


def _known(value: str | None, allowed: tuple[str, ...], field: str) -> str:
    if value not in allowed:
        raise Invalid(f"{field} is one of {', '.join(allowed)}.", field=field)
    return value

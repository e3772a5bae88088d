"""A call-back that was asked for in words, or that somebody of the desk promises: when it is due,
and the promise itself."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.moments import due
from bot.personal_numbers import masked
from crm import (
    access,
    calendars,
    callbacks,
    clock,
    consents,
    conversations,
    merging,
    protection,
)
from crm.access import Member
from crm.calendars import WorkingTime
from crm.db import Session
from crm.errors import Conflict, Invalid
from crm.events import Actor
from crm.models import CallBack, Contact, Conversation, Ticket
from crm.settings import Settings
from routing.calls import with_people
from routing.workforce import quiet

DEFAULT_QUEUE = "technical"

# What `due` means by a day without a clock.
END_OF_DAY = time(23, 59)


def promise(
    s: Session, talk: Conversation, *, queue: str, when: str, number: str, about: str
) -> CallBack | None:
    """Promise to ring at the time that was said, or, where none was, when the talk's turn comes. A
    promise that stands already is moved.

    None where nobody rings: the contact is suspended, or somebody has the talk already.
    """
    by_bot = conversations.answered_by_bot(talk)
    if not by_bot or protection.suspension_of(s, talk.contact_id):
        return None
    conversations.brief(s, talk, _packet(talk, when=when, number=number, about=about))
    actor, stands = Actor("contact", talk.contact_id), standing(s, talk)
    at = moment(when, calendars.of_queue(s, stands.queue if stands else queue), clock.now())
    if stands:
        return callbacks.move(s, stands, talk, actor=actor, at=at, number=number[:40] or None)
    return callbacks.promise(s, talk, actor=actor, queue=queue, at=at, number=number[:40] or None)


def promise_by_desk(
    s: Session,
    settings: Settings,
    member: Member,
    talk: Conversation,
    *,
    at: datetime | None,
    number: str | None,
    about: str | None,
    mine: bool,
) -> CallBack:
    """A counselor promises that the contact will be rung, by themselves (`mine`, while they are at
    work) or by anybody.

    Raises Conflict with a `reason` where the contact is not rung: `do_not_contact`, `suspended`,
    `promised` already, `with_counselor` (a colleague), `on_the_line` (now); Invalid where the
    moment is not within the next 30 days, or nobody rings then (`quiet_hours`, `closed`).
    """
    _may_be_promised(s, talk)
    queue = talk.queue or DEFAULT_QUEUE
    if at is not None:
        _someone_rings(settings, calendars.of_queue(s, queue), at)
    if about or number:
        packet = _packet(talk, when="", number=number or "", about=about or "")
        conversations.brief(s, talk, _briefed(talk, packet))
    return callbacks.promise(
        s,
        talk,
        actor=Actor("counselor", member.id),
        queue=queue,
        at=at,
        number=number,
        preferred=member.id if mine else None,
    )


def _may_be_promised(s: Session, talk: Conversation) -> None:
    if consents.refusal(s, talk.contact_id, "service") == "do_not_contact":
        raise Conflict("This contact does not want to be contacted.", reason="do_not_contact")
    if protection.suspension_of(s, talk.contact_id):
        raise Conflict("This contact is answered in writing for now.", reason="suspended")
    if talk.owner_kind == "counselor" and with_people.on_the_line(s, talk):
        raise Conflict("They are on the line: end the call first.", reason="on_the_line")


def _someone_rings(settings: Settings, working: WorkingTime, at: datetime) -> None:
    if quiet.is_quiet(settings.quiet_hours, settings.hours.zone, at):
        raise Invalid("Nobody is rung at these hours.", field="at", reason="quiet_hours")
    if not working.is_open(at):
        opens = working.next_open(at).isoformat()
        raise Invalid("Nobody is there then.", field="at", reason="closed", opens=opens)


def _briefed(talk: Conversation, packet: dict[str, Any]) -> dict[str, Any]:
    """What was known of the talk goes on to whoever rings; the reason of the call comes first."""
    known = talk.handoff or {}
    goal = packet["goal"] or known.get("goal") or ""
    facts = (known.get("facts") or {}) | packet["facts"]
    return packet | known | {"reason": packet["reason"], "goal": goal, "facts": facts}


def talk_to_ring_about(
    s: Session, member: Member, contact: Contact, ticket: Ticket | None, number: str
) -> Conversation:
    """The talk that a promise from a contact's or a ticket's page belongs to: one that waits or is
    the member's own; a new one on the telephone where there is none."""
    ticket_id = ticket.id if ticket else None
    talk = conversations.with_people(
        s, merging.ids(s, contact.id), counselor_id=member.id, ticket_id=ticket_id
    )
    if talk is not None and not access.may_read(member, talk):
        raise Conflict("They wait in a queue of colleagues.", reason="with_counselor")
    if talk is not None:
        return talk
    queue = ticket.queue if ticket else next(iter(member.queues), DEFAULT_QUEUE)
    return conversations.for_a_call(s, contact, queue=queue, address=number, ticket_id=ticket_id)


def standing(s: Session, talk: Conversation) -> CallBack | None:
    """The promise that has the talk, during which the bot still answers."""
    return callbacks.live(s, talk.id) if talk.owner_kind == "callback" else None


def moment(when: str, working: WorkingTime, now: datetime) -> datetime | None:
    """When people are there at or after the time that was said; a day alone means its opening.

    None where no time was said, or none that lies ahead.
    """
    at = due(when, now.astimezone(ZoneInfo(working.hours.zone)))
    if at is None:
        return None
    if at.time() == END_OF_DAY:
        at = datetime.combine(at.date(), time(0), at.tzinfo)
    at = working.next_open(max(at, now))
    return at if now < at <= now + callbacks.FURTHEST else None


def _packet(talk: Conversation, *, when: str, number: str, about: str) -> dict[str, Any]:
    """What the counselor who rings needs to know."""
    facts = {"phone": masked(number), "when": masked(when)}
    return {
        "reason": "callback",
        "goal": masked(about),
        "facts": {name: value for name, value in facts.items() if value},
        "sources_tried": [],
        "language": talk.language,
        "deadline": None,
        "last_turns": [],
    }

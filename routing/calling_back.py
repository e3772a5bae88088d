"""A call-back that was asked for in words: when it is due, and the promise itself."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.moments import due
from bot.personal_numbers import masked
from crm import calendars, callbacks, clock, conversations, protection
from crm.calendars import WorkingTime
from crm.db import Session
from crm.events import Actor
from crm.models import CallBack, Conversation

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

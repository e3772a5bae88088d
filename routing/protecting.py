"""A counselor is abused: the next step of the protocol is carried out and told to the contact."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dates import day
from crm import access, callbacks, clock, conversations, messages, protection
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Message, Suspension
from crm.settings import Settings
from routing import desk, words
from routing.calls import with_people
from routing.workforce.protection import GRADES, KINDS, REMEMBERED, next_step


@dataclass(frozen=True, slots=True)
class Taken:
    """The step that was taken, how long its counselor rests, and the suspension if one began."""

    step: str
    rest_until: datetime | None
    suspension: Suspension | None


def abused(
    s: Session, settings: Settings, member: Member, conversation_id: str, *, kind: str
) -> Taken:
    """The counselor who has the talk reports abuse of a kind; only the next step is possible."""
    conversation = desk.readable(s, member, conversation_id)
    if not access.may_wrap(member, conversation):
        raise Forbidden("Only the counselor who has the talk can do this.")
    if kind not in KINDS:
        raise Invalid(f"kind is one of {', '.join(KINDS)}.", field="kind")
    if conversation.status != "active":
        raise Conflict("The talk is over.", status=conversation.status)
    round_, taken = protection.steps_taken(s, conversation)
    before = protection.endings(s, conversation.contact_id, REMEMBERED)
    what = next_step(taken, kind, before)
    if what is None:
        raise Conflict("The talk was ended already.")
    actor = Actor("counselor", member.id)
    protection.take_step(
        s, conversation, member.id, round_=round_, step=what.step, kind=kind, rest=what.rest
    )
    standing = None
    if what.step == "warn":
        _warn(s, conversation)
    elif what.step == "automated":
        _tell(s, conversation, "abuse_automated")
        conversations.give_to_bot(s, conversation, actor=actor)
        with_people.to_machine(s, conversation)
    else:
        lasts = GRADES[what.grade or 1]
        standing = protection.suspend(s, actor, conversation.contact_id, what.grade or 1, lasts)
        ends = standing.ends_at.astimezone(ZoneInfo(settings.hours.zone))
        _tell(s, conversation, "abuse_end", until=day(ends, conversation.language))
        conversations.wrap(s, conversation, actor=actor, code="abuse", note=None)
        callbacks.finish(s, conversation.id)
        with_people.ended(s, conversation, "ended")
    rest_until = clock.now() + what.rest if what.rest else None
    return Taken(what.step, rest_until, standing)


def _warn(s: Session, conversation: Conversation) -> None:
    told = _tell(s, conversation, "abuse_warn")
    if conversation.channel == "phone":
        with contextlib.suppress(Conflict):  # not on the line, or on one that cannot speak
            with_people.speak(s, conversation, told)


def _tell(s: Session, conversation: Conversation, key: str, **values: str) -> Message:
    language = conversation.language
    return messages.say(
        s, conversation, Draft(SYSTEM, words.say(language, key, **values), language)
    )

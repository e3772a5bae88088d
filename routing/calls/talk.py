"""One call's talk inside one transaction: where the caller stands, and how it goes on.

Every step has a plan (what is said and listened for) and, if it listens, an ear (what follows from
what was heard). The step stands in the record; an address names the step and the serial of the
plan that it belongs to, so that a hook which comes late or twice is known as such.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from bot import port
from crm import actions, calls, clock, conversations, messages, tickets
from crm.calendars import WorkingTime
from crm.db import Session
from crm.models import Call, Conversation
from crm.settings import Settings
from knowledge.port import Language
from routing import hours
from routing import steps as carrying
from routing.calls import words
from routing.calls.plan import HangUp, Plan, Prompt, Say
from routing.calls.speakable import aloud, digit_by_digit
from routing.channels.phone.port import Heard
from routing.work import Work


@dataclass(frozen=True, slots=True)
class Asked:
    """The caller asked the bot something: the answer is this turn's. `claimed` is ours to run."""

    turn_id: str
    claimed: Work | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    s: Session
    settings: Settings
    call: Call
    conversation: Conversation
    can_text: bool = False

    @property
    def language(self) -> Language:
        for known in get_args(Language):
            if known == self.conversation.language:
                found: Language = known
                return found
        return "en"

    @property
    def own_number(self) -> str:
        """The desk's number: the one that is set, or else the one that was called."""
        return self.settings.phone.number or self.conversation.own_address or ""

    def say(self, key: str, **values: object) -> Say:
        return Say(words.say(self.language, key, **values), self.language)

    def staffed(self) -> bool:
        """Whether counselors are there now."""
        return self.working().is_open(clock.now())

    def working(self) -> WorkingTime:
        """When the people of the talk's queue are there."""
        return hours.of_queue(self.s, self.settings, self.conversation.queue)

    def to(self, step: str) -> str:
        """The address of what is heard at a step, for this plan and no other."""
        return f"steps/{step}?n={self.call.serial}"


Planner = Callable[[Talk, Sequence[Prompt]], Plan]
Ear = Callable[[Talk, Heard], Plan | Asked]
PLANS: dict[str, Planner] = {}
EARS: dict[str, Ear] = {}


def planned(step: str) -> Callable[[Planner], Planner]:
    """This function says what is said at a step; the prompts it is given come first."""

    def keep(planner: Planner) -> Planner:
        PLANS[step] = planner
        return planner

    return keep


def heard_at(step: str) -> Callable[[Ear], Ear]:
    def keep(ear: Ear) -> Ear:
        EARS[step] = ear
        return ear

    return keep


def stay(talk: Talk, *first: Prompt) -> Plan:
    """The present step's plan."""
    return PLANS[talk.call.step](talk, first)


def go(talk: Talk, step: str, *first: Prompt) -> Plan:
    """On to another step, saying something first."""
    calls.move(talk.s, talk.call, step)
    return stay(talk, *first)


def again(talk: Talk, heard: Heard) -> Plan:
    """Nothing heard or understood: another wording, and a person after the last try."""
    talk.call.tries += 1
    if talk.call.tries >= talk.settings.phone.tries:
        return person(talk, "failed_turns")
    silent = not heard.speech and not heard.digits
    how = "silence" if silent else "nomatch"
    return stay(talk, talk.say(f"{how}_{min(talk.call.tries, 2)}"))


def person(talk: Talk, reason: str, queue: str | None = None) -> Plan:
    """Put the caller through to people: a place in line, or what there is when nobody is there."""
    if not talk.staffed() and conversations.answered_by_bot(talk.conversation):
        return go(talk, "duty" if talk.settings.phone.duty_number else "closed")
    hand_off(talk, reason, queue)
    if conversations.answered_by_bot(talk.conversation):  # suspended: answered in writing
        said = messages.thread(talk.s, talk.conversation.id)[-1].text
        return good_bye(talk, Say(aloud(said, talk.language), talk.language))
    return into_line(talk)


def into_line(talk: Talk, *first: Prompt) -> Plan:
    """The talk is a queue's already: wait there, or hear when counselors are back."""
    if talk.staffed():
        return go(talk, "queue", *first, talk.say("to_person"), *ticket(talk))
    return go(talk, "duty" if talk.settings.phone.duty_number else "closed", *first)


def ticket(talk: Talk) -> Sequence[Say]:
    """The end of the ticket's number, read digit by digit."""
    if talk.conversation.ticket_id is None:
        return ()
    number = tickets.number_of(talk.s, talk.conversation.ticket_id)
    return (talk.say("ticket", number=digit_by_digit(number[-4:])),)


def hand_off(talk: Talk, reason: str, queue: str | None = None) -> None:
    """A place in a queue with packet and ticket, without troubling the bot. Once for a talk."""
    if not conversations.answered_by_bot(talk.conversation):
        return
    thread = messages.thread(talk.s, talk.conversation.id)
    asked = [m.text for m in thread if m.author_kind == "contact" and not messages.is_sealed(m)]
    chosen = queue or talk.conversation.topic
    topic = words.topic(talk.language, chosen) if chosen else ""
    step = port.HandOff(
        text=words.say(talk.language, "to_person"),
        reason="asked",
        queue=chosen,
        goal=(asked[-1] if asked else topic)[:200] or words.say(talk.language, "no_question"),
        facts={"topic": topic} if topic else {},
    )
    if reason in {"failed_turns", "bot_down"}:
        step = replace(step, reason="failed_turns" if reason == "failed_turns" else "bot_down")
    actions.cancel_live(talk.s, talk.conversation.id, "cancelled")
    carrying.hand_off(talk.s, talk.settings, talk.conversation, None, step)


def good_bye(talk: Talk, *first: Prompt) -> Plan:
    calls.move(talk.s, talk.call, "over")
    return [*first, HangUp()]


@planned("over")
def over(talk: Talk, first: Sequence[Prompt]) -> Plan:
    return [*first, talk.say("goodbye"), HangUp()]

"""Invented journals: the lives of many contacts, told in events and nothing else."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from crm import clock, db, events
from crm.events import Actor

MONDAY = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
SPAN_OF_DAYS = timedelta(days=30)
QUEUES = ("bidding", "payment", "technical")
COUNSELORS = tuple(f"{n:024x}" for n in range(1, 6))
DESK = Actor("counselor", COUNSELORS[0])


@dataclass
class Journal:
    """Events in the making, each with its second; written in the order of time."""

    told: list[tuple[float, int, str, Actor, str | None, dict[str, Any]]] = field(
        default_factory=list
    )

    def say(
        self, at: float, kind: str, actor: Actor, conversation: str | None = None, **data: Any
    ) -> None:
        self.told.append((at, len(self.told), kind, actor, conversation, data))

    def write(self, engine: Engine, monkeypatch: Any, at_once: int = 100) -> None:
        """Through the desk's own journal, with the clock set to each event's moment."""
        ordered = sorted(self.told, key=lambda x: x[:2])
        for some in (ordered[i : i + at_once] for i in range(0, len(ordered), at_once)):
            with db.transaction(engine) as s:
                for at, _, kind, actor, conversation, data in some:
                    moment = MONDAY + timedelta(seconds=at)
                    monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
                    events.emit(s, kind, actor, conversation=conversation, data=data)
        monkeypatch.undo()


def lives(seed: int, contacts: int) -> Journal:
    """Contacts who ask the bot, wait, give up, talk, are moved on, come again, answer surveys."""
    draw, journal = random.Random(seed), Journal()
    people = [f"{0xA00 + n:024x}" for n in range(max(contacts // 2, 1))]
    for counselor in COUNSELORS:
        at = draw.uniform(0, 600)
        for state in ("ready", "not_ready", "ready", "wrap_up", "ready", "offline"):
            codes = {
                "counselor": counselor,
                "state": state,
                "reason": None,
                "was": "",
                "seconds": 0,
            }
            journal.say(at, "presence.changed", Actor("counselor", counselor), None, **codes)
            at += draw.uniform(60, 30_000)
    for n in range(contacts):
        conversation, person = f"{0xC000 + n:024x}", Actor("contact", draw.choice(people))
        at = draw.uniform(0, 10 * 86_400)
        codes = {"channel": draw.choice(("web", "phone")), "language": draw.choice(("en", "ko"))}
        journal.say(at, "conversation.started", person, conversation, **codes)
        for leg in range(draw.choice((1, 1, 1, 2))):
            if leg:
                at += draw.uniform(1, 200_000)
                journal.say(at, "conversation.reopened", person, conversation)
            at = one_leg(draw, journal, conversation, person, at)
    _merges(draw, journal, people)
    return journal


def _merges(draw: random.Random, journal: Journal, people: list[str]) -> None:
    """Contacts turn out to be one person, some of them in chains, some of them wrongly."""
    joined: dict[str, str] = {}
    at = 86_400.0
    for _ in range(len(people) if len(people) > 1 else 0):
        at += draw.uniform(0, 2 * 14 * 86_400 / len(people))
        one, into = draw.sample(people, 2)
        if one in joined:
            into = joined.pop(one)
            journal.say(at, "contact.unmerged", DESK, None, **{"contact": one, "from": into})
        elif one not in _line(joined, into):
            joined[one] = into
            journal.say(at, "contact.merged", DESK, None, contact=one, into=into, by="desk")


def _line(joined: dict[str, str], one: str) -> list[str]:
    line = [one]
    while line[-1] in joined:
        line.append(joined[line[-1]])
    return line


def one_leg(
    draw: random.Random, journal: Journal, conversation: str, person: Actor, at: float
) -> float:
    bot = Actor("bot")
    if draw.random() < 0.15:
        return _placed(draw, journal, conversation, at)

    def say(kind: str, actor: Actor, later: float = 1, **codes: Any) -> None:
        nonlocal at
        at += draw.uniform(0, later)
        journal.say(at, kind, actor, conversation, **codes)

    for _ in range(draw.randint(0, 3)):
        for _ in range(draw.choice((1, 1, 2))):
            say("message.said", person, 60, language="en", characters=3)
        act = draw.choice(("answer", "answer", "clarify", "abstain", "action_done"))
        say("message.said", bot, 3, language=draw.choice(("en", "es")), characters=3, act=act)
    if draw.random() < 0.25:
        if draw.random() < 0.5:
            for _ in range(draw.choice((1, 2))):
                say("survey.answered", person, 60, score=draw.randint(1, 5), commented=False)
        return at
    queue = draw.choice(QUEUES)
    say("message.said", person, 9, language="en", characters=3)
    say("message.said", bot, 1, language="en", characters=3, act="handoff")
    say("conversation.handed_off", bot, 0, queue=queue, urgent=False, reason="asked")
    say("message.said", person, 4, language="en", characters=3)
    if _leaves(draw, say, queue, person):
        return at
    _with_people(draw, say, queue, person)
    for _ in range(draw.choice((0, 1, 2))):
        say("survey.answered", person, 600, score=draw.randint(1, 5), commented=True)
    return at


def _placed(draw: random.Random, journal: Journal, conversation: str, at: float) -> float:
    """A call that a counselor places: reached or not, passed on or not, told of twice."""
    system, who = Actor("system"), Actor("counselor", draw.choice(COUNSELORS))

    def say(kind: str, actor: Actor, later: float, **codes: Any) -> None:
        nonlocal at
        at += draw.uniform(0, later)
        journal.say(at, kind, actor, conversation, **codes)

    say("call.placed", who, 5, reason="matter", ticket=None, queue=draw.choice(QUEUES))
    if draw.random() < 0.1:
        other = draw.choice(COUNSELORS)
        say("conversation.transferred", who, 9, counselor=other)
        who = Actor("counselor", other)
    for _ in range(draw.choice((0, 1, 1, 2))):
        say("call.contact_joined", system, 40)
    if draw.random() < 0.3:
        say("call.held", system, 60)
        say("call.resumed", system, 60)
    say("conversation.ended", system, 200, was="active", queue=None, counselor=who.id)
    say("conversation.wrapped", who, 90, code="answered", counselor=who.id, queue=None)
    return at


def _leaves(draw: random.Random, say: Any, queue: str, person: Actor) -> bool:
    """Whether somebody who waits gives up, or is promised a call-back that has not come yet."""
    if draw.random() < 0.1:
        say("callback.promised", person, 40, callback="x")
        return draw.random() < 0.4
    if draw.random() < 0.35:
        how_long = draw.choice((4, 40))
        say("conversation.ended", person, how_long, was="waiting", queue=queue, counselor=None)
        return True
    return False


def _with_people(draw: random.Random, say: Any, queue: str, person: Actor) -> None:
    counselor = draw.choice(COUNSELORS)
    who = Actor("counselor", counselor)
    if draw.random() < 0.2:
        say("conversation.transferred", Actor("counselor", COUNSELORS[0]), 60, counselor=counselor)
    else:
        say("conversation.accepted", who, 60, queue=queue, waited=1.0)
    for _ in range(draw.randint(0, 3)):
        say("message.said", who, 90, language="en", characters=3)
        say("message.said", person, 90, language="en", characters=3)
        move = draw.random()
        if move < 0.2:
            say("call.held", who, 20)
            say("call.resumed", who, 60)
        elif move < 0.35:
            queue = draw.choice(QUEUES)
            say("conversation.transferred", who, 9, queue=queue)
            who = Actor("counselor", draw.choice(COUNSELORS))
            say("conversation.accepted", who, 90, queue=queue, waited=5.0)
        elif move < 0.45:
            other = draw.choice(COUNSELORS)
            say("conversation.transferred", who, 9, counselor=other)
            who = Actor("counselor", other)
        elif move < 0.5:
            say("conversation.returned", who, 9, queue=queue, counselor=who.id, reason="silent")
            who = Actor("counselor", draw.choice(COUNSELORS))
            say("conversation.accepted", who, 90, queue=queue, waited=5.0)
    if draw.random() < 0.7:
        kind = draw.choice(("ended", "wrap_up_began"))
        say(f"conversation.{kind}", person, 60, was="active", queue=queue, counselor=who.id)
        if draw.random() < 0.2:
            say("conversation.resumed", person, 60)
    say("conversation.wrapped", who, 90, code="answered", counselor=who.id, queue=queue)

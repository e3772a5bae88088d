#!/usr/bin/env python3
"""Recompute any figure of the desk from its exported journal. Standard library only, one file.

    python3 recompute.py journal.jsonl aht --from 2026-11-01T00:00:00+09:00 \\
        --to 2026-12-01T00:00:00+09:00 [--queue Q] [--channel C] [--language L] [--counselor ID]
        [--formula VERSION]

The journal is the export of the desk: one event a line, from its first event on. The hash chain is
checked before anything is computed. Written apart from the desk's own counting, which goes event by
event and keeps sums: here each talk is laid out whole and read from the definitions.
Prints JSON: kpi, version, value, n.
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

QUARTER = 900_000
HANDLING = {"talk_ms": 1, "hold_ms": 1, "wrap_ms": 1}
OFFERED = {"answered": 1, "abandoned": 1}
WAITED = {"answered": 1, "abandoned": 1, "abandoned_short": -1}
# What ends a counselor's handling, and the phases within one.
ENDS = ("conversation.transferred", "conversation.returned", "conversation.wrapped")
PHASES = {
    "call.held": "hold_ms",
    "call.resumed": "talk_ms",
    "conversation.resumed": "talk_ms",
    "conversation.ended": "wrap_ms",
    "conversation.wrap_up_began": "wrap_ms",
}
# Name and version: what is added up, what it is divided by (nothing: a count), and milliseconds.
DEFINITIONS: dict[tuple[str, int], tuple[dict[str, int], dict[str, int], int]] = {
    ("volume", 1): ({"contacts": 1}, {}, 1),
    ("offered", 1): (OFFERED, {}, 1),
    ("service_level", 1): ({"answered_in": 1}, OFFERED, 1),
    ("service_level", 2): ({"answered_in": 1}, WAITED, 1),
    ("service_level_answered", 1): ({"answered_in": 1}, {"answered": 1}, 1),
    ("asa", 1): ({"wait_ms": 1}, {"answered": 1}, 1000),
    ("response_rate", 1): ({"answered": 1}, OFFERED, 1),
    ("abandonment", 1): ({"abandoned": 1}, OFFERED, 1),
    ("abandonment", 2): ({"abandoned": 1, "abandoned_short": -1}, WAITED, 1),
    ("short_abandonment", 1): ({"abandoned_short": 1}, OFFERED, 1),
    ("aht", 1): (HANDLING, {"handled": 1}, 1000),
    ("talk_time", 1): ({"talk_ms": 1}, {"handled": 1}, 1000),
    ("hold_time", 1): ({"hold_ms": 1}, {"handled": 1}, 1000),
    ("wrap_time", 1): ({"wrap_ms": 1}, {"handled": 1}, 1000),
    ("occupancy", 1): ({"busy_ms": 1}, {"busy_ms": 1, "idle_ms": 1}, 1),
    ("fcr", 1): ({"closed": 1, "repeated": -1}, {"closed": 1}, 1),
    ("fcr", 2): ({"closed": 1, "person_repeated": -1}, {"closed": 1}, 1),
    ("repeat_contact", 1): ({"repeats": 1}, {"handed": 1}, 1),
    ("repeat_contact", 2): ({"person_repeats": 1}, {"handed": 1}, 1),
    ("csat", 1): ({"survey_points": 1}, {"surveys": 1}, 1),
    ("survey_response", 1): ({"talk_surveys": 1}, {"closed": 1}, 1),
    ("containment_confirmed", 1): ({"bot_confirmed": 1}, {"bot_talks": 1}, 1),
    ("containment_assumed", 1): ({"bot_assumed": 1}, {"bot_talks": 1}, 1),
    ("bot_time", 1): ({"bot_ms": 1}, {"bot_turns": 1}, 1000),
    ("human_first_response", 1): ({"human_first_ms": 1}, {"human_firsts": 1}, 1000),
}


class Fact(NamedTuple):
    """Something counted, where and when; `at` in milliseconds since 1970."""

    measure: str
    amount: int
    at: int
    queue: str = ""
    channel: str = ""
    language: str = ""
    counselor: str = ""


@dataclass
class Event:
    """A line of the journal, with the queue, language and counselor that held when it happened."""

    raw: dict[str, Any]
    at: int
    queue: str = ""
    language: str = ""
    counselor: str = ""

    @property
    def kind(self) -> str:
        return str(self.raw["kind"])

    @property
    def who(self) -> str:
        return str(self.raw["actor"]["kind"])

    @property
    def data(self) -> dict[str, Any]:
        return self.raw["data"] or {}


@dataclass
class Span:
    """A counselor's handling of a talk: who, from when to when, and the phases within."""

    counselor: str
    since: int
    end: Event | None = None
    marks: list[tuple[int, str]] = field(default_factory=list)
    start: Event | None = None


@dataclass
class Leg:
    """One contact: from the first word, or the first after a closing, to the next."""

    conversation: str
    person: str
    channel: str
    events: list[Event]
    spans: list[Span] = field(default_factory=list)

    def first(self, *kinds: str) -> Event | None:
        return next((e for e in self.events if e.kind in kinds), None)

    def fact(self, measure: str, event: Event, amount: int = 1, counselor: str = "") -> Fact:
        return Fact(measure, amount, event.at, event.queue, self.channel, event.language, counselor)


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    return sorted((json.loads(line) for line in lines if line.strip()), key=lambda e: int(e["id"]))


def check_chain(journal: Sequence[dict[str, Any]]) -> None:
    """Stop where an event was changed, taken out or put in."""
    previous = "0" * 64
    for e in journal:
        fields = {
            "kind": e["kind"],
            "at": e["at"],
            "actor": [e["actor"]["kind"], e["actor"]["id"]],
            "about": [e["conversation_id"], e["message_id"], e["ticket_id"]],
            "data": e["data"],
            "digest": e["digest"],
            "previous": e["previous"],
        }
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        if e["previous"] != previous or e["hash"] != hashlib.sha256(text.encode()).hexdigest():
            sys.exit(f"The journal is broken at event {e['id']}.")
        previous = e["hash"]


def milliseconds(text: str) -> int:
    passed = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000


def facts(journal: Sequence[dict[str, Any]]) -> list[Fact]:
    """Everything that the journal says, as counted facts."""
    legs = list(lay_out(journal))
    found: list[Fact] = []
    for leg in legs:
        found += [*volumes(leg), *waits(leg), *handling(leg), *surveys(leg), *bot_turns(leg)]
    found += [*repeats(legs), *person_repeats(journal, legs)]
    found += [*containment(legs), *presence(journal, legs)]
    return found


# --- laying out --------------------------------------------------------------------------------


def lay_out(journal: Sequence[dict[str, Any]]) -> Iterator[Leg]:
    """Each conversation cut at its reopenings, its events with what held when they happened."""
    talks: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for raw in journal:
        if raw["conversation_id"]:
            talks[raw["conversation_id"]].append(raw)
    for conversation, raws in talks.items():
        begins = [i for i, raw in enumerate(raws) if i == 0 or raw["kind"].endswith(".reopened")]
        first = raws[0]
        person = first["actor"]["id"] if first["actor"]["kind"] == "contact" else conversation
        opening = next((r for r in raws if r["kind"] == "conversation.started"), None)
        told = (opening or {"data": {}})["data"]
        language = told.get("language", "")
        for begin, end in zip(begins, [*begins[1:], None], strict=True):
            events = [Event(raw, milliseconds(raw["at"])) for raw in raws[begin:end]]
            language = _place(events, language)
            leg = Leg(conversation, person, told.get("channel", ""), events)
            _handlings(leg)
            yield leg


def _place(events: list[Event], language: str) -> str:
    queue = ""
    for e in events:
        moves = (
            "conversation.handed_off",
            "conversation.accepted",
            "conversation.transferred",
            "call.placed",
        )
        if e.kind in moves:
            left = queue
            queue = e.data.get("queue") or (
                "" if e.kind.endswith(("handed_off", "placed")) else queue
            )
            # A transfer ends the handling where it was, not where it goes.
            e.raw = {**e.raw, "left": left}
        if e.kind == "message.said" and e.who == "bot":
            language = e.data.get("language") or language
        e.queue, e.language = queue, language
    return language


def _handlings(leg: Leg) -> None:
    """Who handled the talk, one after the other."""
    span: Span | None = None
    rings = ""  # who placed a call that the contact has not answered yet
    for e in leg.events:
        e.counselor = span.counselor if span else ""
        if e.kind in ENDS and span:
            span.end, span = e, None
        counselor = _takes_up(e, rings)
        if e.kind == "call.placed":
            rings = e.raw["actor"]["id"] or ""
        elif counselor is not None or e.kind in ENDS:
            rings = ""
        if counselor is not None:
            span = Span(counselor, e.at, marks=[(e.at, "talk_ms")], start=e)
            leg.spans.append(span)
        elif span and e.kind in PHASES:
            span.marks.append((e.at, PHASES[e.kind]))


def _takes_up(e: Event, rings: str) -> str | None:
    """Whose handling begins with an event: accepted, passed on to, or reached by their own call."""
    if e.kind == "conversation.accepted":
        return e.raw["actor"]["id"] or ""
    if e.kind == "conversation.transferred":
        return e.data.get("counselor") or None
    return rings or None if e.kind == "call.contact_joined" else None


# --- counting ----------------------------------------------------------------------------------


def volumes(leg: Leg) -> Iterator[Fact]:
    for e in leg.events:
        if e.kind in ("conversation.started", "conversation.reopened"):
            yield leg.fact("contacts", e)
        if e.kind == "conversation.handed_off":
            yield leg.fact("handed", e)
        if e.kind == "conversation.wrapped":
            yield leg.fact("closed", e, counselor=closer(leg, e))


def closer(leg: Leg, wrapped: Event) -> str:
    ended = [span.counselor for span in leg.spans if span.end is wrapped]
    return ended[0] if ended else wrapped.data.get("counselor") or ""


def waits(leg: Leg) -> Iterator[Fact]:
    """From entering the queue to the first counselor, or to giving up."""
    queued: int | None = None
    for e in leg.events:
        if e.kind == "conversation.handed_off":
            queued = e.at
        if e.kind == "callback.promised" and queued is not None:
            return  # neither answered nor given up
        if e.kind == "conversation.ended" and queued is not None:
            waited = max(e.at - queued, 0)
            yield leg.fact("abandoned", e)
            yield leg.fact("abandoned_short", e, int(waited < 5000))
            queued = None
        direct = e.kind == "conversation.transferred" and e.data.get("counselor")
        if e.kind == "conversation.accepted" or direct:
            counselor = next(span.counselor for span in leg.spans if span.start is e)
            waited = max(e.at - (e.at if queued is None else queued), 0)
            yield leg.fact("answered", e, counselor=counselor)
            yield leg.fact("wait_ms", e, waited, counselor)
            yield leg.fact("answered_in", e, int(waited <= 20_000), counselor)
            yield from _first_word(leg, e, queued)
            return


def _first_word(leg: Leg, answer: Event, queued: int | None) -> Iterator[Fact]:
    after = leg.events[leg.events.index(answer) :]
    for e in after:
        if e.kind == "conversation.wrapped":
            queued = None
        if e.kind == "message.said" and e.who == "counselor":
            waited = max(e.at - (e.at if queued is None else queued), 0)
            yield leg.fact("human_firsts", e, counselor=e.counselor)
            yield leg.fact("human_first_ms", e, waited, e.counselor)
            return


def handling(leg: Leg) -> Iterator[Fact]:
    """Talk, hold and wrap-up of each counselor, counted when they have done with it."""
    for span in leg.spans:
        if span.end is None:
            continue
        queue = span.end.raw.get("left", span.end.queue)
        where = (queue, leg.channel, span.end.language, span.counselor)
        yield Fact("handled", 1, span.end.at, *where)
        ends = [at for at, _ in span.marks[1:]] + [span.end.at]
        for (since, phase), until in zip(span.marks, ends, strict=True):
            yield Fact(phase, max(until - since, 0), span.end.at, *where)


def surveys(leg: Leg) -> Iterator[Fact]:
    answers = [e for e in leg.events if e.kind == "survey.answered"]
    if not answers:
        return
    last = answers[-1]
    before = leg.events[: leg.events.index(last)]
    wrapped = next((e for e in reversed(before) if e.kind == "conversation.wrapped"), None)
    counselor = closer(leg, wrapped) if wrapped else ""
    yield leg.fact("surveys", last, counselor=counselor)
    yield leg.fact("survey_points", last, (last.data["score"] - 1) * 25, counselor)
    yield leg.fact("talk_surveys", last, int(wrapped is not None), counselor)


def bot_turns(leg: Leg) -> Iterator[Fact]:
    """From what a person said to the outcome of the bot's turn, while the bot owns the talk."""
    asked: int | None = None
    with_people = False
    for e in leg.events:
        if e.kind in ("conversation.handed_off", "conversation.accepted"):
            with_people = True
        if e.kind == "conversation.transferred" and e.data.get("counselor"):
            with_people = True
        waiting = leg.first("conversation.ended")
        if e is waiting and not leg.spans:
            with_people = False
        if e.kind == "conversation.wrapped":
            with_people = False
        if e.kind == "conversation.handed_off":
            asked = None
        if e.kind == "message.said" and e.who == "contact" and not with_people and asked is None:
            asked = e.at
        if e.kind == "message.said" and e.who == "bot" and e.data.get("act") and asked is not None:
            yield leg.fact("bot_turns", e)
            yield leg.fact("bot_ms", e, max(e.at - asked, 0))
            asked = None


WEEK = 7 * 86_400_000


def told_in_order(legs: Sequence[Leg]) -> list[tuple[Event, Leg]]:
    return sorted(
        ((e, leg) for leg in legs for e in leg.events), key=lambda pair: int(pair[0].raw["id"])
    )


def repeats(legs: Sequence[Leg]) -> Iterator[Fact]:
    """The same contact in the same queue again within seven days of a closing."""
    closings: dict[tuple[str, str], tuple[Event, Leg]] = {}
    undone: set[int] = set()
    for e, leg in told_in_order(legs):
        key = (leg.person, e.queue)
        if e.kind == "conversation.wrapped":
            closings[key] = (e, leg)
        if e.kind == "conversation.handed_off" and key in closings:
            closing, closed = closings[key]
            if e.at - closing.at <= WEEK:
                yield leg.fact("repeats", e)
                if id(closing) not in undone:
                    undone.add(id(closing))
                    yield closed.fact("repeated", closing, counselor=closer(closed, closing))


class Merges:
    """Which contacts are one person, as the journal says it up to some moment."""

    def __init__(self, journal: Sequence[dict[str, Any]]) -> None:
        kinds = ("contact.merged", "contact.unmerged")
        self._ahead = [raw for raw in reversed(journal) if raw["kind"] in kinds]
        self._into: dict[str, str] = {}
        self._joined: defaultdict[str, set[str]] = defaultdict(set)

    def read_to(self, event: Event) -> None:
        """All that was merged before an event, or within seven days after it."""
        while self._ahead:
            raw = self._ahead[-1]
            before = int(raw["id"]) < int(event.raw["id"])
            if not before and milliseconds(raw["at"]) - event.at > WEEK:
                return
            self._ahead.pop()
            contact = raw["data"]["contact"]
            self._joined[self._into.pop(contact, "")].discard(contact)
            if raw["kind"] == "contact.merged":
                self._into[contact] = raw["data"]["into"]
                self._joined[raw["data"]["into"]].add(contact)

    def person(self, contact: str) -> set[str]:
        """Every contact of the same person."""
        while contact in self._into:
            contact = self._into[contact]
        found, below = {contact}, [contact]
        while below:
            more = self._joined.get(below.pop(), set())
            found |= more
            below += more
        return found


def person_repeats(journal: Sequence[dict[str, Any]], legs: Sequence[Leg]) -> Iterator[Fact]:
    """The same person in the same queue again within seven days of a closing.

    Merged contacts are one person, as far as that was known seven days after the hand-off.
    """
    merges = Merges(journal)
    closings: dict[tuple[str, str], tuple[Event, Leg]] = {}
    undone: set[int] = set()
    for e, leg in told_in_order(legs):
        if e.kind == "conversation.wrapped":
            closings[leg.person, e.queue] = (e, leg)
        if e.kind != "conversation.handed_off":
            continue
        merges.read_to(e)
        theirs = [(contact, e.queue) for contact in merges.person(leg.person)]
        earlier = [closings[key] for key in theirs if key in closings]
        if not earlier:
            continue
        closing, closed = max(earlier, key=lambda pair: int(pair[0].raw["id"]))
        if e.at - closing.at <= WEEK:
            yield leg.fact("person_repeats", e)
            if id(closing) not in undone:
                undone.add(id(closing))
                yield closed.fact("person_repeated", closing, counselor=closer(closed, closing))


@dataclass
class Help:
    """What became of the bot's help in one contact."""

    begun: Event
    leg: Leg
    helped: int | None = None
    standing: str | None = None


def containment(legs: Sequence[Leg]) -> Iterator[Fact]:
    """Talks with the bot: helped and confirmed, helped as far as is known, or gone to a person."""
    helps: dict[int, Help] = {}
    current: dict[str, Help | None] = {}
    latest: dict[str, str] = {}
    for e, leg in told_in_order(legs):
        if e.kind in ("conversation.started", "conversation.reopened"):
            current[leg.conversation] = None
        if e.kind == "message.said" and e.who == "bot" and e.data.get("act"):
            help_ = helps.setdefault(id(leg), Help(e, leg))
            current[leg.conversation] = help_
            if e.data["act"] in ("answer", "action_done"):
                help_.helped = e.at
                help_.standing = help_.standing or "assumed"
                latest[leg.person] = leg.conversation
        if e.kind == "conversation.handed_off":
            _gone_to_a_person(e, leg, current, latest)
        if e.kind == "survey.answered" and not e.queue:
            mine = current.get(leg.conversation)
            if mine and mine.standing in ("assumed", "confirmed", "unhappy"):
                mine.standing = "confirmed" if e.data["score"] >= 4 else "unhappy"
    for help_ in helps.values():
        yield help_.leg.fact("bot_talks", help_.begun)
        if help_.standing in ("assumed", "confirmed"):
            yield help_.leg.fact(f"bot_{help_.standing}", help_.begun)


def _gone_to_a_person(
    e: Event, leg: Leg, current: dict[str, Help | None], latest: dict[str, str]
) -> None:
    mine = current.get(leg.conversation)
    if mine and mine.standing and mine.helped is not None and e.at - mine.helped <= 86_400_000:
        mine.standing = "escalated"
    elsewhere = latest.get(leg.person)
    other = current.get(elsewhere) if elsewhere and elsewhere != leg.conversation else None
    if other is None or other.standing != "assumed" or other.helped is None:
        return
    if e.at - other.helped <= 86_400_000:
        other.standing = "escalated"


def presence(journal: Sequence[dict[str, Any]], legs: Sequence[Leg]) -> Iterator[Fact]:
    """Busy while at least one talk is open, idle while ready without any, by quarter hours."""
    changes: defaultdict[str, list[tuple[int, int, str | None, int]]] = defaultdict(list)
    for raw in journal:
        if raw["kind"] == "presence.changed" and raw["data"].get("counselor"):
            at = milliseconds(raw["at"])
            who = raw["data"]["counselor"]
            changes[who].append((int(raw["id"]), at, raw["data"].get("state"), 0))
    for leg in legs:
        _openings(leg, changes)
    for counselor, moves in changes.items():
        state, talks, since = "", 0, None
        for _, at, new, step in sorted(moves, key=lambda move: move[0]):
            measure = "busy_ms" if talks else "idle_ms" if state == "ready" else None
            if measure and since is not None:
                yield from _stretch(measure, since, at, counselor)
            since = at if since is None else max(since, at)
            talks = max(talks + step, 0)
            state = state if new is None else new


def _openings(leg: Leg, changes: defaultdict[str, list[tuple[int, int, str | None, int]]]) -> None:
    holder = ""
    for e in leg.events:
        place = int(e.raw["id"])
        if e.kind in ENDS and holder:
            changes[holder].append((place, e.at, None, -1))
            holder = ""
        begun = next((span for span in leg.spans if span.start is e), None)
        if begun:
            holder = begun.counselor
            changes[holder].append((place, e.at, None, 1))


def _stretch(measure: str, since: int, until: int, counselor: str) -> Iterator[Fact]:
    while since < until:
        end = min(until, since // QUARTER * QUARTER + QUARTER)
        yield Fact(measure, end - since, since, counselor=counselor)
        since = end


# --- figures -----------------------------------------------------------------------------------


def figure(
    counted: Iterable[Fact],
    kpi: str,
    version: int,
    since: int,
    until: int,
    where: dict[str, str | None],
) -> dict[str, Any]:
    """One figure over the quarter hours that begin in [since, until)."""
    over, under, divisor = DEFINITIONS[kpi, version]
    sums: defaultdict[str, int] = defaultdict(int)
    for fact in counted:
        start = fact.at // QUARTER * QUARTER
        if since <= start < until and all(
            getattr(fact, name) == value for name, value in where.items() if value
        ):
            sums[fact.measure] += fact.amount
    top = sum(sign * sums[name] for name, sign in over.items())
    bottom = sum(sign * sums[name] for name, sign in under.items())
    if not under:
        value: float | None = float(top)
    else:
        value = top / (bottom * divisor) if bottom > 0 else None
    return {"kpi": kpi, "version": version, "value": value, "n": bottom if under else top}


def newest(kpi: str) -> int:
    return max(version for name, version in DEFINITIONS if name == kpi)


def main() -> None:
    parser = argparse.ArgumentParser(description="Recompute a figure from the journal.")
    parser.add_argument("journal", type=Path)
    parser.add_argument("kpi", choices=sorted({name for name, _ in DEFINITIONS}))
    parser.add_argument("--from", dest="since", required=True)
    parser.add_argument("--to", dest="until", required=True)
    parser.add_argument("--formula", type=int)
    for name in ("queue", "channel", "language", "counselor"):
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    with options.journal.open(encoding="utf-8") as lines:
        journal = read(lines)
    check_chain(journal)
    version = options.formula or newest(options.kpi)
    if (options.kpi, version) not in DEFINITIONS:
        parser.error(f"there is no version {version} of {options.kpi}")
    where = {name: getattr(options, name) for name in ("queue", "channel", "language", "counselor")}
    since, until = milliseconds(options.since), milliseconds(options.until)
    told = figure(facts(journal), options.kpi, version, since, until, where)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()

"""From events to measures, one event at a time, in the order of their ids.

What must be remembered between two events stands in `states`, a mapping of small JSON objects:
`c:<conversation>`, `k:<counselor>` and, by `persons.py`, `p:<contact>`. Folding the same journal
from its beginning gives the same measures, wherever it is interrupted.

A contact is counted in the interval in which its outcome happened; a repeat and a return are
counted back to the closing or the bot's answer that they undo.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from routing.kpi.measures import (
    INTERVAL,
    REPEAT_MS,
    RETURN_MS,
    SATISFIED,
    SHORT_MS,
    WITHIN_MS,
    Cell,
    interval_of,
)
from routing.kpi.persons import Persons, State, as_list

HELPING = frozenset({"answer", "action_done"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the fold reads it; `at` in milliseconds since 1970."""

    id: int
    kind: str
    at: int
    actor_kind: str
    actor_id: str | None
    conversation: str | None
    data: dict[str, Any]


class Fold:
    """Takes events; `found` holds what they added to each cell."""

    def __init__(self, states: MutableMapping[str, State]) -> None:
        self._states = states
        self.found: defaultdict[Cell, Counter[str]] = defaultdict(Counter)
        self._persons = Persons(states, self.found)

    def take(self, event: Entry) -> None:
        alone = APART.get(event.kind)
        if alone is not None:
            alone(self, event)
            return
        step = STEPS.get(event.kind)
        if step is None or event.conversation is None:
            return
        key = f"c:{event.conversation}"
        talk = self._states.get(key)
        if talk is None:
            talk = self._states[key] = _new_talk(event)
        step(self, event, talk)
        self._states[key] = talk

    # --- the talk and its places -----------------------------------------------------------------

    def started(self, event: Entry, talk: State) -> None:
        talk["channel"] = event.data.get("channel", "")
        talk["language"] = event.data.get("language", "")
        self._count(event.at, talk, "contacts")

    def reopened(self, event: Entry, talk: State) -> None:
        self._leave(event, talk)
        talk |= _new_leg()
        self._count(event.at, talk, "contacts")

    def handed_off(self, event: Entry, talk: State) -> None:
        talk |= {"queue": event.data.get("queue") or "", "queued": event.at, "asked": None}
        self._count(event.at, talk, "handed")
        self._undo_containment(event, talk)
        self._repeat(event, talk)
        cell = _cell(event.at, talk, talk["counselor"] or "")
        self._persons.handed(talk["who"], event.id, event.at, cell)

    def accepted(self, event: Entry, talk: State) -> None:
        talk["queue"] = event.data.get("queue") or talk["queue"]
        self._answer(event, talk, event.actor_id or "")

    def placed(self, event: Entry, talk: State) -> None:
        """A counselor rings a contact, who is handled once they answer; nobody waited."""
        talk |= {"queue": event.data.get("queue") or "", "ringing": event.actor_id}

    def contact_joined(self, event: Entry, talk: State) -> None:
        """Whom a counselor rang is on the line: a handling, and no answered contact."""
        counselor, talk["ringing"] = talk.get("ringing"), None
        if counselor:
            self._take_up(event, talk, counselor)

    def transferred(self, event: Entry, talk: State) -> None:
        self._leave(event, talk)
        talk["queue"] = event.data.get("queue") or talk["queue"]
        if event.data.get("counselor"):
            self._answer(event, talk, event.data["counselor"])

    def returned(self, event: Entry, talk: State) -> None:
        self._leave(event, talk)

    def held(self, event: Entry, talk: State) -> None:
        _phase(talk, event.at, "hold")

    def resumed(self, event: Entry, talk: State) -> None:
        _phase(talk, event.at, "talk")

    def ended(self, event: Entry, talk: State) -> None:
        """A talk with a counselor goes into wrap-up; one that still waits is given up."""
        if talk["counselor"]:
            _phase(talk, event.at, "wrap")
        elif talk["queued"] is not None and (talk["promised"] or not talk["answered"]):
            if not talk["promised"]:
                waited = max(event.at - talk["queued"], 0)
                short = int(waited < SHORT_MS)
                self._count(event.at, talk, "abandoned", abandoned_short=short)
            talk["queued"] = None

    def wrap_up_began(self, event: Entry, talk: State) -> None:
        _phase(talk, event.at, "wrap")

    def promised(self, event: Entry, talk: State) -> None:
        """A call-back is promised: neither answered nor given up, and no longer waiting."""
        del event
        if talk["queued"] is not None and not talk["answered"]:
            talk |= {"promised": True, "answered": True, "replied": True}

    def wrapped(self, event: Entry, talk: State) -> None:
        counselor = talk["counselor"] or event.data.get("counselor") or ""
        self._leave(event, talk)
        cell = _cell(event.at, talk, counselor)
        self.found[cell]["closed"] += 1
        talk |= {"wrapped": counselor, "queued": None}
        person = self._persons.of(talk["who"])
        closing = {"at": event.at, "repeated": False, "cell": as_list(cell)}
        person["closings"][talk["queue"]] = closing
        self._persons.keep(talk["who"], person)
        self._persons.closed(talk["who"], event.id, event.at, cell)

    # --- what is said ----------------------------------------------------------------------------

    def said(self, event: Entry, talk: State) -> None:
        if event.actor_kind == "contact":
            with_bot = talk["queued"] is None and not talk["counselor"]
            if with_bot and talk["asked"] is None:
                talk["asked"] = event.at
        elif event.actor_kind == "bot":
            talk["language"] = event.data.get("language") or talk["language"]
            if event.data.get("act"):
                self._bot_turn(event, talk)
        elif event.actor_kind == "counselor" and talk["answered"] and not talk["replied"]:
            talk["replied"] = True
            waited = max(event.at - (talk["queued"] or event.at), 0)
            self._count(event.at, talk, "human_firsts", human_first_ms=waited)

    def surveyed(self, event: Entry, talk: State) -> None:
        """The last answer counts, in its own interval: an earlier one is taken back."""
        before = talk["survey"]
        if before:
            self._survey(Cell(*before["cell"]), before["score"], before["talk"], -1)
        after_talk = talk["wrapped"] is not None
        score = int(event.data["score"])
        cell = _cell(event.at, talk, talk["wrapped"] or "")
        self._survey(cell, score, int(after_talk), 1)
        talk["survey"] = {"cell": as_list(cell), "score": score, "talk": int(after_talk)}
        if talk["queue"] == "" and talk["contained"] in {"assumed", "confirmed", "unhappy"}:
            self._contain(talk, "confirmed" if score >= SATISFIED else "unhappy")

    # --- counselors ------------------------------------------------------------------------------

    def present(self, event: Entry) -> None:
        counselor = event.data.get("counselor")
        if counselor:
            self._counselor(counselor, event.at, state=event.data.get("state"))

    def _counselor(
        self, counselor: str, at: int, *, state: str | None = None, more: int = 0
    ) -> None:
        """Count the time until now as busy or idle, then note what changes."""
        key = f"k:{counselor}"
        known = self._states.get(key) or {"state": "", "open": 0, "since": at}
        measure = "busy_ms" if known["open"] else "idle_ms" if known["state"] == "ready" else None
        if measure:
            for start, ms in _split(known["since"], at):
                self.found[Cell(start, counselor=counselor)][measure] += ms
        known["since"] = max(at, known["since"])
        known["open"] = max(known["open"] + more, 0)
        known["state"] = known["state"] if state is None else state
        self._states[key] = known

    def _answer(self, event: Entry, talk: State, counselor: str) -> None:
        if not talk["answered"]:
            waited = max(event.at - (event.at if talk["queued"] is None else talk["queued"]), 0)
            cell = self.found[_cell(event.at, talk, counselor)]
            cell["answered"] += 1
            cell["wait_ms"] += waited
            cell["answered_in"] += int(waited <= WITHIN_MS)
            talk["answered"] = True
        self._take_up(event, talk, counselor)

    def _take_up(self, event: Entry, talk: State, counselor: str) -> None:
        talk |= {
            "ringing": None,
            "counselor": counselor,
            "phase": "talk",
            "since": event.at,
            "spent": {},
        }
        self._counselor(counselor, event.at, more=1)

    def _leave(self, event: Entry, talk: State) -> None:
        """The counselor who has the talk has done with it: their handling is counted."""
        counselor, talk["ringing"] = talk["counselor"], None
        if not counselor:
            return
        _phase(talk, event.at, "")
        cell = self.found[_cell(event.at, talk, counselor)]
        cell["handled"] += 1
        for phase, ms in talk["spent"].items():
            cell[f"{phase}_ms"] += ms
        talk |= {"counselor": None, "spent": {}}
        self._counselor(counselor, event.at, more=-1)

    # --- the bot ---------------------------------------------------------------------------------

    def _bot_turn(self, event: Entry, talk: State) -> None:
        if talk["asked"] is not None:
            spent = max(event.at - talk["asked"], 0)
            self._count(event.at, talk, "bot_turns", bot_ms=spent)
            talk["asked"] = None
        if talk["bot_cell"] is None:
            cell = _cell(event.at, talk, "")
            talk["bot_cell"] = as_list(cell)
            self.found[cell]["bot_talks"] += 1
        if event.data["act"] in HELPING:
            talk["helped"] = event.at
            if talk["contained"] is None:
                self._contain(talk, "assumed")
            person = self._persons.of(talk["who"])
            person["helped"] = event.conversation
            self._persons.keep(talk["who"], person)

    def _contain(self, talk: State, standing: str) -> None:
        """Move a talk of the bot from one standing to another, in the interval where it began."""
        cell = self.found[Cell(*talk["bot_cell"])]
        for name, step in ((talk["contained"], -1), (standing, 1)):
            if name in {"assumed", "confirmed"}:
                cell[f"bot_{name}"] += step
        talk["contained"] = standing

    def _undo_containment(self, event: Entry, talk: State) -> None:
        """Whoever comes to a person soon after the bot's help was not helped by it."""
        if talk["contained"] and event.at - (talk["helped"] or 0) <= RETURN_MS:
            self._contain(talk, "escalated")
        key = f"c:{self._persons.of(talk['who'])['helped']}"
        other = self._states.get(key)
        if other is None or key == f"c:{event.conversation}" or other["contained"] != "assumed":
            return
        if event.at - other["helped"] <= RETURN_MS:
            self._contain(other, "escalated")
            self._states[key] = other

    # --- persons ---------------------------------------------------------------------------------

    def merged(self, event: Entry) -> None:
        self._persons.merged(event.data["contact"], event.data["into"], event.at)

    def unmerged(self, event: Entry) -> None:
        self._persons.unmerged(event.data["contact"], event.at)

    def _repeat(self, event: Entry, talk: State) -> None:
        person = self._persons.of(talk["who"])
        closing = person["closings"].get(talk["queue"])
        if closing is None or event.at - closing["at"] > REPEAT_MS:
            return
        self._count(event.at, talk, "repeats")
        if not closing["repeated"]:
            self.found[Cell(*closing["cell"])]["repeated"] += 1
            closing["repeated"] = True
            self._persons.keep(talk["who"], person)

    # --- counting --------------------------------------------------------------------------------

    def _count(self, at: int, talk: State, measure: str, **sums: int) -> None:
        cell = self.found[_cell(at, talk, talk["counselor"] or "")]
        cell[measure] += 1
        for name, value in sums.items():
            cell[name] += value

    def _survey(self, cell: Cell, score: int, after_talk: int, step: int) -> None:
        counted = self.found[cell]
        counted["surveys"] += step
        counted["survey_points"] += step * (score - 1) * 25
        counted["talk_surveys"] += step * after_talk


STEPS: dict[str, Callable[[Fold, Entry, State], None]] = {
    "conversation.started": Fold.started,
    "conversation.reopened": Fold.reopened,
    "conversation.handed_off": Fold.handed_off,
    "conversation.accepted": Fold.accepted,
    "conversation.transferred": Fold.transferred,
    "conversation.returned": Fold.returned,
    "conversation.ended": Fold.ended,
    "conversation.resumed": Fold.resumed,
    "conversation.wrap_up_began": Fold.wrap_up_began,
    "callback.promised": Fold.promised,
    "call.placed": Fold.placed,
    "call.contact_joined": Fold.contact_joined,
    "conversation.wrapped": Fold.wrapped,
    "call.held": Fold.held,
    "call.resumed": Fold.resumed,
    "message.said": Fold.said,
    "survey.answered": Fold.surveyed,
}
# What happens in no talk.
APART: dict[str, Callable[[Fold, Entry], None]] = {
    "presence.changed": Fold.present,
    "contact.merged": Fold.merged,
    "contact.unmerged": Fold.unmerged,
}
# The kinds that the fold reads; all others need not be fetched.
KINDS = frozenset(STEPS) | frozenset(APART)


def _new_talk(event: Entry) -> State:
    who = event.actor_id if event.actor_kind == "contact" else event.conversation
    return {"who": who, "channel": "", "language": ""} | _new_leg()


def _new_leg() -> State:
    return {
        "queue": "",
        "queued": None,
        "answered": False,
        "replied": False,
        "promised": False,
        "counselor": None,
        "ringing": None,
        "phase": "",
        "since": 0,
        "spent": {},
        "asked": None,
        "bot_cell": None,
        "helped": None,
        "contained": None,
        "wrapped": None,
        "survey": None,
    }


def _phase(talk: State, at: int, phase: str) -> None:
    """Count the time of the phase that ends, and begin the next."""
    if not talk["counselor"]:
        return
    ending = talk["phase"]
    talk["spent"][ending] = talk["spent"].get(ending, 0) + max(at - talk["since"], 0)
    talk |= {"phase": phase, "since": at}


def _cell(at: int, talk: State, counselor: str) -> Cell:
    return Cell(interval_of(at), talk["queue"], talk["channel"], talk["language"], counselor)


def _split(since: int, until: int) -> list[tuple[int, int]]:
    """A stretch of time by the intervals that it touches: start and milliseconds of each."""
    parts = []
    while since < until:
        start = interval_of(since)
        end = min(until, (start + INTERVAL) * 1000)
        parts.append((start, end - since))
        since = end
    return parts

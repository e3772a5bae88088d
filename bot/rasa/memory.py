"""A tracker from the desk's state, and the state from a tracker. The state is small and bounded.

State: `{"slots": {name: value}, "form": name|null, "requested": slot|null,
"turns": [[intent, [action, ...]], ...]}`; unknown or broken parts are ignored.
"""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import UserMessage  # noqa: F401  (loads the event classes first)
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

KEPT_TURNS = 2
LONGEST_VALUE = 1000


def tracker_from(state: dict[str, Any], sender: str, domain: Domain) -> DialogueStateTracker:
    tracker = DialogueStateTracker(sender, domain.slots)
    events: list[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]
    known = {slot.name for slot in domain.slots}
    slots = _mapping(state.get("slots"))
    events += [SlotSet(name, value) for name, value in slots.items() if name in known]
    form = state.get("form")
    if form in domain.form_names:
        events += _inside(form, state.get("requested"))
    else:
        events += _earlier(state.get("turns"), domain)
    for event in events:
        tracker.update(event, domain)
    return tracker


def state_from(tracker: DialogueStateTracker, domain: Domain, turns: Any) -> dict[str, Any]:
    form = tracker.active_loop_name
    values = tracker.current_slot_values()
    own = {REQUESTED_SLOT, "session_started_metadata", "offered", "act_slot", "act_kind"}
    slots = {n: _short(v) for n, v in values.items() if v is not None and n not in own}
    return {
        # A form that is over leaves nothing behind: the next one starts clean.
        "slots": slots if form else {},
        "form": form,
        "requested": values.get(REQUESTED_SLOT) if form else None,
        "turns": [] if form else [*_turns(turns, domain), _last_turn(tracker)][-KEPT_TURNS:],
    }


def _inside(form: str, requested: Any) -> list[Event]:
    return [
        ActionExecuted(form),
        ActiveLoop(form),
        SlotSet(REQUESTED_SLOT, requested),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


def _earlier(turns: Any, domain: Domain) -> list[Event]:
    events: list[Event] = []
    for intent, actions in _turns(turns, domain):
        events.append(UserUttered(intent, intent={"name": intent, "confidence": 1.0}))
        events += [ActionExecuted(action) for action in actions]
        events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return events


def _turns(turns: Any, domain: Domain) -> list[tuple[str, list[str]]]:
    if not isinstance(turns, list):
        return []
    actions = set(domain.action_names_or_texts)
    return [
        (str(intent), [name for name in done if name in actions])
        for intent, done in turns[-KEPT_TURNS:]
        if intent in domain.intents and isinstance(done, list)
    ]


def _last_turn(tracker: DialogueStateTracker) -> tuple[str, list[str]]:
    done: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return (event.intent_name or "nlu_fallback", done[::-1])
        if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME:
            done.append(event.action_name)
    return ("nlu_fallback", done[::-1])


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _short(value: Any) -> Any:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value

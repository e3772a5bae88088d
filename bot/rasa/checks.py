"""What a form accepts, corrects or turns away. Pure: a tracker's JSON in, events and steps out.

No event at all means that the message was no answer to the question; Rasa then follows its rules
(a digression is answered, a wish for a person is granted) and comes back to the same slot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.acting.guard import is_general

LONGEST_VALUE = 1000
SURE = 0.5  # below this an intent is too weak to take words away from a free text
# A name or a unit is one word, and one word alone can sound like anything.
SURE_ASIDE = 0.9
# A matter is often a grievance: only a clear complaint leaves the form that was asked for.
SURE_COMPLAINT = 0.85

# A filled slot of this kind can be corrected from anywhere in its form.
KIND_OF_SLOT = {"email": "email", "phone": "phone", "callback_time": "time"}
SLOTS = {
    "problem_form": ("problem_what", "problem_since", "email"),
    "callback_form": ("callback_topic", "phone", "callback_time"),
    "ticket_form": ("matter", "email"),
    "act_form": (),
}
# What an act asks for in words of the person's own; there a question may be the very answer.
QUESTIONS = {"text"}
OWN_WORDS = {
    "text",
    "title",
    "answer",
    "reason",
    "position",
    "authority",
    "unit",
    "contract_number",
}

LEAVING = {"ask_person", "complaint", "cancel", "abuse"}
TALKING = {
    "greet", "thanks", "bye", "bot_challenge", "ask_capabilities", "repeat", "ask_ticket_status",
}  # fmt: skip
ASKING = {"ask_question", "out_of_scope"}
FORM_OPENERS = {"report_problem", "request_callback", "leave_ticket"}

_QUESTION = re.compile(
    r"[?？¿]|^(?:how|what|when|where|why|which|who|can|could|do|does|did|is|are|will"
    r"|would|should|must|may)\b"
    r"|^(?:y |pero )?(?:c[oó]mo|qu[eé]|cu[aá]n\w*|cu[aá]l\w*|d[oó]nde|por ?qu[eé]"
    r"|qui[eé]n\w*|puedo|se puede|hay que|es necesario)\b"
    r"|(?:나요|까요|습니까|ㅂ니까|은가요|인가요|는지요|되나|될까|뭐예요|뭔가요|뭐죠|죠|언제|얼마나|어떻게|얼마예요)\W*$",
    re.IGNORECASE,
)
_ANY_TIME = re.compile(
    r"\b(?:any ?time|now|right away|asap|as soon as possible|whenever|ahora|ya"
    r"|cuando (?:sea|quieran|puedan)"
    r"|lo antes posible|cualquier (?:hora|momento))\b"
    r"|언제든|아무\s?때|지금|바로|최대한 빨리|가능한 빨리|빨리",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """The person's latest message as Rasa understood it."""

    text: str
    intent: str
    confidence: float
    entities: tuple[tuple[str, str], ...]

    def first(self, kind: str) -> str | None:
        return next((value for name, value in self.entities if name == kind), None)

    def means(self, intents: set[str]) -> bool:
        return self.intent in intents and self.confidence >= SURE

    def times(self) -> str | None:
        return " ".join(v for name, v in self.entities if name == "time")[:200] or None

    def is_question(self) -> bool:
        return _QUESTION.search(self.text.strip()) is not None


def check(form: str, tracker: dict[str, Any]) -> dict[str, Any]:
    """Answer of the action `validate_<form>`: `{"events": [...], "responses": [...]}`."""
    slots = tracker["slots"]
    requested = slots.get("requested_slot")
    said = _said(tracker["latest_message"])
    if requested is None:
        return _filled(_opening(form, slots, said))
    return _act_answered(slots, said) if form == "act_form" else _answered(form, slots, said)


def _answered(form: str, slots: dict[str, Any], said: Said) -> dict[str, Any]:
    requested = slots["requested_slot"]
    if said.intent in LEAVING and (said.confidence >= _bar(said.intent) or _typed(requested)):
        return _nothing()
    corrected = _corrected(form, slots, requested, said)
    if corrected:
        return corrected
    if _turns_away(requested, said):
        return _nothing()
    value = _value(requested, said)
    if value is None:
        return _invalid(requested, slots, said)
    return _filled({requested: value, **_volunteered(form, slots, requested, said), "tries": None})


def _act_answered(slots: dict[str, Any], said: Said) -> dict[str, Any]:
    """Whether a message answers what the act asked for; the desk reads the value itself."""
    slot, kind = str(slots.get("act_slot") or ""), slots.get("act_kind")
    own_words = slot in OWN_WORDS
    bar = SURE_ASIDE if own_words else SURE
    aside = LEAVING | TALKING
    if said.intent in aside and said.confidence >= max(bar, _bar(said.intent)):
        return _nothing()
    asks = said.is_question() and said.intent in ASKING | {"deadline_today"}
    if own_words:
        # A clarification question is a question; anything else that asks is a look aside.
        clarifies = kind == "question" and slot in QUESTIONS and not is_general(said.text)
        turns_away = asks and not clarifies
    else:
        turns_away = asks or said.intent in FORM_OPENERS | LEAVING | {"act"}
    return _nothing() if turns_away else _filled({"act_value": said.text[:LONGEST_VALUE] or None})


def _bar(intent: str) -> float:
    return SURE_COMPLAINT if intent == "complaint" else SURE


def _said(message: dict[str, Any]) -> Said:
    intent = message.get("intent") or {}
    ranking = message.get("intent_ranking") or []
    name, confidence = intent.get("name") or "nlu_fallback", float(intent.get("confidence") or 0)
    if name == "nlu_fallback" and len(ranking) > 1:
        confidence = 0.0
    entities = tuple((e["entity"], str(e["value"])) for e in message.get("entities") or [])
    return Said(str(message.get("text") or ""), name, confidence, entities)


def _typed(slot: str) -> bool:
    return slot in ("email", "phone", "confirmed")


def _turns_away(requested: str, said: Said) -> bool:
    if requested == "confirmed":
        return said.intent in TALKING | ASKING | FORM_OPENERS | {"deadline_today"}
    if requested in KIND_OF_SLOT and said.first(KIND_OF_SLOT[requested]):
        return False
    if _typed(requested):
        return said.means(TALKING | FORM_OPENERS) or (said.intent in ASKING and said.is_question())
    if said.means(TALKING):
        return True
    return said.is_question() and said.intent in ASKING


def _value(requested: str, said: Said) -> str | None:
    text = said.text.strip()[:LONGEST_VALUE]
    if requested == "confirmed":
        return "yes" if said.intent == "affirm" else None
    if requested in ("email", "phone"):
        return said.first(requested)
    if requested in ("callback_time", "problem_since"):
        return _time_words(requested, said, text)
    # One bare word or a yes tells no counselor what happened.
    too_little = said.intent in ("affirm", "deny") or sum(c.isalnum() for c in text) < 3
    return None if too_little else text


def _time_words(requested: str, said: Said, text: str) -> str | None:
    if said.first("time") or _ANY_TIME.search(text):
        return text[:200]
    if requested == "problem_since" and said.intent not in ("affirm", "deny") and text:
        return text[:200]
    return None


def _volunteered(form: str, slots: dict[str, Any], requested: str, said: Said) -> dict[str, str]:
    """Other empty slots of the form whose value stands in the same message."""
    empty = [s for s in SLOTS[form] if s != requested and not slots.get(s)]
    given: dict[str, str] = {}
    for slot in empty:
        value = said.first(KIND_OF_SLOT[slot]) if slot in ("email", "phone") else None
        if slot == "callback_time" and requested == "phone":
            value = said.times()
        if value:
            given[slot] = value
    return given


def _opening(form: str, slots: dict[str, Any], said: Said) -> dict[str, str]:
    """What the wish that opens a form says already ("call me at 02 1234 5678"): not asked again."""
    empty = [slot for slot in SLOTS[form] if slot in KIND_OF_SLOT and not slots.get(slot)]
    given = {slot: said.first(KIND_OF_SLOT[slot]) for slot in empty}
    if given.get("callback_time"):
        given["callback_time"] = said.times()
    return {slot: value for slot, value in given.items() if value}


def _corrected(
    form: str, slots: dict[str, Any], requested: str, said: Said
) -> dict[str, Any] | None:
    for slot in SLOTS[form]:
        if slot == requested or not slots.get(slot):
            continue
        value = said.first(KIND_OF_SLOT[slot]) if slot in KIND_OF_SLOT else None
        if value is None or value == slots[slot]:
            continue
        if slot == "callback_time":
            if requested != "confirmed":
                continue
            value = said.times()
        filled = _filled({slot: value, "tries": None})
        filled["responses"] = [_step(step="corrected", slot=slot, value=value)]
        return filled
    return None


def _invalid(requested: str, slots: dict[str, Any], said: Said) -> dict[str, Any]:
    tries = int(slots.get("tries") or 0) + 1
    answer = _filled({requested: None, "tries": tries})
    wants_change = requested == "confirmed" and said.intent in ("deny", "correct", "inform")
    step = (
        _step(step="change") if wants_change else _step(step="invalid", slot=requested, tries=tries)
    )
    answer["responses"] = [step]
    return answer


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    events = [{"event": "slot", "name": name, "value": value} for name, value in values.items()]
    return {"events": events, "responses": []}


def _nothing() -> dict[str, Any]:
    return {"events": [], "responses": []}


def _step(**step: Any) -> dict[str, Any]:
    return {"custom": step}

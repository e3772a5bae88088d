"""The beginning of a call: which language, that a machine speaks, whether it may be recorded."""

import unicodedata
from collections.abc import Sequence

from crm import calls, incidents
from knowledge.port import LANGUAGES, Language
from routing.calls import words
from routing.calls.plan import Ask, Plan, Prompt, Say
from routing.calls.talk import Talk, again, go, heard_at, person, planned
from routing.channels.phone.port import Heard

KEYS: dict[str, Language] = {"1": "en", "2": "es", "3": "ko"}
NAMES: dict[Language, tuple[str, ...]] = {
    "en": ("english", "ingles", "영어"),
    "es": ("spanish", "espanol", "castellano", "스페인어"),
    "ko": ("korean", "coreano", "hangug", "hanguk", "한국어"),
}


@planned("language")
def ask_language(talk: Talk, first: Sequence[Prompt]) -> Plan:
    desk = talk.settings.name
    offered = [k for k in LANGUAGES if k in talk.settings.languages]
    welcome = [] if first else [talk.say("welcome", desk=desk)]  # said once, and not at each try
    prompts: list[Prompt] = [*first, *welcome]
    prompts += [Say(words.say(language, "language"), language) for language in offered]
    hints = ("English", "español", "한국어")
    return [Ask(prompts, talk.to("language"), talk.language, hints=hints)]


@heard_at("language")
def hear_language(talk: Talk, heard: Heard) -> Plan:
    if heard.digits == "0":
        return person(talk, "asked")
    chosen = KEYS.get(heard.digits) or _named(heard.speech)
    if chosen is None or chosen not in talk.settings.languages:
        return again(talk, heard)
    talk.conversation.language = chosen
    incident = talk.settings.phone.incident.get(chosen)
    first = [Say(incident, chosen)] if incident else []
    first += [
        Say(found.notice[chosen], chosen)
        for found in incidents.in_force(talk.s)
        if incidents.hears(talk.s, found, talk.conversation.id)
    ]
    return _greeted(talk, *first, talk.say("disclosure"))


def _greeted(talk: Talk, *first: Prompt) -> Plan:
    if talk.settings.phone.recording == "ask":
        return go(talk, "consent", *first)
    noticed = talk.settings.phone.recording == "notice"
    calls.agreed(talk.s, talk.call, recorded=noticed)
    return go(talk, "question", *first, talk.say("notice" if noticed else "not_recorded"))


@planned("consent")
def ask_consent(talk: Talk, first: Sequence[Prompt]) -> Plan:
    return [Ask([*first, talk.say("consent")], talk.to("consent"), talk.language)]


@heard_at("consent")
def hear_consent(talk: Talk, heard: Heard) -> Plan:
    if heard.digits == "0":
        return person(talk, "asked")
    agrees = {"1": True, "2": False}.get(heard.digits, yes_or_no(talk.language, heard.speech))
    if agrees is None:
        return again(talk, heard)
    calls.agreed(talk.s, talk.call, recorded=agrees)
    return go(talk, "question", *([] if agrees else [talk.say("not_recorded")]))


def _named(speech: str) -> Language | None:
    bare = unicodedata.normalize("NFKD", speech.casefold())
    bare = unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c)))
    return next((k for k, names in NAMES.items() if any(n in bare for n in names)), None)


def yes_or_no(language: Language, speech: str) -> bool | None:
    """No wins over yes: `no, I do not agree` names both."""
    said = f" {speech.casefold().strip(' .!¡')} "
    known = words.catalogue(language)["heard"]
    for answer, agrees in (("no", False), ("yes", True)):
        for word in known[answer].split("|"):
            if f" {word} " in said.replace(",", " ") or (language == "ko" and word in said):
                return agrees
    return None

"""What means the same wherever it is said: a person, another language, a key said instead of
pressed. Only whole utterances count, so that no question is taken for a wish."""

import re
from dataclasses import replace

from bot.plain_words import asks_only_for_person, bare
from knowledge.port import Language
from routing.calls.plan import Plan
from routing.calls.talk import Talk, go, person, stay
from routing.channels.phone.port import Heard

# A key that is said must be surely heard, for it may be a yes.
SURE = 0.6
# Where keys choose, and no figure is asked for.
MENUS = frozenset(
    {"language", "consent", "topics", "topic", "answer", "pick", "confirm", "closed", "callback"}
)
# Where keys alone count, and only a wish for a person is listened for: it is the key 0.
KEYS_ALONE = frozenset({"own_number", "pin", "closed", "callback", "callback_number"})
# Where another language can begin; within an act the bot follows it by itself.
OPEN = frozenset({"consent", "question", "topics", "topic", "answer"})


def _named(english: str, spanish: str, korean: str) -> re.Pattern[str]:
    """A language, asked for in any of the three."""
    return re.compile(
        rf"(?:in |i speak |switch to )?{english}(?: please)?"
        rf"|(?:en |hablo |quiero )?{spanish}(?: por favor)?"
        rf"|{korean}(?:로|요|로요)?(?: 해)?(?: ?주세요)?"
    )


_LANGUAGES: dict[Language, re.Pattern[str]] = {
    "en": _named("english", "ingles", "영어"),
    "es": _named("spanish", "espanol", "스페인어"),
    "ko": _named("korean", "coreano", "한국(?:어|말)"),
}
_KEYS: dict[Language, str] = {
    "en": "zero one two three four five six seven eight nine",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "ko": "영번 일번 이번 삼번 사번 오번 육번 칠번 팔번 구번",
}
_BEFORE = re.compile(r"(?:press|key|number|option|oprimo|opcion|numero|tecla|la|el) ")


def as_key(talk: Talk, heard: Heard) -> Heard:
    """A key that was said, as if it had been pressed."""
    if talk.call.step in KEYS_ALONE and asks_only_for_person(heard.speech):
        return replace(heard, digits="0", speech="")
    if heard.digits or talk.call.step not in MENUS or heard.confidence < SURE:
        return heard
    said = _BEFORE.sub("", bare(heard.speech), count=1)
    figure = re.fullmatch(r"([0-9])(?: ?번)?(?:이?요)?", said)
    named = [k.split().index(said) for k in _KEYS.values() if said in k.split()]
    key = figure.group(1) if figure else str(named[0]) if named else ""
    return replace(heard, digits=key, speech="") if key else heard


def wished(talk: Talk, heard: Heard) -> Plan | None:
    """What follows from a wish that is the same at every step; none where it was no such thing."""
    begins, said = talk.call.step == "language", bare(heard.speech)
    asks = asks_only_for_person(heard.speech)
    if asks:
        if begins and asks in talk.settings.languages:  # the only word so far tells the language
            talk.conversation.language = asks
        return person(talk, "asked")
    other = next((k for k, words in _LANGUAGES.items() if words.fullmatch(said)), None)
    if begins or other is None or talk.call.step not in OPEN:
        return None
    if other == talk.language or other not in talk.settings.languages:
        return None
    talk.conversation.language = other
    return stay(talk) if talk.call.step in {"consent", "topics"} else go(talk, "question")

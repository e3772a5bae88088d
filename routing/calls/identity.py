"""Who is calling: a registered phone with its PIN, or a code texted to it. By keys alone, past the
bot: a PIN stands in no message, hook or journal. Of what is said only a wish for a person
(`plainly.KEYS_ALONE`) and the end of the act are heard; all else is dropped."""

from collections.abc import Sequence

from bot.phrases import catalogue
from bot.plain_words import wish_in
from crm import calls, registered_phones
from routing.calls import words
from routing.calls.plan import Ask, Plan, Prompt
from routing.calls.talk import Asked, Talk, go, heard_at, person, planned, stay
from routing.calls.turn import ask_bot, replies, told
from routing.channels.phone import numbers
from routing.channels.phone.port import Heard

DIGITS = 6


@planned("identity")
def ask_who(talk: Talk, first: Sequence[Prompt]) -> Plan:
    """The PIN, where the phone that calls is registered; its number first, where it is not."""
    first = [*first, *told(talk, replies(talk)), talk.say("identity")]
    registered = registered_phones.of_number(talk.s, talk.call.number)
    return go(talk, "pin" if registered else "own_number", *first)


@planned("own_number")
def ask_own_number(talk: Talk, first: Sequence[Prompt]) -> Plan:
    prompts = [*first, talk.say("own_number")]
    return [Ask(prompts, talk.to("own_number"), talk.language, keys=16, seconds=10)]


@heard_at("own_number")
def hear_own_number(talk: Talk, heard: Heard) -> Plan | Asked:
    if heard.digits == "0":
        return person(talk, "asked")
    if _cancels(heard):
        return ask_bot(talk, heard.speech)
    near = (talk.call.number, talk.own_number)
    number = numbers.keyed(heard.digits, *near) if heard.digits else None
    if number is None:
        return _once_more(talk, "own_number_wrong" if heard.digits else _unheard(heard))
    calls.move(talk.s, talk.call, "pin")
    talk.call.choices = [number]
    return stay(talk)


@planned("pin")
def ask_pin(talk: Talk, first: Sequence[Prompt]) -> Plan:
    prompts = [*first, talk.say("pin"), *([talk.say("pin_code")] if _texts(talk) else [])]
    return [Ask(prompts, talk.to("pin"), talk.language, keys=DIGITS, seconds=10)]


@heard_at("pin")
def hear_pin(talk: Talk, heard: Heard) -> Plan | Asked:
    if heard.digits == "0":
        return person(talk, "asked")
    if heard.digits == "*" and _texts(talk):
        return ask_bot(talk, catalogue()(talk.language, "choice_code"))
    if _cancels(heard):
        return ask_bot(talk, heard.speech)
    if not heard.digits:
        return _once_more(talk, _unheard(heard))
    key = talk.settings.secret
    found = registered_phones.check(talk.s, talk.conversation, _number(talk), heard.digits, key=key)
    if found == "proven":
        return ask_bot(talk, words.say(talk.language, "identified"))
    return _once_more(talk, "pin_wrong")  # one that is closed says no more than a wrong one


def _once_more(talk: Talk, why: str) -> Plan | Asked:
    talk.call.tries += 1
    if talk.call.tries >= talk.settings.phone.tries:
        return _unknown(talk)
    return stay(talk, talk.say(why))


def _cancels(heard: Heard) -> bool:
    """A whole utterance that calls the act off; it is the one other thing that the bot may hear."""
    return not heard.digits and wish_in(heard.speech) == "cancel"


def _unheard(heard: Heard) -> str:
    """Nothing was keyed: silence, or words where only keys count."""
    return "identity" if heard.speech else "silence_1"


def _unknown(talk: Talk) -> Plan | Asked:
    """The bot hears that nobody was made sure of, and says what is left."""
    return ask_bot(talk, words.say(talk.language, "not_identified"))


def _number(talk: Talk) -> str:
    """The number that was keyed in, or the one that calls."""
    return str(talk.call.choices[0]) if talk.call.choices else talk.call.number or ""


def _texts(talk: Talk) -> bool:
    """A code goes to the registered phone that calls, and to no other."""
    return talk.can_text and not talk.call.choices

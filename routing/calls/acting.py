"""Acts by voice: values by speech or keys, all of it read back, and nothing without a yes.

What the bot asked for stands in the talk's memory; here it only gets a way of asking that fits a
telephone. A yes must be surely heard: speech that the provider doubts is asked for again.
"""

import re
from collections.abc import Sequence

from bot.acting import asks
from bot.acting.consent import is_plain_no, is_plain_yes
from bot.acting.lines import SLOT
from bot.acting.state import Filling, filling
from bot.acting.table import AMOUNTS, plain
from bot.plain_words import wish_in
from crm.models import Message
from routing.calls.plan import Ask, Plan, Prompt
from routing.calls.talk import Asked, Talk, again, heard_at, person, planned, stay
from routing.calls.turn import ask_aloud, ask_bot, picks, replies, told
from routing.channels.phone.port import Heard

SURE = 0.6  # of a yes or a no
MOST_CHOICES = 9
LONGEST_KEYED = 34  # an account
# What can be keyed in, and the sentence that says how.
KEYED = {
    "tender": "key_tender",
    "proof_code": "key_code",
    **dict.fromkeys(sorted(AMOUNTS), "key_amount"),
    **dict.fromkeys(
        ("quantity", "code", "account", "payer_account", "payee_account"), "key_digits"
    ),
}
# The digits of a number of the openprocurement core, and of an older KONEPS.
CORE = re.compile(r"(20\d\d)(\d\d)(\d\d)(\d{6})")
KONEPS = re.compile(r"(\d{11})(\d\d)")


def step_of(talk: Talk) -> str | None:
    """The step at which an act that is being filled goes on; None outside of one."""
    asked = replies(talk)
    act = filling(talk.conversation.bot_state)
    if any(m.act == "action_preview" for m in asked) or (act and act.asked == "confirmed"):
        return "confirm"
    if act is None:
        return None
    if act.asked == "proof_phone":
        return "identity"
    return "pick" if _choices(asked) and _hint(act.asked) is None else "value"


# --- a value -----------------------------------------------------------------------------------


@planned("value")
def ask_value(talk: Talk, first: Sequence[Prompt]) -> Plan:
    act = _act(talk)
    hint = _hint(act.asked)
    prompts = [
        *first,
        *told(talk, replies(talk)),
        *([talk.say(hint)] if hint else []),
        talk.say("act_keys"),
    ]
    speech = act.asked != "proof_code"
    to = talk.to("value")
    return [Ask(prompts, to, talk.language, speech=speech, keys=LONGEST_KEYED, seconds=8)]


@heard_at("value")
def hear_value(talk: Talk, heard: Heard) -> Plan | Asked:
    if heard.digits == "0":
        return person(talk, "asked")
    if heard.digits == "*":
        return stay(talk)
    if heard.digits:
        return ask_bot(talk, keyed(_act(talk).asked, heard.digits))
    if heard.speech and _act(talk).asked == "tender":
        heard_number = keyed("tender", re.sub(r"\D", "", heard.speech))
        return ask_bot(talk, heard_number if "-" in heard_number else heard.speech)
    return ask_aloud(talk, heard)


def keyed(asked: str, digits: str) -> str:
    """What the keys mean where this was asked: a decimal star, a number without its letters."""
    if asked in AMOUNTS or asked.startswith((SLOT, asks.NUMBER)):
        return digits.replace("*", ".")
    figures = digits.replace("*", "")
    if asked != "tender":
        return figures
    core, koneps = CORE.fullmatch(figures), KONEPS.fullmatch(figures)
    if core:
        return "UA-" + "-".join(core.groups()) + "-a"
    return "-".join(koneps.groups()) if koneps else figures


# --- one of several ----------------------------------------------------------------------------


@planned("pick")
def ask_which(talk: Talk, first: Sequence[Prompt]) -> Plan:
    choices = _choices(replies(talk))[:MOST_CHOICES]
    talk.call.choices = list(choices)
    prompts = [*first, *told(talk, replies(talk)), *picks(talk, choices), talk.say("pick_keys")]
    return [Ask(prompts, talk.to("pick"), talk.language, hints=tuple(choices))]


@heard_at("pick")
def hear_which(talk: Talk, heard: Heard) -> Plan | Asked:
    return _picked(talk, heard) or ask_aloud(talk, heard)


# --- the yes -----------------------------------------------------------------------------------


@planned("confirm")
def ask_yes(talk: Talk, first: Sequence[Prompt]) -> Plan:
    """All that would be done, to the last figure; the first choice is the yes, then the no."""
    talk.call.choices = list(_choices(replies(talk))[:2])
    prompts = [*first, *told(talk, replies(talk)), talk.say("confirm_keys")]
    return [Ask(prompts, talk.to("confirm"), talk.language)]


@heard_at("confirm")
def hear_yes(talk: Talk, heard: Heard) -> Plan | Asked:
    picked = _picked(talk, heard)
    if picked is not None:
        return picked
    settles = is_plain_yes(heard.speech) or is_plain_no(heard.speech)
    if settles and heard.confidence < SURE:
        talk.call.tries += 1
        if talk.call.tries >= talk.settings.phone.tries:
            return person(talk, "failed_turns")
        return [Ask([talk.say("confirm_unsure")], talk.to("confirm"), talk.language)]
    return ask_aloud(talk, heard)


# --- shared ------------------------------------------------------------------------------------


def _picked(talk: Talk, heard: Heard) -> Plan | Asked | None:
    """What a single key means; None where something was said instead."""
    if heard.digits == "0":
        return person(talk, "asked")
    if heard.digits in {"*", "#"}:
        return stay(talk)
    choices = [str(c) for c in talk.call.choices]
    if heard.digits.isdigit() and 0 < int(heard.digits) <= len(choices):
        chosen = choices[int(heard.digits) - 1]
        return person(talk, "asked") if wish_in(chosen) == "person" else ask_bot(talk, chosen)
    return again(talk, heard) if heard.digits else None


def _hint(asked: str) -> str | None:
    """The sentence that says how this is keyed in; none for what can only be said."""
    return "key_amount" if asked.startswith(SLOT) else KEYED.get(plain(asked))


def _act(talk: Talk) -> Filling:
    act = filling(talk.conversation.bot_state)
    return act if act is not None else Filling("question")


def _choices(said: Sequence[Message]) -> list[str]:
    """The choices of the reply that asks, which is the last that has any."""
    return next(([str(c) for c in m.choices] for m in reversed(said) if m.choices), [])

"""One turn of the bot on the phone: the caller's words go in, its replies are said."""

import re
from collections.abc import Sequence

from bot.acting.state import filling
from crm import calls, messages
from crm.events import Actor
from crm.messages import Draft
from crm.models import Message
from knowledge.port import LANGUAGES, Language
from routing import inbound
from routing.calls import words
from routing.calls.plan import Plan, Prompt, Say
from routing.calls.speakable import SENTENCES, aloud, read_back, spoken
from routing.calls.talk import Asked, Talk, again, into_line
from routing.channels.phone.port import Heard

OWN_SENTENCES = 6
LISTS = re.compile(r"^2\) ", re.MULTILINE)
UNSURE = 0.25  # speech that the provider is less sure of is asked for again


def ask_bot(talk: Talk, text: str) -> Plan | Asked:
    """One message of the contact, under an id that a second hook of the same step has too."""
    draft = Draft(
        Actor("contact", talk.conversation.contact_id),
        text,
        talk.language,
        account=f"phone/{talk.call.account}",
        external_id=f"{talk.call.provider_call_id}:{talk.call.serial}",
    )
    taken = inbound.from_provider(talk.s, talk.settings, talk.conversation, draft)
    if taken.turn_id is None:  # people have taken over meanwhile
        return into_line(talk)
    calls.move(talk.s, talk.call, "thinking")
    talk.call.turn_id = taken.turn_id
    return Asked(taken.turn_id, taken.claimed)


def ask_aloud(talk: Talk, heard: Heard) -> Plan | Asked:
    """What was said goes to the bot, if the provider is sure enough of having heard it."""
    if not heard.speech or heard.confidence < UNSURE:
        return again(talk, heard)
    return ask_bot(talk, heard.speech)


def replies(talk: Talk) -> Sequence[Message]:
    """What the bot said in the turn that this call asked for last."""
    return messages.of_turn(talk.s, talk.call.turn_id or "")


def picks(talk: Talk, choices: Sequence[str]) -> Sequence[Say]:
    """Choices of a reply with their keys; they are sentences, so the key comes first."""
    keyed = (talk.say("pick", number=n, label=c.rstrip(" .")) for n, c in enumerate(choices, 1))
    return [
        said if said.text[-1] in "?!" else Say(said.text + ".", said.language) for said in keyed
    ]


def _states(talk: Talk) -> bool:
    """Whether a bidder is asked for a statement, which is heard whole before it is made."""
    act = filling(talk.conversation.bot_state)
    return act is not None and act.ask(act.asked) is not None


def told(talk: Talk, replied: Sequence[Message]) -> list[Prompt]:
    """All that was replied, as it is spoken."""
    return [prompt for message in replied for prompt in said(talk, message)]


def said(talk: Talk, message: Message) -> Sequence[Say]:
    """A reply as it is spoken: an answer shortly, a preview or a receipt to its last figure."""
    language: Language = next((k for k in LANGUAGES if k == message.language), talk.language)
    whole = message.act in {"action_preview", "action_done"} or message.action is not None
    # An article is told shortly; what the desk itself has to say ends with what can be done next.
    most = SENTENCES if message.citations else OWN_SENTENCES
    text = spoken(message.text, language, most)
    if whole:
        text = read_back(message.text, language)
    elif LISTS.search(message.text) or _states(talk):  # one is chosen, or all is confirmed
        text = aloud(message.text, language)
    prompts = [Say(text, language)]
    titles = ", ".join(dict.fromkeys(str(c["title"]) for c in message.citations[:2]))
    if titles:
        prompts.append(Say(words.say(language, "source", titles=titles), language))
    return prompts

"""Questions and answers: by speech to the bot, by keys through the topics."""

from collections.abc import Sequence

from bot.plain_words import wish_in
from crm import calls, messages, outbox
from crm.events import BOT, Actor
from crm.messages import Draft
from crm.models import Message
from crm.settings import QUEUES
from knowledge.port import LANGUAGES, Language
from routing import inbound
from routing.calls import words
from routing.calls.plan import Ask, Choice, Pause, Plan, Prompt, Redirect, Say, menu
from routing.calls.speakable import spoken
from routing.calls.talk import Asked, Talk, again, go, heard_at, into_line, person, planned, stay
from routing.channels.phone.port import Heard

MOST_CHOICES = 6  # keys 1 to 6; 8, 9, 0 and * have meanings of their own
UNSURE = 0.25  # speech that the provider is less sure of is asked for again
MOST_HOLDS = 15


@planned("question")
def ask_question(talk: Talk, first: Sequence[Prompt]) -> Plan:
    return [Ask([*first, talk.say("question")], talk.to("question"), talk.language)]


@heard_at("question")
def hear_question(talk: Talk, heard: Heard) -> Plan | Asked:
    if heard.digits in {"*", "#"}:
        return stay(talk)
    return _common(talk, heard) or _spoken(talk, heard)


@planned("topics")
def ask_topic(talk: Talk, first: Sequence[Prompt]) -> Plan:
    named = [Choice(k, words.topic(talk.language, q)) for k, q in _topics(talk).items()]
    heading = words.say(talk.language, "topics")
    choice = words.catalogue(talk.language)["say"]["choice"]
    asked = menu(heading, named, talk.to("topics"), talk.language, say_choice=choice)
    prompts = [*first, *asked.prompts, talk.say("topics_end")]
    return [Ask(prompts, asked.to, asked.language, hints=asked.hints)]


@heard_at("topics")
def hear_topic(talk: Talk, heard: Heard) -> Plan | Asked:
    topics = _topics(talk)
    if heard.digits in {"*", "#"}:
        return go(talk, "question")
    if heard.digits == "0":
        return person(talk, "asked")
    said = heard.speech.casefold()
    named = (q for q in topics.values() if words.topic(talk.language, q).casefold() in said)
    queue = topics.get(heard.digits) or (next(named, None) if said else None)
    if queue:
        talk.conversation.topic = queue
        return go(talk, "topic")
    return _spoken(talk, heard)


@planned("topic")
def ask_about_topic(talk: Talk, first: Sequence[Prompt]) -> Plan:
    topic = words.topic(talk.language, talk.conversation.topic or "technical")
    prompts = [*first, talk.say("topic_chosen", topic=topic)]
    return [Ask(prompts, talk.to("topic"), talk.language)]


@heard_at("topic")
def hear_about_topic(talk: Talk, heard: Heard) -> Plan | Asked:
    if heard.digits == "1":
        return person(talk, "asked")
    if heard.digits in {"*", "#"}:
        return stay(talk)
    return _common(talk, heard) or _spoken(talk, heard)


@planned("thinking")
def hold_on(talk: Talk, first: Sequence[Prompt]) -> Plan:
    """The bot is late: the same turn is asked for again, never a second one."""
    key = "thinking" if talk.call.tries <= 1 else "still_thinking"
    return [*first, talk.say(key), Pause(1), Redirect(talk.to("thinking"))]


def not_yet(talk: Talk) -> Plan:
    """The turn that this call waits for is not settled in time."""
    talk.call.tries += 1
    if talk.call.tries > MOST_HOLDS:
        return person(talk, "bot_down")
    return stay(talk)


def settled(talk: Talk) -> Plan:
    """The turn is settled: say what it came to."""
    if talk.conversation.owner_kind != "bot":
        return into_line(talk)
    return go(talk, "answer")


@planned("answer")
def say_answer(talk: Talk, first: Sequence[Prompt]) -> Plan:
    replies = messages.of_turn(talk.s, talk.call.turn_id or "")
    prompts: list[Prompt] = [*first]
    for message in replies:
        prompts += _said(talk, message)
    choices = [c for message in replies for c in message.choices][:MOST_CHOICES]
    talk.call.choices = list(choices)
    choice = words.catalogue(talk.language)["say"]["choice"]
    lines = [choice.format(key=n, label=c) for n, c in enumerate(choices, 1)]
    prompts += [Say(line, talk.language) for line in lines]
    if talk.can_text and talk.call.number and any(m.citations for m in replies):
        prompts.append(talk.say("text_offer"))
    prompts.append(talk.say("more"))
    return [Ask(prompts, talk.to("answer"), talk.language, hints=tuple(choices))]


@heard_at("answer")
def hear_after_answer(talk: Talk, heard: Heard) -> Plan | Asked:
    choices = [str(c) for c in talk.call.choices]
    if heard.digits in {"*", "#"}:
        return stay(talk)
    if heard.digits == "8":
        return stay_short(talk, text_source(talk))
    if heard.digits.isdigit() and 0 < int(heard.digits) <= len(choices):
        picked = choices[int(heard.digits) - 1]
        return person(talk, "asked") if wish_in(picked) == "person" else ask_bot(talk, picked)
    return _common(talk, heard) or _spoken(talk, heard)


def stay_short(talk: Talk, key: str) -> Plan:
    """The answer was heard once: only what can be done next is said again."""
    return [Ask([talk.say(key), talk.say("more")], talk.to("answer"), talk.language)]


def text_source(talk: Talk) -> str:
    """Text the sources of the last answer to the caller; returns what to say of it."""
    replies = messages.of_turn(talk.s, talk.call.turn_id or "")
    sources = [c for message in replies for c in message.citations]
    if not (talk.can_text and talk.call.number and sources):
        return "cannot_text"
    lines = [f"{c['title']}: {talk.settings.public_url}{c['url']}" for c in sources]
    text = "\n".join(dict.fromkeys(lines))
    message = messages.say(talk.s, talk.conversation, Draft(BOT, text, talk.language))
    outbox.post_to(
        talk.s, message, channel="sms", account=talk.call.account, address=talk.call.number
    )
    return "texted"


def ask_bot(talk: Talk, text: str) -> Plan | Asked:
    """One message of the contact, under an id that a second hook of the same step has too."""
    draft = Draft(
        Actor("contact", talk.conversation.contact_id),
        text,
        talk.language,
        account=f"phone/{talk.call.account}",
        external_id=f"{talk.call.provider_call_id}:{talk.call.serial}",
    )
    taken = inbound.from_provider(talk.s, talk.conversation, draft)
    if taken.turn_id is None:  # people have taken over meanwhile
        return into_line(talk)
    calls.move(talk.s, talk.call, "thinking")
    talk.call.turn_id = taken.turn_id
    return Asked(taken.turn_id, taken.claimed)


def _common(talk: Talk, heard: Heard) -> Plan | None:
    """Keys that mean the same at every question."""
    if heard.digits == "0":
        return person(talk, "asked")
    if heard.digits == "9":
        return go(talk, "topics")
    return None


def _spoken(talk: Talk, heard: Heard) -> Plan | Asked:
    if not heard.speech or heard.confidence < UNSURE:
        return again(talk, heard)
    return ask_bot(talk, heard.speech)


def _said(talk: Talk, message: Message) -> Sequence[Say]:
    language: Language = next((k for k in LANGUAGES if k == message.language), talk.language)
    said = [Say(spoken(message.text, language), language)]
    titles = ", ".join(dict.fromkeys(str(c["title"]) for c in message.citations[:2]))
    if titles:
        said.append(Say(words.say(language, "source", titles=titles), language))
    return said


def _topics(talk: Talk) -> dict[str, str]:
    """The keys 1 to 9 and the queues behind them, in the desk's own order."""
    known = [q for q in talk.settings.queues if q in QUEUES][:9]
    return {str(n): queue for n, queue in enumerate(known, 1)}

"""Questions and answers: by speech to the bot, by keys through the topics."""

from collections.abc import Sequence

from bot.acting.listed import Listed
from bot.plain_words import wish_in
from crm import conversations
from crm.settings import QUEUES
from routing.calls import acting, texting, words
from routing.calls.plan import Ask, Choice, Pause, Plan, Prompt, Redirect, menu
from routing.calls.talk import Asked, Talk, go, heard_at, into_line, person, planned, stay
from routing.calls.turn import ask_aloud, ask_bot, picks, replies, told
from routing.channels.phone.port import Heard

MOST_CHOICES = 6  # keys 1 to 6; 8, 9, 0 and * have meanings of their own
MOST_HOLDS = 15


@planned("question")
def ask_question(talk: Talk, first: Sequence[Prompt]) -> Plan:
    return [Ask([*first, talk.say("question")], talk.to("question"), talk.language)]


@heard_at("question")
def hear_question(talk: Talk, heard: Heard) -> Plan | Asked:
    if heard.digits in {"*", "#"}:
        return stay(talk)
    return _common(talk, heard) or ask_aloud(talk, heard)


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
    speech = heard.speech.casefold()
    named = (q for q in topics.values() if words.topic(talk.language, q).casefold() in speech)
    queue = topics.get(heard.digits) or (next(named, None) if speech else None)
    if queue:
        talk.conversation.topic = queue
        return go(talk, "topic")
    return ask_aloud(talk, heard)


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
    return _common(talk, heard) or ask_aloud(talk, heard)


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
    if not conversations.answered_by_bot(talk.conversation):
        return into_line(talk)
    return go(talk, acting.step_of(talk) or "answer")


@planned("answer")
def say_answer(talk: Talk, first: Sequence[Prompt]) -> Plan:
    said = replies(talk)
    prompts: list[Prompt] = [*first, *told(talk, said)]
    choices = [c for message in said for c in message.choices][:MOST_CHOICES]
    talk.call.choices = list(choices)
    prompts += picks(talk, choices)
    if texting.can_text(talk, said):
        prompts.append(talk.say(texting.offer(said)))
    asks_back = any(message.act == "clarify" for message in said)
    prompts.append(talk.say("pick_keys" if asks_back else "more"))
    return [Ask(prompts, talk.to("answer"), talk.language, hints=tuple(choices))]


@heard_at("answer")
def hear_after_answer(talk: Talk, heard: Heard) -> Plan | Asked:
    choices = [str(c) for c in talk.call.choices]
    if heard.digits in {"*", "#"}:
        return stay(talk)
    if heard.digits == "8":
        return stay_short(talk, texting.send(talk))
    if not heard.digits and not heard.speech and not choices:
        return _silent(talk)
    if heard.digits.isdigit() and 0 < int(heard.digits) <= len(choices):
        picked = choices[int(heard.digits) - 1]
        return person(talk, "asked") if wish_in(picked) == "person" else ask_bot(talk, picked)
    if not choices and heard.digits.isdigit() and 0 < int(heard.digits) <= _listed(talk):
        return ask_bot(talk, heard.digits)
    return _common(talk, heard) or ask_aloud(talk, heard)


def _listed(talk: Talk) -> int:
    """How many things the list has that the caller may choose from by a key."""
    listed = Listed.kept((talk.conversation.bot_state.get("bot") or {}).get("listed"))
    return len(listed.entries) if listed else 0


def stay_short(talk: Talk, key: str) -> Plan:
    """The answer was heard once: only what can be done next is said again."""
    return [Ask([talk.say(key), talk.say("more")], talk.to("answer"), talk.language)]


def _silent(talk: Talk) -> Plan:
    """Nothing more to ask, perhaps: an answer that was heard is not read out again for it."""
    talk.call.tries += 1
    if talk.call.tries >= talk.settings.phone.tries:
        return person(talk, "failed_turns")
    return stay_short(talk, f"silence_{min(talk.call.tries, 2)}")


def _common(talk: Talk, heard: Heard) -> Plan | None:
    """Keys that mean the same at every question."""
    if heard.digits == "0":
        return person(talk, "asked")
    if heard.digits == "9":
        return go(talk, "topics")
    return None


def _topics(talk: Talk) -> dict[str, str]:
    """The keys 1 to 9 and the queues behind them, in the desk's own order."""
    known = [q for q in talk.settings.queues if q in QUEUES][:9]
    return {str(n): queue for n, queue in enumerate(known, 1)}

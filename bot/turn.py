"""The bot of the desk: the engine says what a message wants, knowledge says what is true."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from bot import moments
from bot.acting import asks, consent, places, stating, values
from bot.acting.corrections import corrects
from bot.acting.filling import Acting
from bot.acting.items import MORE
from bot.acting.listed import Listed
from bot.acting.lookups import LookUps
from bot.acting.port import Desk
from bot.acting.reading import also_said, is_typed, read_value
from bot.acting.state import NEVER, Filling
from bot.acting.table import MOMENTS
from bot.acting.tenders import chooses
from bot.ahead import Guesses, Once
from bot.answering import FAILED_TURNS, Moment, Told, answered, find, not_answered, over, told
from bot.carrying_out import carried_out
from bot.cleaning import LONGEST, cleaned, is_bare_command, says_something
from bot.handing_over import noticed
from bot.language import language_of
from bot.memory import Memory
from bot.out_of_place import hands_out_a_number, orders_the_machine
from bot.personal_numbers import masked
from bot.phrases import Phrases
from bot.plain_words import is_question, pleads_for_person, wish_in
from bot.port import Abstain, Answer, AskBack, Remember, Spoken, Step, Talk, Turn
from bot.rasa_http import Engine, EngineDown, Understood, nothing
from bot.spotting import spot, tender_number
from bot.wording import Wording
from knowledge.port import Finding, Search

WEAK = 0.75  # an intent below this must not keep a question from the knowledge base
FAIR = 0.85  # the same for words that have the shape of a question
SURE = 1.01  # the same for what has no use outside a form: no chance is that high
# "60 days after the contract" and "cancel my bid" are terse questions when no form is open.
SHORT = 6  # words: what is longer may say more than it was asked for
_FOR_FORMS = frozenset(("inform", "correct", "cancel"))


def _local_time() -> datetime:
    return datetime.now().astimezone()


class DeskBot:
    """Implements `bot.port.Bot`. Holds nothing of a conversation; may be shared by threads."""

    def __init__(
        self,
        search: Search,
        engine: Engine,
        phrases: Phrases,
        clock: Callable[[], datetime] = _local_time,
        desk: Desk | None = None,
        *,
        looks_ahead: bool = True,
    ) -> None:
        """`looks_ahead`: what is likely a question is searched for while the engine thinks."""
        self._search = search
        self._engine = engine
        self._phrases = phrases
        self._clock = clock
        self._desk = desk
        self._looks_ahead = looks_ahead
        self._guesses = Guesses()

    def turn(self, turn: Turn) -> Sequence[Step]:
        text = cleaned(turn.text)
        memory = Memory.of(turn.state)
        own = _has_words(text) and not _is_choice(text, memory)
        language = language_of(text, turn.language) if own else turn.language
        now = Moment(turn, text, language, Wording(self._phrases, language), self._clock())
        at_once = (
            None if _hands_in(turn, memory) else _unreadable(now) or _out_of_place(now, memory)
        )
        if at_once is not None:
            return [at_once, Remember(memory.state(), language, _secret(memory, memory, ()))]
        said, after = self._said(now, noticed(memory, text, now.time))
        return [*said, Remember(after.state(), language, _secret(memory, after, said))]

    def ready(self) -> bool:
        return self._engine.ready()

    def over(self, search: Search) -> "DeskBot":
        return DeskBot(search, self._engine, self._phrases, self._clock)

    def _said(self, now: Moment, memory: Memory) -> Told:
        filling = Filling.of(memory.act)
        acted = self._acted(now, memory, filling) if self._desk is not None else None
        if acted is not None:
            return acted
        option = _option(now.text, memory.options)
        if option is not None:
            # A picked option is a question already; the engine has nothing to add to it.
            now = replace(now, text=option)
            return told(now, replace(memory, options=()), self._find(now))
        finding = Once(lambda: self._find(now))
        try:
            with self._guesses.worth(now.text, memory) as worth:
                meant = self._engine.understand(
                    now.turn.conversation,
                    masked(now.text),
                    now.language,
                    memory.for_engine(),
                    finding.ahead if worth and self._looks_ahead else nothing,
                )
        except EngineDown:
            return self._without_engine(now, memory, finding)
        if meant.act is None and memory.guarded:
            memory = replace(memory, guarded=None)
        heard = meant.intent in {"ask_person", "complaint", "abuse"}
        if not heard and not memory.form and pleads_for_person(now.text):
            return [over(now, memory, "asked")], memory.after_hand_off()
        rescued = self._rescued(now, memory, meant, finding)
        return rescued or carried_out(now, memory, meant, finding, self._desk)

    def _acted(self, now: Moment, memory: Memory, filling: Filling | None) -> Told | None:
        """What needs no understanding: an answer, a correction, a choice, a calling off."""
        if filling is not None:
            within = self._within_act(now, memory, filling)
            if within is not None:
                return within
        elif memory.form is None:
            if consent.calls_off(now.text):
                return [Talk(now.words("nothing_to_cancel"))], memory
            chosen = self._chosen(now, memory)
            if chosen is not None:
                return chosen
        if memory.guarded and _takes_offer(now):
            begun = replace(memory, guarded=None)
            acting = Acting(cast("Desk", self._desk))
            return acting.begin(now, begun, "question", f'"{memory.guarded}"')
        return None

    def _within_act(self, now: Moment, memory: Memory, filling: Filling) -> Told | None:
        acting = Acting(cast("Desk", self._desk))
        # "One second" is no choice of the second.
        waits = values.is_hesitation(now.text) and not now.turn.files
        plain = _is_answer(now, filling) or corrects(now, filling)
        if not waits and (plain or chooses(now, memory, filling)):
            return acting.answer(now, memory, filling)
        if consent.calls_off(now.text):
            return acting.cancel(now, memory)
        return acting.wait(now, memory, filling) if waits else None

    def _chosen(self, now: Moment, memory: Memory) -> Told | None:
        """What is known of the one that is chosen by its place from the list shown last."""
        listed = Listed.kept(memory.listed)
        place = listed.alone(now.text) if listed else None
        if listed is None or place is None:
            return None
        return LookUps(cast("Desk", self._desk)).choose(now, memory, listed, place)

    def _rescued(self, now: Moment, memory: Memory, meant: Understood, find: Once) -> Told | None:
        """An answer from knowledge where the engine took a question for something else."""
        bar = FAIR if is_question(now.text) else WEAK
        bar = SURE if meant.intent in _FOR_FORMS else bar
        asks_anyway = {str(step["step"]) for step in meant.steps} <= {"search", "unknown"}
        picked = now.text in now.words.choices()
        if memory.form or asks_anyway or picked or meant.act or meant.confidence >= bar:
            return None
        finding = find()
        if finding.verdict == "answer":
            return answered(now, memory, finding)
        if finding.verdict == "ask" and is_question(now.text):
            return told(now, memory, finding)
        # Facts that nobody asked for are noted; other words deserve to hear that nothing was found.
        if meant.intent == "inform" and not meant.entities and len(now.text.split()) > 1:
            return told(now, memory, finding)
        return None

    def _without_engine(self, now: Moment, memory: Memory, find: Once) -> Told:
        wish = wish_in(now.text)
        if wish == "person":
            return [over(now, memory, "asked")], memory.after_hand_off()
        if wish == "complaint":
            return [over(now, memory, "complaint")], memory.after_hand_off()
        if wish in ("greet", "thanks", "bye", "bot_challenge"):
            return [Talk(now.words(wish))], memory
        filling = Filling.of(memory.act)
        if filling is not None and self._desk is not None:
            acting = Acting(self._desk)
            if wish == "cancel":
                return acting.cancel(now, memory)
            return acting.answer(now, memory, filling)
        return self._knowledge_alone(now, memory, find)

    def _knowledge_alone(self, now: Moment, memory: Memory, find: Once) -> Told:
        finding = find()
        if finding.verdict == "answer":
            said, memory = answered(now, memory, finding)
            counselor = Talk(now.words("without_engine"), (now.counselor(),))
            return [*said[:1], counselor], replace(memory, offered=True)
        if memory.failed + 1 >= FAILED_TURNS:
            return [over(now, memory, "bot_down")], memory.after_hand_off()
        if memory.form:
            memory = replace(memory, failed=memory.failed + 1, offered=True)
            return [Abstain(now.words("without_engine_form"), (now.counselor(),))], memory
        return not_answered(now, memory, finding)

    def _find(self, now: Moment) -> Finding:
        return find(self._search, now)


def _option(text: str, options: Sequence[str]) -> str | None:
    """The question that was picked from those offered, by its words or by its place."""
    if text in options:
        return text
    place = places.alone(text, len(options)) if options else None
    return options[place.index] if place and place.index < len(options) else None


def _unreadable(now: Moment) -> Spoken | None:
    if not says_something(now.text):
        return Talk(now.words("nothing_said"))
    if is_bare_command(now.turn.text):
        return Talk(now.words("command"))
    if len(now.turn.text.strip()) > LONGEST and now.turn.channel != "email":
        return AskBack(now.words("too_long"), (now.counselor(),))
    return None


def _out_of_place(now: Moment, memory: Memory) -> Spoken | None:
    """A calm word where neither the engine nor the articles have anything to say."""
    if orders_the_machine(now.text):
        return Abstain(now.words("orders"), (now.counselor(),))
    if memory.form is None and hands_out_a_number(now.text):
        return Talk(now.words("personal_number"))
    return None


def _has_words(text: str) -> bool:
    """Codes, accounts and amounts are written alike in every language."""
    return any(word.isalpha() and len(word) > 1 for word in re.findall(r"\w+", text))


def _is_choice(text: str, memory: Memory) -> bool:
    """Words that were offered, in whatever language a tender has them: they say nothing of ours."""
    filling = Filling.of(memory.act)
    return filling is not None and any(text == shown for shown, _ in filling.options)


def _hands_in(turn: Turn, memory: Memory) -> bool:
    """A file alone is an answer where a signed one was asked for."""
    filling = Filling.of(memory.act)
    return bool(turn.files) and filling is not None and filling.asked == "signature"


def _is_answer(now: Moment, filling: Filling) -> bool:
    """What needs no understanding: a plain yes or no, a pick, a code, a file, a bare value."""
    text, asked = now.text, filling.asked
    if asked in ("confirmed", "go_on"):
        yes = consent.is_plain_yes(text, filling.kind) or consent.is_plain_no(text)
        return yes or text == now.words("choice_go_on")
    options = [shown for shown, _ in filling.options]
    if text in options or (options and places.alone(text, len(options)) is not None):
        return True
    return {
        "signature": bool(now.turn.files),
        "proof_email": _is_address(text),
        "proof_phone": True,
        "proof_code": text.strip().replace(" ", "").isdigit(),
    }.get(asked, _is_value(now, asked) or _is_said(now, filling) or _goes_on(now, filling))


def _goes_on(now: Moment, filling: Filling) -> bool:
    """The value that comes after the last item, instead of "that is all"."""
    short = "?" not in now.text and len(now.text.split()) <= SHORT
    return filling.asked.endswith(MORE) and short and also_said(filling, now.text) is not None


def _is_said(now: Moment, filling: Filling) -> bool:
    """A plain answer to what the tender asks; one in the bidder's own words is the engine's."""
    ask = filling.ask(filling.asked)
    if ask is not None and stating.several(now, filling):
        return True
    if ask is None or ask.form == "text" or "?" in now.text or len(now.text.split()) > SHORT:
        return False
    return asks.read(ask, now.text) != asks.Said()


def _is_value(now: Moment, asked: str) -> bool:
    """A value of the form that was asked for, alone: "6000 UAH" sounds like a bid."""
    # "3 de diciembre de 2026 a las 14:00" is long, and nothing but a moment.
    words = moments.without(now.text) if asked in MOMENTS else now.text
    if "?" in now.text or len(words.split()) > SHORT or values.is_correction(now.text):
        return asked == "tender" and _is_number(now.text)
    if asked == "tender":
        return _is_number(now.text)
    return is_typed(asked) and read_value(asked, now.text, now.time) is not None


def _is_number(text: str) -> bool:
    """The number of a tender and hardly a word beside it: "sorry, UA-…-a"."""
    return tender_number(text) is not None and "?" not in text and len(text.split()) <= SHORT


def _is_address(text: str) -> bool:
    """An e-mail address or a telephone number and hardly a word beside it."""
    found = [one for one in spot(text) if one.kind in ("email", "phone")]
    return len(found) == 1 and len(text.split()) <= 8


def _takes_offer(now: Moment) -> bool:
    """The contact wants their question posted: by the button, or by a plain yes where none is."""
    return now.text == now.words("choice_clarify") or consent.is_plain_yes(now.text)


def _secret(before: Memory, after: Memory, said: Sequence[Spoken]) -> datetime | None:
    """Until when this turn's words are a bidder's secret; None when they are none."""
    acts = [f.sealed_until for f in (Filling.of(before.act), Filling.of(after.act)) if f]
    if len(acts) == 2 and acts[0] == NEVER and acts[1]:
        acts = acts[1:]  # its tender has just been named
    told = [step.sealed_until for step in said if isinstance(step, Answer | AskBack)]
    return max((moment for moment in [*acts, *told] if moment), default=None)

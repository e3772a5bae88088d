"""A bot without an engine, for tests of other rooms: plain words decide, the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cleaning import cleaned, says_something
from bot.handing_over import handed_over, noticed
from bot.language import language_of
from bot.memory import Memory
from bot.phrases import catalogue
from bot.plain_words import wish_in
from bot.port import Abstain, Answer, AskBack, Cancel, Remember, Spoken, Step, Talk, Turn
from bot.spotting import EMAIL
from bot.wording import Wording, ticket_of
from knowledge.port import Query, Search

_FORM = "ticket_form"


@dataclass(frozen=True, slots=True)
class ScriptedBot:
    """Implements `bot.port.Bot`.

    "a person" hands off, a complaint too; "leave a ticket" asks for the matter, then for an e-mail
    address, then opens it; everything else is a question. Two failed questions in a row hand off.
    """

    search: Search
    now: datetime | None = None

    def ready(self) -> bool:
        return True

    def over(self, search: Search) -> "ScriptedBot":
        return replace(self, search=search)

    def turn(self, turn: Turn) -> Sequence[Step]:
        text = cleaned(turn.text)
        language = language_of(text, turn.language)
        words, memory = Wording(catalogue(), language), Memory.of(turn.state)
        if not says_something(text):
            return [Talk(words("nothing_said")), Remember(memory.state(), language)]
        at = self.now or datetime.now().astimezone()
        said, memory = self._said(turn, text, words, noticed(memory, text, at), at)
        return [said, Remember(memory.state(), language)]

    def _said(
        self, turn: Turn, text: str, words: Wording, memory: Memory, at: datetime
    ) -> tuple[Spoken, Memory]:
        wish = wish_in(text)
        if wish == "person":
            return handed_over(turn, text, words, memory, "asked", at), Memory()
        if wish == "complaint":
            return handed_over(turn, text, words, memory, "complaint", at), Memory()
        if memory.form:
            return _in_form(text, wish, words, memory)
        if wish == "ticket":
            return AskBack(words("ask_matter")), replace(memory, engine={"form": _FORM})
        if wish in ("greet", "thanks", "bye", "bot_challenge"):
            return Talk(words(wish)), memory
        return self._searched(turn, text, words, memory, at)

    def _searched(
        self, turn: Turn, text: str, words: Wording, memory: Memory, at: datetime
    ) -> tuple[Spoken, Memory]:
        finding = self.search(Query(text, language_of(text, turn.language), turn.as_of))
        memory = replace(memory, topic=finding.topic or memory.topic)
        if finding.verdict == "answer":
            return Answer(finding.text, finding.citations), replace(memory, failed=0)
        if finding.verdict == "ask":
            return AskBack(words("ask_which"), tuple(finding.options)), memory
        memory = replace(memory, failed=memory.failed + 1)
        if memory.failed > 1:
            return handed_over(turn, text, words, memory, "failed_turns", at), Memory()
        return Abstain(words("abstain"), (words("choice_counselor"),)), memory


def _in_form(text: str, wish: str | None, words: Wording, memory: Memory) -> tuple[Spoken, Memory]:
    matter, email = memory.facts.get("matter"), EMAIL.search(text)
    if wish == "cancel":
        return Cancel(words("cancelled")), Memory()
    if not matter:
        return AskBack(words("ask_email")), memory.with_facts({"matter": text})
    if email is None:
        return AskBack(words("invalid_email")), memory
    facts = {"matter": matter, "email": email.group()}
    return ticket_of("ticket", facts, words), replace(memory, engine={}, facts={})

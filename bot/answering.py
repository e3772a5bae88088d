"""What knowledge says to a question, and what is said when it says nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.handing_over import Reason, handed_over, is_urgent
from bot.memory import Memory
from bot.port import Abstain, Answer, AskBack, HandOff, Spoken, Talk, Turn
from bot.wording import Wording
from knowledge.port import Finding, Language, Query, Search

FAILED_TURNS = 2  # in a row, then a counselor
QUESTIONS_KEPT = 3
SHORT_QUESTION = 8  # words; a longer one is hardly about the form itself

Told = tuple[list[Spoken], Memory]


@dataclass(frozen=True, slots=True)
class Moment:
    """One turn while it is worked on: `text` is cleaned, `words` speak the person's language."""

    turn: Turn
    text: str
    language: Language
    words: Wording
    time: datetime

    def counselor(self) -> str:
        return self.words("choice_counselor")


def find(search: Search, now: Moment) -> Finding:
    earlier = [said.text for said in now.turn.history if said.author == "contact" and said.text]
    query = Query(now.text, now.language, now.turn.as_of, tuple(earlier[-QUESTIONS_KEPT:]))
    return search(query)


def over(now: Moment, memory: Memory, reason: Reason) -> HandOff:
    return handed_over(now.turn, now.text, now.words, memory, reason, now.time)


def told(now: Moment, memory: Memory, finding: Finding) -> Told:
    """Answer, ask back or abstain, outside any form."""
    asked_before = finding.verdict == "ask" and memory.asked_back and finding.text
    if finding.verdict == "answer" or asked_before:
        return answered(now, memory, finding)
    return not_answered(now, memory, finding)


def answered(now: Moment, memory: Memory, finding: Finding) -> Told:
    memory = replace(
        memory,
        failed=0,
        offered=False,
        asked_back=False,
        options=(),
        listed=None,
        topic=finding.topic,
        goal=now.text,
    )
    options = tuple(finding.options) if finding.verdict == "answer" else ()
    memory = replace(memory, options=options)
    said: list[Spoken] = [said_from(now, finding, options)]
    if is_urgent(memory, now.time):
        said.append(Talk(now.words("answer_urgent"), (now.counselor(),)))
        memory = replace(memory, offered=True)
    return said, memory


def said_from(now: Moment, finding: Finding, options: Sequence[str] = ()) -> Answer:
    """The answer, and where its article exists in another language only, that it does."""
    text = finding.text
    if finding.language != now.language:
        text = f"{now.words(f'only_in_{finding.language}')}\n\n{text}"
    return Answer(text, finding.citations, tuple(options))


def not_answered(now: Moment, memory: Memory, finding: Finding) -> Told:
    memory = replace(memory, listed=None, topic=finding.topic, goal=now.text)
    # Two questions back in a row help nobody: the second one is a failed turn.
    if finding.verdict == "ask" and finding.options and not memory.asked_back:
        options = tuple(finding.options)
        memory = replace(memory, asked_back=True, options=options, offered=False)
        return [AskBack(now.words("ask_which"), options)], memory
    choices = (now.counselor(), now.words("choice_ticket"))
    return failed(now, memory, Abstain(now.words("abstain"), choices))


def not_understood(now: Moment, memory: Memory) -> Told:
    return failed(now, memory, AskBack(now.words("not_understood"), (now.counselor(),)))


def failed(now: Moment, memory: Memory, instead: Spoken) -> Told:
    """`instead` at the first failure; a counselor when it was not the first in a row."""
    memory = replace(memory, failed=memory.failed + 1, asked_back=False)
    if memory.failed >= FAILED_TURNS:
        return [over(now, memory, "failed_turns")], memory.after_hand_off()
    return [instead], replace(memory, offered=True)


def digressed(now: Moment, memory: Memory, finding: Finding) -> Told:
    """A question inside a form; the form's own question follows it and nothing counts as failed.

    Nobody is asked back there: one question at a time is enough.
    """
    if finding.text:
        return [said_from(now, finding)], memory
    if len(now.text.split()) <= SHORT_QUESTION:
        count = {"problem": "3", "callback": "3", "ticket": "2"}.get(memory.form or "", "2")
        return [Talk(now.words("about_form", count=count))], memory
    return [Abstain(now.words("abstain"), (now.counselor(),))], memory

"""The packet a counselor gets: goal in one line, facts given, queue, deadline."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.memory import Memory
from bot.personal_numbers import masked
from bot.port import HandOff, Turn
from bot.queues import queue_of_topic, queue_of_words
from bot.spotting import tender_number
from bot.urgency import deadline_in, read_deadline
from bot.wording import Wording, one_line

Reason = Literal["asked", "failed_turns", "complaint", "abuse", "bot_down", "form"]

GOAL_LENGTH = 160
_FORM_MATTERS = ("problem_what", "callback_topic", "matter")
_MIN_WORDS = 3  # fewer words rarely say what a person wants


def noticed(memory: Memory, text: str, now: datetime) -> Memory:
    """The memory with the deadline and the tender number that this message speaks of."""
    deadline, tender = deadline_in(text, now), tender_number(text)
    if deadline is not None:
        memory = replace(memory, deadline=deadline.written())
    return memory.with_facts({"tender_number": tender}) if tender else memory


def is_urgent(memory: Memory, now: datetime) -> bool:
    """Whether a deadline that was spoken of is so near that a counselor is offered unasked."""
    deadline = read_deadline(memory.deadline)
    return deadline is not None and deadline.urgent(now)


def handed_over(
    turn: Turn, text: str, words: Wording, memory: Memory, reason: Reason, now: datetime
) -> HandOff:
    goal = _goal(turn, text, memory, reason)
    deadline = read_deadline(memory.deadline)
    urgent = is_urgent(memory, now)
    said = words("handoff_" + reason)
    return HandOff(
        text=f"{said} {words('handoff_urgent')}" if urgent else said,
        reason=reason,
        queue=_queue(goal, text, memory, reason),
        goal=one_line(masked(goal), GOAL_LENGTH),
        facts={name: masked(value) for name, value in memory.facts.items()},
        deadline=deadline.written() if deadline else None,
        urgent=urgent,
    )


def _goal(turn: Turn, text: str, memory: Memory, reason: Reason) -> str:
    matter = _matter(memory.facts) if memory.form else None
    if matter:
        return matter
    # A counselor should read what the person needs, not what was shouted last.
    if reason != "abuse" and (reason == "complaint" or queue_of_words(text)):
        return text
    if memory.goal:
        return memory.goal
    earlier = [said.text for said in reversed(turn.history) if said.author == "contact"]
    telling = [said for said in earlier if len(said.split()) >= _MIN_WORDS or "?" in said]
    return telling[0] if telling and reason != "failed_turns" else text


def _queue(goal: str, text: str, memory: Memory, reason: Reason) -> str | None:
    if reason == "complaint":
        return "complaint"
    if memory.form == "problem":
        return "technical"
    return queue_of_words(text) or queue_of_words(goal) or queue_of_topic(memory.topic)


def _matter(facts: Mapping[str, str]) -> str | None:
    return next((facts[name] for name in _FORM_MATTERS if facts.get(name)), None)

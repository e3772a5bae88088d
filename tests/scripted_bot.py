"""A bot that follows a script, for tests that are not about what a bot understands."""

from collections.abc import Sequence
from typing import get_args

from bot import port
from knowledge.port import Citation, Language, Search

CITED = Citation(
    article="price-floor",
    title="Price floor",
    version=1,
    url="/help/en/price-floor#floor",
    quote="The floor is 88 %.",
)


class ScriptedBot:
    """`person` hands off, `unknown` abstains, `which` asks back, `ticket` leaves one, `cancel`
    cancels, `hello` talks, `crash` raises; anything else is answered with one citation.
    A text that names a language as `[ko]` is answered in it. Two abstentions in a row hand off.
    """

    def turn(self, turn: port.Turn) -> Sequence[port.Step]:
        language = _language(turn)
        step = self._step(turn)
        failures = turn.state.get("failures", 0) + 1 if isinstance(step, port.Abstain) else 0
        if failures == 2:
            step = _hand_off(turn, "failed_turns")
        return [port.Remember({"failures": failures}, language), step]

    def ready(self) -> bool:
        return True

    def over(self, search: Search) -> "ScriptedBot":
        del search  # a script needs no base
        return self

    def _step(self, turn: port.Turn) -> port.Spoken:
        text = turn.text.casefold()
        if "crash" in text:
            raise RuntimeError("the script says so")
        if "person" in text:
            return _hand_off(turn, "asked")
        if "unknown" in text:
            return port.Abstain("I do not know that.", choices=["Talk to a person"])
        if "which" in text:
            return port.AskBack("Which one do you mean?", choices=["The floor", "The ceiling"])
        if "ticket" in text:
            return port.OpenTicket("Your ticket is {number}.", "report", turn.text, {"what": text})
        if "cancel" in text:
            return port.Cancel("Cancelled.")
        if "hello" in text:
            return port.Talk("Hello.")
        return port.Answer("The floor is 88 %.", [CITED])


def _hand_off(turn: port.Turn, reason: str) -> port.HandOff:
    return port.HandOff(
        text="A counselor will help you.",
        reason="asked" if reason == "asked" else "failed_turns",
        queue="payment" if "payment" in turn.text else "bidding",
        goal=turn.text[:200],
        facts={"said": turn.text[:200]},
        deadline="today" if "today" in turn.text else None,
        urgent="today" in turn.text,
    )


def _language(turn: port.Turn) -> Language:
    for language in get_args(Language):
        if f"[{language}]" in turn.text:
            found: Language = language
            return found
    return turn.language

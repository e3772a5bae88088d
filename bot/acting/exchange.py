"""One message within an act, and what the desk says to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.acting import stating, values
from bot.acting.port import Desk
from bot.acting.questions import question, way
from bot.acting.state import Filling
from bot.acting.table import CHOICES, plain
from bot.answering import FAILED_TURNS, Moment, Told
from bot.memory import Memory
from bot.port import Abstain, AskBack, Cancel

# What is said now, or the act to go on with.
Next = Told | Filling
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """`before` is what is told in front of the next question; it grows while the act goes on."""

    desk: Desk
    now: Moment
    memory: Memory
    before: list[str] = field(default_factory=list)

    @property
    def conversation(self) -> str:
        return self.now.turn.conversation

    def telling(self, filling: Filling, *lines: str) -> Filling:
        """The act to go on with, once this was told."""
        self.before.extend(lines)
        return filling

    # --- a question ----------------------------------------------------------------------------

    def ask(self, filling: Filling, slot: str, options: Options = ()) -> Told:
        ask = filling.ask(slot)
        if ask is not None:
            options = stating.options(self.now, ask)
        if plain(slot) in CHOICES:
            choices = CHOICES[plain(slot)]
            options = [(self.now.words(f"act_option_{one}"), one) for one in choices]
        asked = replace(filling, asked=slot, options=tuple(options), tries=0)
        return self.asked(asked, "\n".join([*self.before, self.question(asked)]))

    def ask_again(self, filling: Filling, why: str) -> Told:
        """The open question once more, as what was said is no answer to it."""
        again = replace(filling, tries=filling.tries + 1)
        return self.asked(again, f"{why}\n{self.question(again)}")

    def not_usable(self, filling: Filling, slot: str) -> Told:
        """`slot` is what was asked for, or the key of the words that say why not."""
        key = slot if slot.startswith("act_invalid_") else f"act_invalid_{slot}"
        if slot == "proof_email":
            key = "act_invalid_proof_" + way(self.desk.code_ways())
        has = self.now.words.has(key)
        return self.ask_again(filling, self.now.words(key if has else "act_invalid_value"))

    def asked(self, filling: Filling, text: str) -> Told:
        """The question of an act in these words, with what can be chosen."""
        choices = tuple(shown for shown, _ in filling.options)
        if filling.asked == "confirmed":
            # The proposal stands as it was shown; a look aside does not renew it.
            choices = (self.now.words("choice_yes_do"), self.now.words("choice_cancel"))
        if filling.tries >= FAILED_TURNS:
            text = f"{self.now.words('invalid_again')}\n{text}"
            choices = (*choices, self.now.counselor())
        # Who has several bids is shown their prices, to tell them apart.
        sealed = (
            filling.opens if filling.asked == "target" and filling.act.target == "bid" else None
        )
        until = datetime.fromisoformat(sealed) if sealed else None
        memory = replace(self.keeping(filling), failed=0, offered=False)
        return [AskBack(text, choices, sealed_until=until)], memory

    def question(self, filling: Filling) -> str:
        return question(self.desk, self.now, filling)

    def picked(self, filling: Filling) -> tuple[str, str] | None:
        """The option that the message means."""
        place = values.picked(self.now.text, [shown for shown, _ in filling.options])
        return None if place is None else filling.options[place]

    # --- what is kept --------------------------------------------------------------------------

    def keeping(self, filling: Filling) -> Memory:
        return replace(self.memory, act=filling.to_json(), engine={})

    def after(self, filling: Filling) -> Memory:
        """Without the act, which is done or needless; its tender can be spoken of as "that one"."""
        return replace(self.memory, act=None, engine={}, facts=self.facts(filling))

    def facts(self, filling: Filling) -> Mapping[str, str]:
        """The facts with the tender that was spoken of last, for "the one I asked about"."""
        known, number = self.memory.facts, filling.number
        return {**known, "tender_number": number} if number else known

    # --- an end --------------------------------------------------------------------------------

    def off(self, text: str) -> Told:
        """The act cannot go on here; a counselor is offered."""
        said = Abstain("\n".join([*self.before, text]), (self.now.counselor(),))
        return [said], replace(self.memory, act=None, engine={}, offered=True)

    def cancelled(self) -> Told:
        said = Cancel(self.now.words("cancelled"))
        return [said], replace(self.memory, act=None, engine={}, failed=0)

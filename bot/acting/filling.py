"""Filling an act: what is still missing is asked for, one thing at a time, then all is shown.

proof → organisation → tender → object → values → checked by the core → preview → plain yes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.acting import (
    bid_answers,
    bid_form,
    bid_prices,
    confirmation,
    lots,
    numbered,
    one_value,
    organisations,
    own_bids,
    proof,
    proposals,
    refusals,
    targets,
    tenders,
    wishes,
)
from bot.acting.exchange import Exchange, Next
from bot.acting.port import Desk
from bot.acting.state import Filling
from bot.answering import Moment, Told
from bot.memory import Memory
from bot.procurement.port import Refused, Unreachable

Step = Callable[[Exchange, Filling], Next]


class Acting:
    """Fills acts over what the desk can look up. Holds nothing of a conversation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def begin(self, now: Moment, memory: Memory, kind: str, text: str = "") -> Told:
        """A new act; what the opening words already tell is not asked for again."""
        exchange = Exchange(self._desk, now, memory)
        return _told(exchange, wishes.opened(exchange, kind, text))

    def answer(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The person's message as the answer to what was asked last."""
        kept = replace(memory, failed=0, asked_back=False, offered=False)
        exchange = Exchange(self._desk, now, kept)
        read = _READERS.get(filling.asked, _value_given)
        return _told(exchange, read(exchange, filling))

    def ask_again(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The open question once more, after something else was said."""
        exchange = Exchange(self._desk, now, memory)
        return exchange.asked(filling, exchange.question(filling))

    def wait(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The person needs a moment: nothing is taken for an answer."""
        exchange = Exchange(self._desk, now, memory)
        return exchange.asked(filling, now.words("act_wait") + "\n" + exchange.question(filling))

    def cancel(self, now: Moment, memory: Memory) -> Told:
        return Exchange(self._desk, now, memory).cancelled()


def _told(exchange: Exchange, after: Next) -> Told:
    return _gone_on(exchange, after) if isinstance(after, Filling) else after


def _gone_on(exchange: Exchange, filling: Filling) -> Told:
    """The next question, the preview, or why there is none."""
    try:
        return _next(exchange, filling)
    except Refused as error:
        return refusals.refused(exchange, filling, error)
    except Unreachable:
        return refusals.later(exchange, filling, "core_away")


def _next(exchange: Exchange, filling: Filling) -> Told:
    for step in _STEPS:
        after = step(exchange, filling)
        if not isinstance(after, Filling):
            return after
        filling = after
    return _next(exchange, filling)  # its tender asks other things by now


def _values_wanted(exchange: Exchange, filling: Filling) -> Next:
    slot = next((s for s in filling.wanted if not filling.slots.get(s)), None)
    # A bid may be kept as a draft first; a signed document alone cannot be left out.
    if slot == "signature" and filling.files:
        return filling.with_slot("signature", "sent")
    return filling if slot is None else exchange.ask(filling, slot)


def _value_given(exchange: Exchange, filling: Filling) -> Next:
    if filling.line(filling.asked):
        return bid_prices.answered(exchange, filling)
    ask = filling.ask(filling.asked)
    if ask is not None:
        return bid_answers.answered(exchange, filling, ask)
    return one_value.answered(exchange, filling)


_STEPS: Sequence[Step] = (
    proof.proven,
    organisations.found,
    tenders.found,
    own_bids.none_stands,
    targets.found,
    lots.found,
    bid_form.looked_up,
    _values_wanted,
    proposals.proposed,
)
_READERS: Mapping[str, Step] = {
    "confirmed": confirmation.answered,
    "proof_email": proof.address_given,
    "proof_code": proof.code_given,
    "proof_phone": proof.call_proven,
    "organisation": organisations.picked,
    "tender": tenders.answered,
    "award": targets.picked,
    "target": targets.picked,
    "lot": lots.picked,
    "line": numbered.picked,
    "signature": one_value.signed,
    "go_on": refusals.tried_again,
}

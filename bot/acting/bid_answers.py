"""What bidders say to the questions of a tender."""

from collections.abc import Sequence
from dataclasses import replace

from bot.acting import asks, bid_prices, corrections, stating, values
from bot.acting.exchange import Exchange, Next
from bot.acting.state import Filling


def answered(exchange: Exchange, filling: Filling, ask: asks.Ask) -> Next:
    """The answer to one question, or to several at once; a price that is put right goes first."""
    now = exchange.now
    told = stating.several(now, filling)
    if told:
        return _at_once(exchange, filling, told)
    corrects = values.is_correction(now.text)
    other = _put_right(exchange, filling) if corrects else None
    if other is not None:
        return other
    said = asks.read(ask, now.text)
    corrected = corrections.corrected(now, filling) if corrects else None
    if corrected is not None and (said.value is None or corrections.speaks_of_price(now)):
        return exchange.telling(*corrected)
    if said.value is not None:
        return replace(filling.saying(ask, said.value), asked="")
    return exchange.ask_again(filling, stating.fault(now, ask, said.fault))


def said_anew(exchange: Exchange, filling: Filling, ask: asks.Ask, rest: str) -> Next:
    """Another answer than was shown, with the answer itself or without it."""
    value = asks.read(ask, rest).value if rest.strip() else None
    if value is not None:
        return filling.saying(ask, value)
    return exchange.ask(filling.without(ask.slot), ask.slot)


def _put_right(exchange: Exchange, filling: Filling) -> Next | None:
    """Something told before that is named by its number while another thing is asked."""
    answer = stating.about(exchange.now.text, filling)
    if answer is not None and filling.slots.get(answer[0].slot):
        return said_anew(exchange, filling, *answer)
    price = bid_prices.said(exchange, filling) if filling.lines else None
    named = [*price.prices, *([price.meant] if price.meant else [])] if price else []
    if price is not None and named and all(filling.line(slot) for slot in named):
        return bid_prices.taken(exchange, filling, price)
    return None


def _at_once(
    exchange: Exchange, filling: Filling, told: Sequence[tuple[asks.Ask, asks.Said]]
) -> Next:
    """What can be taken is; for the rest it is told why not, and it is asked again.

    Another group comes last: nobody has read its grounds, whatever else the letter confirms.
    """
    faults, shown = [], filling
    for ask, said in sorted(told, key=lambda one: one[0].form == "group"):
        if said.value is None:
            why = stating.fault(exchange.now, ask, said.fault)
            faults.append(f"{shown.numbered(ask)}) {why}")
        else:
            filling = filling.saying(ask, said.value)
    return exchange.telling(replace(filling, asked=""), *faults)

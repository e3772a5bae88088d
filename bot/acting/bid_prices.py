"""The prices of a bid, line by line, as they are told."""

from dataclasses import replace

from bot.acting import corrections, pricing
from bot.acting.exchange import Exchange, Next
from bot.acting.previews import line_in_words
from bot.acting.state import Filling
from bot.cleaning import by_line
from bot.spotting import tender_number


def said(exchange: Exchange, filling: Filling) -> pricing.Given | None:
    """What the message gives for the lines; None when it gives nothing."""
    return pricing.given(by_line(exchange.now.turn.text), filling)


def answered(exchange: Exchange, filling: Filling) -> Next:
    """The answer to the question for one price: it, several, or another for an earlier one."""
    now, given = exchange.now, said(exchange, filling)
    if given is not None:
        return taken(exchange, filling, given)
    other = corrections.corrected(now, filling) if tender_number(now.text) else None
    if other is not None:
        return exchange.telling(*other)
    return exchange.not_usable(filling, "amount")


def taken(exchange: Exchange, filling: Filling, given: pricing.Given) -> Next:
    """The bid with these prices, or the question again with the reason why not."""
    if given.fault is not None:
        why = exchange.now.words(given.fault, currency=filling.currency)
        return exchange.ask_again(filling, why)
    if given.meant is not None:
        return exchange.ask(filling.without(given.meant), given.meant)
    priced = replace(
        filling, slots={**filling.slots, **given.prices}, tries=0, options=(), asked=""
    )
    shown = (line_in_words(exchange.now, priced, slot) for slot in given.prices)
    return exchange.telling(priced, *shown)

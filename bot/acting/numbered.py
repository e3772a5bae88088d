"""Which of a bid's numbered prices and answers is to be another."""

from bot.acting import bid_answers, bid_prices, corrections, stating
from bot.acting.exchange import Exchange, Next
from bot.acting.previews import line_in_words, value_in_words
from bot.acting.state import Filling
from bot.answering import Told


def ask(exchange: Exchange, filling: Filling) -> Told:
    """The question which; an amount alone has no number and stands last."""
    now = exchange.now
    slots = [slot for slot in filling.wanted if filling.line(slot)]
    options = [(line_in_words(now, filling, slot), slot) for slot in slots]
    options += [
        (stating.answer(now, filling, one).split("\n")[0].rstrip(":"), one.slot)
        for one in filling.asks
        if filling.slots.get(one.slot)
    ]
    if not slots:
        amount = value_in_words(now, filling, "amount")
        options.append((f"{now.words('act_label_amount')}: {amount}", "amount"))
    return exchange.ask(filling, "line", options)


def picked(exchange: Exchange, filling: Filling) -> Next:
    """Which of them it is, with the new one or without it."""
    now = exchange.now
    answer = stating.about(now.text, filling)
    if answer is not None:
        return bid_answers.said_anew(exchange, filling, *answer)
    one = exchange.picked(filling)
    said = bid_prices.said(exchange, filling) if filling.lines else None
    alone = not filling.lines and one is None
    corrected = corrections.corrected(now, filling) if alone else None
    if corrected is not None:
        return exchange.telling(*corrected)
    if one is not None and (said is None or not said.prices):
        return exchange.ask(filling.without(one[1]), one[1])
    if said is None:
        return exchange.not_usable(filling, "choice")
    return bid_prices.taken(exchange, filling, said)


def meant(exchange: Exchange, filling: Filling) -> Next:
    """Something about a price that was shown: a line alone is asked for, else which it is."""
    said = bid_prices.said(exchange, filling)
    return ask(exchange, filling) if said is None else bid_prices.taken(exchange, filling, said)

"""The lots that a bid is for, where its tender has several."""

from dataclasses import replace

from bot.acting import own_bids
from bot.acting.bidding import for_lots, lots_in
from bot.acting.exchange import Exchange, Next
from bot.acting.state import Filling
from bot.acting.table import PRICED
from bot.acting.telling import money
from bot.procurement.port import Lot
from bot.wording import one_line


def found(exchange: Exchange, filling: Filling) -> Next:
    """Those of the bid that is changed, or the question for which a new one is."""
    if filling.kind not in PRICED or filling.lots:
        return filling
    lots = exchange.desk.tender(filling.tender or "").lots
    if len(lots) < 2:
        return filling
    if filling.kind == "amend_bid":
        bid = own_bids.of_act(exchange, filling)
        return for_lots(filling, [lot for lot in lots if lot.id in bid.amounts])
    every = (exchange.now.words("choice_all_lots"), "")
    return exchange.ask(filling, "lot", [*((_in_words(lot), lot.id) for lot in lots), every])


def picked(exchange: Exchange, filling: Filling) -> Next:
    """One lot, several, or all: the last choice."""
    chosen = lots_in(exchange.now.text, filling.options)
    if not chosen:
        return exchange.not_usable(filling, "choice")
    lots = [lot for lot in exchange.desk.tender(filling.tender or "").lots if lot.id in chosen]
    return replace(for_lots(filling, lots), options=())


def _in_words(lot: Lot) -> str:
    title = one_line(lot.title, 80)
    return f"{title} · {money(lot.value)}" if lot.value else title

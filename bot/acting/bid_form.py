"""The form of a bid: what its tender wants to know, and what the bid that is changed says now."""

from dataclasses import replace

from bot.acting import asks, lines, numbered, own_bids, pricing, stating
from bot.acting.bidding import fits_vat, other_vat, priced_as
from bot.acting.exchange import Exchange, Next
from bot.acting.state import Filling
from bot.acting.table import PRICED
from bot.cleaning import by_line
from bot.procurement.port import Tender


def looked_up(exchange: Exchange, filling: Filling) -> Next:
    """The bid with its prices and questions; who changes one says which of them."""
    if filling.kind not in PRICED or filling.looked_up:
        return filling
    tender = exchange.desk.tender(filling.tender or "")
    filling = priced_as(filling, tender)
    if tender.criteria:
        filling = _asking(exchange, filling, tender)
    if filling.lines:
        return _of_lines(exchange, filling)
    return _of_one_amount(exchange, filling)


def asking_anew(exchange: Exchange, filling: Filling) -> Filling | None:
    """The bid with what its tender asks by now; None where that is what was answered."""
    tender = exchange.desk.tender(filling.tender or "")
    heard = exchange.now.turn.channel == "phone"
    anew = stating.asking(replace(filling, criteria=()), tender, heard=heard)
    return None if asks.alike(anew.criteria, filling.criteria) else anew


def _of_lines(exchange: Exchange, filling: Filling) -> Next:
    now = exchange.now
    units = str(sum(line.item is not None for line in filling.lines))
    exchange.before.append(now.words("act_prices_needed", count=units))
    filling = filling.without("amount").without("currency")
    if filling.kind == "bid":
        return filling
    stands = lines.prices_of(own_bids.of_act(exchange, filling), filling.lines)
    filling = replace(filling, slots={**filling.slots, **stands})
    said = pricing.given(by_line(now.turn.text), filling) if not filling.asked else None
    if said and said.prices:
        return replace(filling, slots={**filling.slots, **said.prices})
    if len(stands) < len(filling.lines):
        return filling
    return numbered.ask(exchange, filling)


def _of_one_amount(exchange: Exchange, filling: Filling) -> Next:
    """A bid of one amount; who changes one that also has answers says which of them."""
    now = exchange.now
    if filling.slots.get("amount") and not filling.asked and not fits_vat(now.text, filling):
        exchange.before.append(now.words(other_vat(filling)))
        filling = filling.without("amount")
    stands = filling.kind == "amend_bid" and not filling.slots.get("amount")
    asks_too = stands and filling.criteria
    amount = own_bids.of_act(exchange, filling).amount if asks_too else None
    if amount is None:
        return filling
    worth = format(amount.amount.normalize(), "f")
    filling = filling.with_slot("amount", worth).with_slot("currency", amount.currency)
    return numbered.ask(exchange, filling)


def _asking(exchange: Exchange, filling: Filling, tender: Tender) -> Filling:
    """What the tender asks of bidders, with what the bid that is changed says to it."""
    heard = exchange.now.turn.channel == "phone"
    filling = stating.asking(filling, tender, heard=heard)
    if stating.left_out(filling, tender) and filling.kind == "bid":
        key = "asks_in_writing" if heard else "asks_by_person"
        exchange.before.append(exchange.now.words(key))
    if not filling.criteria or filling.kind == "bid":
        return filling
    said = asks.slots_of(filling.criteria, own_bids.of_act(exchange, filling).answers)
    return replace(filling, slots={**filling.slots, **said})

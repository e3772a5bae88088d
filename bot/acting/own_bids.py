"""The bids of the organisation that somebody acts for."""

from bot.acting.exchange import Exchange, Next
from bot.acting.lookups import status_words
from bot.acting.state import Filling
from bot.acting.telling import money
from bot.answering import Moment
from bot.port import AskBack
from bot.procurement.port import Bid, Refused

HANDED_IN = frozenset({"pending", "active", "invalid"})


def of_tender(exchange: Exchange, filling: Filling) -> list[Bid]:
    """Those that are still there at the core."""
    desk, talk = exchange.desk, exchange.conversation
    organisation, tender = filling.organisation or "", filling.tender or ""
    found: list[Bid] = []
    for held in desk.held(talk, organisation, "bid", tender):
        try:
            found.append(desk.bid(talk, organisation, tender, held.id))
        except Refused as error:
            if error.reason != "not_found":
                raise
    return found


def of_act(exchange: Exchange, filling: Filling) -> Bid:
    """The one that the act is about."""
    organisation, tender = filling.organisation or "", filling.tender or ""
    return exchange.desk.bid(exchange.conversation, organisation, tender, filling.target or "")


def none_stands(exchange: Exchange, filling: Filling) -> Next:
    """Who has a bid already changes it or takes it back; a second one is hardly meant."""
    own = of_tender(exchange, filling) if filling.kind == "bid" else []
    handed_in = next((bid for bid in own if bid.status in HANDED_IN), None)
    if handed_in is None:
        return filling
    now = exchange.now
    stands = now.words("bid_stands", number=filling.number or "", bid=in_words(now, handed_in))
    choices = (now.words("choice_amend_bid"), now.words("choice_withdraw_bid"))
    text = "\n".join([*exchange.before, stands])
    return [AskBack(text, choices, sealed_until=filling.opening)], exchange.after(filling)


def in_words(now: Moment, bid: Bid) -> str:
    return f"{money(bid.amount)}, {status_words(now, bid.status, 'bid')}"

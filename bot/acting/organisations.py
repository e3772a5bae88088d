"""The organisation that somebody acts for."""

from dataclasses import replace

from bot.acting.exchange import Exchange, Next
from bot.acting.state import Filling

# The roles that may act for each side.
FORM_OF = {"supplier": {"supplier", "bidder", "supplier_agent", "bid_agent"}, "buyer": {"buyer"}}


def found(exchange: Exchange, filling: Filling) -> Next:
    """The act for the one that fits, or the question which; none fits where no delegation holds."""
    side = filling.act.side
    if side == "anyone" or filling.role:
        return filling
    standing = exchange.desk.organisations(exchange.conversation)
    mine = [(org, role) for org, role in standing.live if role in FORM_OF[side]]
    mine = [one for one in mine if filling.organisation in (None, one[0])]
    if len(mine) == 1:
        return replace(filling, organisation=mine[0][0], role=mine[0][1])
    if mine:
        return exchange.ask(filling, "organisation", mine)
    old = next((org for org, role in standing.expired if role in FORM_OF[side]), None)
    key = "delegation_expired" if old else f"delegation_none_{side}"
    return exchange.off(exchange.now.words(key, organisation=old or ""))


def picked(exchange: Exchange, filling: Filling) -> Next:
    one = exchange.picked(filling)
    if one is None:
        return exchange.not_usable(filling, "choice")
    organisation, role = one
    return replace(filling, organisation=organisation, role=role, options=(), tries=0)

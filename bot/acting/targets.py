"""The object of a tender that an act is about: its bid, complaint, question, award or contract."""

from dataclasses import replace

from bot.acting import own_bids
from bot.acting.exchange import Exchange, Next, Options
from bot.acting.state import Filling
from bot.wording import one_line

# A complaint in one of these states is over.
OVER = frozenset({"mistaken", "invalid", "declined", "resolved", "stopped"})
# An award that was cancelled is no decision any more.
DECIDED = frozenset({"active", "unsuccessful"})


def found(exchange: Exchange, filling: Filling) -> Next:
    """The act on the only one there is, or the question which."""
    if filling.kind == "complaint" and not filling.target:
        return _complained_of(exchange, filling)
    if filling.act.target is None or filling.target:
        return filling
    options = _options(exchange, filling)
    if len(options) == 1:
        about, target = options[0]
        return replace(filling, target=target, about=about)
    if options:
        return exchange.ask(filling, "target", options)
    none = f"none_{filling.act.target}"
    return exchange.off(exchange.now.words(none, number=filling.number or ""))


def picked(exchange: Exchange, filling: Filling) -> Next:
    one = exchange.picked(filling)
    if one is None:
        return exchange.not_usable(filling, "choice")
    about, target = one
    return replace(filling, target=target, about=about, options=(), tries=0)


def _complained_of(exchange: Exchange, filling: Filling) -> Next:
    """Once an award was decided, a complaint is about that: the tender's own time is over."""
    at = exchange.desk.now()
    decided = [
        (_award_words(award.supplier, award.amount), award.id)
        for award in exchange.desk.awards(filling.tender or "")
        if award.status in DECIDED and award.complaints_until and at < award.complaints_until
    ]
    if len(decided) > 1:
        return exchange.ask(filling, "award", decided)
    for about, award in decided:
        filling = replace(filling, target=award, about=about)
    return filling


def _options(exchange: Exchange, filling: Filling) -> Options:
    desk, tender, target = exchange.desk, filling.tender or "", filling.act.target
    if target == "bid":
        bids = own_bids.of_tender(exchange, filling)
        return [(own_bids.in_words(exchange.now, bid), bid.id) for bid in bids]
    if target == "complaint":
        return _own_complaints(exchange, filling)
    if target == "question":
        asked = desk.tender(tender).questions
        return [(q.title or q.text[:80], q.id) for q in asked if not q.answer]
    if target == "award":
        waiting = [a for a in desk.awards(tender) if a.status == "pending"]
        return [(_award_words(a.supplier, a.amount), a.id) for a in waiting]
    contracts = [c for c in desk.contracts(tender) if c.status != "cancelled"]
    return [(c.number or c.id[-6:], c.id) for c in contracts]


def _own_complaints(exchange: Exchange, filling: Filling) -> Options:
    organisation, tender = filling.organisation or "", filling.tender or ""
    held = exchange.desk.held(exchange.conversation, organisation, "complaint", tender)
    mine = {one.id for one in held}
    filed = [c for c in exchange.desk.complaints(tender) if c.id in mine]
    open_ = [c for c in filed if c.status not in OVER]
    return [(f"{c.number} · {one_line(c.title, 80)}", c.id) for c in open_]


def _award_words(supplier: str, amount: object) -> str:
    money = getattr(amount, "amount", None)
    currency = getattr(amount, "currency", "")
    return f"{supplier} · {money:,} {currency}" if money is not None else supplier

"""The answer to a preview: a plain yes, a no, or what shall be another."""

from dataclasses import replace

from bot.acting import bid_answers, consent, corrections, items, numbered, stating
from bot.acting.bidding import fits_vat, other_vat
from bot.acting.exchange import Exchange, Next
from bot.acting.state import Filling
from bot.port import Perform


def answered(exchange: Exchange, filling: Filling) -> Next:
    now = exchange.now
    if consent.is_plain_yes(now.text, filling.kind) or now.text == now.words("choice_yes_do"):
        return [Perform()], exchange.after(filling)
    if consent.calls_off(now.text):
        return exchange.cancelled()
    changed = _changed(exchange, filling)
    if changed is not None:
        return changed
    if consent.is_plain_no(now.text):
        return exchange.cancelled()
    return exchange.not_usable(filling, "confirmed")


def _changed(exchange: Exchange, filling: Filling) -> Next | None:
    """What was shown with another value, or the question for one; None where none is meant."""
    now = exchange.now
    if not fits_vat(now.text, filling):
        return exchange.not_usable(filling, other_vat(filling))
    part = _part_changed(exchange, filling)
    if part is not None:
        return part
    corrected = corrections.corrected(now, filling)
    if corrected is not None:
        return exchange.telling(*corrected)
    named = next((s for s in filling.act.slots if corrections.names(now, s)), None)
    if filling.lines and (named == "amount" or corrections.corrects(now, filling)):
        return numbered.meant(exchange, filling)
    if named is not None:
        return exchange.ask(filling.without(named), named)
    return None


def _part_changed(exchange: Exchange, filling: Filling) -> Next | None:
    """One of several answers or items, named by its number."""
    now = exchange.now
    said = stating.about(now.text, filling)
    if said is not None:
        return bid_answers.said_anew(exchange, filling, *said)
    if not corrections.changes_items(now, filling):
        return None
    slots = items.changed(now.text, filling.slots)
    if slots is None:
        return exchange.not_usable(filling, "act_invalid_items")
    return replace(filling, slots=slots)

"""The answer to the question for one value: it, another, or a signed file."""

from dataclasses import replace

from bot import amounts
from bot.acting import corrections, places, values
from bot.acting.bidding import fits_vat, other_vat
from bot.acting.exchange import Exchange, Next
from bot.acting.reading import also_said, read_value
from bot.acting.state import Filling
from bot.acting.table import AMOUNTS


def answered(exchange: Exchange, filling: Filling) -> Next:
    now, slot = exchange.now, filling.asked
    if slot == "amount" and not fits_vat(now.text, filling):
        return exchange.not_usable(filling, other_vat(filling))
    value = _option(now.text, filling) or read_value(slot, now.text, now.time)
    if value is None and slot in AMOUNTS and values.has_parts_of_cents(now.text):
        return exchange.not_usable(filling, "act_invalid_cents")
    if value is None:
        return _something_else(exchange, filling)
    filled = filling.with_slot(slot, value)
    money = amounts.currency(now.text) if slot == "amount" else None
    return filled.with_slot("currency", money) if money else filled


def signed(exchange: Exchange, filling: Filling) -> Next:
    """A signed document as a file."""
    files = exchange.now.turn.files
    signatures = tuple(f.id for f in files if f.media_type == "application/pkcs7-signature")
    if not signatures:
        return exchange.not_usable(filling, "signature")
    return replace(filling.with_slot("signature", "sent"), files=signatures)


def _something_else(exchange: Exchange, filling: Filling) -> Next:
    """Another value than the one that was asked for, or none that can be used."""
    now = exchange.now
    corrects = values.is_correction(now.text)
    corrected = corrections.corrected(now, filling) if corrects else None
    if corrected is not None:
        return exchange.telling(*corrected)
    also = also_said(filling, now.text)
    return exchange.not_usable(filling, filling.asked) if also is None else also


def _option(text: str, filling: Filling) -> str | None:
    """The option that is meant by its words or by its place."""
    named = next((value for words, value in filling.options if words == text), None)
    place = places.alone(text, len(filling.options)) if filling.options else None
    if named is None and place is not None and place.index < len(filling.options):
        return filling.options[place.index][1]
    return named

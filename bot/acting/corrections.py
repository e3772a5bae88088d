"""Another value than was shown or asked for, put in by words: "no, 45,000". Pure."""

from dataclasses import replace
from datetime import datetime

from bot import amounts
from bot.acting import items, pricing, stating, values
from bot.acting.bidding import without_tender
from bot.acting.previews import line_in_words, value_in_words
from bot.acting.reading import read_value
from bot.acting.state import Filling
from bot.acting.table import MOMENTS
from bot.answering import Moment
from bot.cleaning import by_line
from bot.plain_words import is_question
from bot.spotting import tender_number


def corrects(now: Moment, filling: Filling) -> bool:
    """Whether the message plainly puts another value into what was shown, or gives prices."""
    asked = filling.asked
    if asked in ("confirmed", "line") and stating.about(now.text, filling):
        return True
    if filling.lines and (asked in ("confirmed", "line") or filling.line(asked)):
        if pricing.given(by_line(now.turn.text), filling) is not None:
            return True
        if asked == "line" and values.picked(now.text, [o for o, _ in filling.options]):
            return True
        if values.is_correction(now.text) and values.amount(now.text):
            return True  # of which line it is, is asked
    return asked == "confirmed" and _puts_right(now, filling)


def _puts_right(now: Moment, filling: Filling) -> bool:
    """Whether words at the preview change an item or a value, or name one to be changed."""
    if changes_items(now, filling):
        return True
    if values.is_correction(now.text) and corrected(now, filling) is not None:
        return True
    changes = values.wants_change(now.text) and not is_question(now.text)
    return changes and any(names(now, slot) for slot in filling.act.slots)


def corrected(now: Moment, filling: Filling) -> tuple[Filling, str] | None:
    """One value replaced, and the words that say so; None when the message gives none."""
    number = tender_number(now.text)
    if number and number != filling.number:
        other = without_tender(filling, number)
        text = now.words("corrected", label=now.words("act_label_tender"), value=number)
        return other, text
    if filling.lines:
        said = pricing.given(by_line(now.turn.text), filling)
        if said is None or not said.prices or filling.asked in said.prices:
            return None
        other = replace(filling, slots={**filling.slots, **said.prices})
        return other, "\n".join(line_in_words(now, other, slot) for slot in said.prices)
    for slot in _by_name_first(now, filling):
        since = _counted_from(now, filling.slots.get(slot) if slot in MOMENTS else None)
        value = read_value(slot, now.text, since, correcting=True)
        if value and value != filling.slots.get(slot):
            label = now.words("act_label_" + slot)
            other = filling.with_slot(slot, value)
            shown = value_in_words(now, other, slot)
            return other, now.words("corrected", label=label, value=shown)
    return None


def changes_items(now: Moment, filling: Filling) -> bool:
    """Whether words at the preview of a tender are about one of its items, or add one."""
    if items.MORE not in filling.act.slots:
        return False
    return items.about(now.text, filling.slots) is not None or items.adds(now.text)


def speaks_of_price(now: Moment) -> bool:
    """Whether a correction is of the price, and no answer to what is asked."""
    return names(now, "amount") or amounts.currency(now.text) is not None


def names(now: Moment, slot: str) -> bool:
    """Whether the message names the value that it wants changed: "the price is wrong"."""
    words = now.words(f"act_names_{slot}") if now.words.has(f"act_names_{slot}") else ""
    return any(word and word in now.text.casefold() for word in words.split("|"))


def _by_name_first(now: Moment, filling: Filling) -> list[str]:
    filled = [s for s in filling.act.slots if filling.slots.get(s) and s != items.MORE]
    return sorted(filled, key=lambda slot: not names(now, slot))


def _counted_from(now: Moment, corrected: str | None) -> datetime:
    """From when the days of the message count: "no, the 29th" is of the month that was said."""
    if corrected is None or not values.names_a_day_alone(now.text):
        return now.time
    said = datetime.fromisoformat(corrected)
    return max(now.time, said.replace(day=1, hour=0, minute=0, second=0))

"""What a bid is made of: for which lots it is, and how the tender wants its prices. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.acting import asks, places, pricing, values
from bot.acting.lines import Line, lines_of
from bot.acting.state import Filling
from bot.acting.telling import plain_number
from bot.answering import Moment
from bot.procurement.port import Lot, Tender
from bot.wording import one_line

_ALL = re.compile(r"\b(?:all|every|tod[oa]s)\b|전부|모두|모든", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|amb[oa]s|l[oa]s dos)\b|둘\s?다|두 개 다", re.IGNORECASE)
_BUT = re.compile(
    r"\b(?:but|except|not|without|menos|excepto|salvo)\b|말고|빼고|제외", re.IGNORECASE
)
LONGEST = 2000  # characters of words that choose lots


def lots_in(text: str, options: Sequence[tuple[str, str]]) -> set[str]:
    """The lots that the words choose: one, several, or all, which is the last option."""
    *single, every = options
    if len(text) > LONGEST:
        return set()
    exact = {lot for shown, lot in single if shown == text}
    if exact:
        return exact
    if text == every[0] or _ALL.search(text) or (len(single) == 2 and _BOTH.search(text)):
        return set() if _BUT.search(text) else {lot for _, lot in single}
    titled = _titled(text, single)
    placed = {single[n][1] for n in places.several(text, len(single))}
    if titled and not titled < placed:  # "lot 1 and 3" says one title in full
        return titled
    one = values.picked(text, [shown for shown, _ in single]) if len(placed) < 2 else None
    return {single[one][1]} if one is not None else placed


def _titled(text: str, lots: Sequence[tuple[str, str]]) -> set[str]:
    """The lots whose titles the words hold; "Lot 1" is not in "Lot 12", nor within a longer one."""
    rest, found = text.casefold(), set()
    titles = [(shown.split(" · ")[0].casefold(), lot) for shown, lot in lots]
    for title, lot in sorted(titles, key=lambda one: len(one[0]), reverse=True):
        named = re.compile(rf"(?<!\w){re.escape(title)}(?!\d)")
        if title and named.search(rest):
            found.add(lot)
            rest = named.sub(" ", rest)
    return found


def for_lots(filling: Filling, lots: Sequence[Lot]) -> Filling:
    ids, names = tuple(lot.id for lot in lots), "; ".join(one_line(lot.title, 80) for lot in lots)
    return replace(filling, lots=ids, lot=names)


def priced_as(filling: Filling, tender: Tender) -> Filling:
    """The bid with the prices that it is made of, and how the tender wants them."""
    worth = tender.value or next((lot.value for lot in tender.lots if lot.value), None)
    return replace(
        filling,
        lines=lines_of(tender, filling.lots),
        currency=worth.currency if worth else "",
        with_vat=tender.with_vat,
        looked_up=True,
    )


def without_tender(filling: Filling, number: str) -> Filling:
    """The act about another tender: what was found out about the first is gone."""
    kept = {
        slot: value
        for slot, value in filling.slots.items()
        if not filling.line(slot) and not asks.is_slot(slot)
    }
    return replace(
        filling, slots=kept, tender=None, number=number, target=None, about="", lot="", lots=(),
        lines=(), criteria=(), currency="", looked_up=False,
    )  # fmt: skip


def line_asked(now: Moment, filling: Filling, line: Line) -> str:
    place, count = filling.lines.index(line) + 1, len(filling.lines)
    if line.item is None:
        key = "act_ask_whole_with_vat" if filling.with_vat else "act_ask_whole_without_vat"
        return now.words(key, name=one_line(line.title, 120))
    return now.words(
        "act_ask_price", n=str(place), count=str(count), name=one_line(line.title, 120),
        quantity=plain_number(line.quantity), unit=line.unit,
    )  # fmt: skip


def other_vat(filling: Filling) -> str:
    return "act_invalid_with_vat" if filling.with_vat else "act_invalid_without_vat"


def fits_vat(text: str, filling: Filling) -> bool:
    """Whether the words leave VAT as the tender wants it; a line of prices looks by itself."""
    priced = filling.looked_up and not filling.lines
    return not priced or pricing.vat(text) in (None, filling.with_vat)

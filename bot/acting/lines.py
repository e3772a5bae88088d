"""The prices that a bid for several things is made of: of one unit of each item, or of a whole lot.

Pure. A line is a slot of the form while its bid is filled, `price_1` and on; they take the place of
the amount.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from bot.procurement.port import Bid, Item, Lot, Tender

SLOT = "price_"


@dataclass(frozen=True, slots=True)
class Line:
    """`item` and `lot` are the core's ids; a line without an item is the price of a whole.

    A price of one unit is without VAT, that of a whole as the tender's value is. `lot_title` is
    empty where only one lot is bid for.
    """

    name: str
    item: str | None
    lot: str | None
    lot_title: str = ""
    quantity: str = "1"
    unit: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From a kept state; raises KeyError where it is none of this kind."""
        return cls(**{name: kept[name] for name in cls.__slots__})

    @property
    def title(self) -> str:
        """What it is the price of, with its lot where there are several."""
        if not self.lot_title or self.lot_title.casefold() == self.name.casefold():
            return self.name
        return f"{self.lot_title} · {self.name}"

    def comes_to(self, price: str) -> Decimal:
        return Decimal(price) * Decimal(self.quantity)


def slot_of(index: int) -> str:
    return f"{SLOT}{index + 1}"


def lines_of(tender: Tender, lots: Sequence[str]) -> tuple[Line, ...]:
    """The lines of a bid for these lots, or for all of a tender; none where one amount says it."""
    picked = [lot for lot in tender.lots if lot.id in lots] or tender.lots[:1]
    chosen: Sequence[Lot | None] = picked or [None]
    lines = tuple(line for lot in chosen for line in _of_lot(tender, lot, len(chosen) > 1))
    return () if len(lines) == 1 and (lines[0].item is None or not tender.with_vat) else lines


def _of_lot(tender: Tender, lot: Lot | None, several: bool) -> Iterator[Line]:
    key = lot.id if lot else None
    title = lot.title if lot and several else ""
    own = {key, None} if len(tender.lots) < 2 else {key}
    items = [item for item in tender.items if lot is None or item.lot in own]
    for item in items:
        yield Line(item.description, item.id, key, title, _plain(item), item.unit)
    if tender.with_vat or not items:
        yield Line(lot.title if lot else tender.title, None, key, title)


def prices_of(bid: Bid, lines: Sequence[Line]) -> dict[str, str]:
    """What a bid says now, by slot."""
    found = {
        slot_of(n): bid.prices.get(line.item) if line.item else _whole(bid, line)
        for n, line in enumerate(lines)
    }
    return {slot: _written(price) for slot, price in found.items() if price}


def amounts_of(lines: Sequence[Line], prices: Mapping[str, str]) -> dict[str | None, Decimal]:
    """What each lot comes to, by its id; None for a tender without lots."""
    amounts: dict[str | None, Decimal] = {}
    for n, line in enumerate(lines):
        if line.item is not None and not _has_whole(lines, line.lot):
            sum_ = line.comes_to(prices[slot_of(n)])
            amounts[line.lot] = amounts.get(line.lot, Decimal(0)) + sum_
        elif line.item is None:
            amounts[line.lot] = Decimal(prices[slot_of(n)])
    return amounts


def values_of(lines: Sequence[Line], prices: Mapping[str, str]) -> dict[str, Any]:
    """The values of the act (`bot.procurement.port.VALUES`) that the prices make."""
    amounts = amounts_of(lines, prices)
    by_lot = {lot: _written(worth) for lot, worth in amounts.items() if lot}
    units = {line.item: prices[slot_of(n)] for n, line in enumerate(lines) if line.item}
    total = _written(sum(amounts.values(), Decimal(0)))
    return {"amount": total, "prices": units} | ({"amounts": by_lot} if by_lot else {})


def _has_whole(lines: Sequence[Line], lot: str | None) -> bool:
    return any(line.item is None and line.lot == lot for line in lines)


def _whole(bid: Bid, line: Line) -> Decimal | None:
    if line.lot:
        return bid.amounts.get(line.lot)
    return bid.amount.amount if bid.amount else None


def _plain(item: Item) -> str:
    return _written(item.quantity or Decimal(1))


def _written(value: Decimal) -> str:
    return format(value.normalize(), "f")

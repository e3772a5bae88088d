"""The list that was shown last, kept so that "the second one" can be spoken of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self, get_args

from bot.acting import places

Things = Literal["tender", "bid", "award", "contract"]

# What else a sentence carries is not about the list, and items or lots are no tenders.
_HEAD = re.compile(r"[:：\"“«]")
_PARTS = re.compile(
    r"\b(?:items?|lots?|lines?|partidas?|lotes?|art[ií]culos?|renglon(?:es)?)\b|품목|항목|로트",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is a tender's number, or the core's id of what else is listed; `shown` is its lines."""

    key: str
    shown: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """`look_up` is what is told of a tender that is chosen; `tender` the number of the tender that
    all entries belong to, where they are no tenders; `chosen` the place of the last choice."""

    of: Things
    entries: Sequence[Entry]
    look_up: str = "tender_status"
    tender: str = ""
    chosen: int | None = None

    @classmethod
    def kept(cls, kept: Mapping[str, Any] | None) -> Self | None:
        """From a state of any age; None when there is no such list."""
        if not kept or kept.get("of") not in get_args(Things):
            return None
        entries = [Entry(**one) for one in kept.get("entries") or ()]
        return cls(kept["of"], entries, kept["look_up"], kept["tender"], kept["chosen"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def choosing(self, place: places.Place) -> "Listed":
        return replace(self, chosen=place.index)

    def alone(self, text: str) -> places.Place | None:
        """The place that the words name and say hardly more; it may lie behind the list's end."""
        return places.alone(text, len(self.entries))

    def within(self, text: str) -> places.Place | None:
        """The place that is named in a wish: "follow the second one"."""
        head = _HEAD.split(text, maxsplit=1)[0]
        return None if _PARTS.search(head) else places.within(head, len(self.entries))

    def entry(self, place: places.Place | None) -> Entry | None:
        """The entry at a place; that of the last choice where none is named."""
        index = self.chosen if place is None else place.index
        return self.entries[index] if index is not None and index < len(self.entries) else None

    def ends_before(self, place: places.Place) -> bool:
        return place.index >= len(self.entries)

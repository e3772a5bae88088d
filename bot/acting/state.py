"""An act while it is filled: small, plain JSON, kept with the rest of the bot's memory."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from bot.acting import asks, items
from bot.acting.asks import Ask
from bot.acting.lines import SLOT, Line, slot_of
from bot.acting.table import ACTS, SECRET, Act
from bot.procurement.port import Criterion

# A secret whose opening nobody knows yet.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filling:
    """`asked` is what the bot asked last; `options` are (shown, value) of a choice it offered.

    `target` and `tender` are the core's ids; `about` is the object's name in plain words. `lots`
    are the ids of the lots bid for, `lot` their names; `lines` the prices that the bid is made of,
    `criteria` what its tender asks of bidders.
    `currency` and `with_vat` are how the tender wants its prices, once it is `looked_up`; a tender
    without an estimate names no currency.
    """

    kind: str
    slots: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    options: tuple[tuple[str, str], ...] = ()
    tries: int = 0
    organisation: str | None = None
    role: str | None = None
    tender: str | None = None
    number: str | None = None
    title: str = ""
    words: str = ""
    target: str | None = None
    about: str = ""
    lot: str = ""
    lots: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    currency: str = ""
    with_vat: bool = False
    looked_up: bool = False
    files: tuple[str, ...] = ()
    opens: str | None = None
    shown: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Self | None:
        """From a state of any age; None when it is not an act that the desk knows."""
        if not kept or kept.get("kind") not in ACTS:
            return None
        fields: dict[str, Any] = {k: kept[k] for k in cls.__slots__ if k in kept}
        fields["options"] = tuple((str(a), str(b)) for a, b in fields.get("options") or ())
        fields["files"] = tuple(fields.get("files") or ())
        fields["slots"] = dict(fields.get("slots") or {})
        fields["lots"] = tuple(fields.get("lots") or ())
        fields["lines"] = tuple(Line.of(line) for line in fields.get("lines") or ())
        fields["criteria"] = asks.of_json(fields.get("criteria") or ())
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "slots": dict(self.slots),
            "options": [list(o) for o in self.options],
            "criteria": asks.to_json(self.criteria),
        }

    @property
    def act(self) -> Act:
        return ACTS[self.kind]

    @property
    def wanted(self) -> tuple[str, ...]:
        """The slots in the order of asking; the lines of a bid take the place of its amount, and
        what its tender asks of bidders comes after them. Items follow each other.
        """
        said = tuple(ask.slot for ask in self.asks)
        if items.MORE in self.act.slots:
            own = self.act.slots
            behind = own.index(items.MORE) + 1
            return (*own[:behind], *items.wanted(self.slots), *own[behind:])
        if not self.lines:
            return (*self.act.slots, *said)
        prices = tuple(slot_of(n) for n in range(len(self.lines)))
        return (*prices, *(slot for slot in self.act.slots if slot != "amount"), *said)

    @property
    def asks(self) -> Sequence[Ask]:
        """What bidders are asked, as far as it is known which groups are true of them."""
        return asks.asks_of(self.criteria, self.slots) if self.criteria else ()

    def ask(self, slot: str) -> Ask | None:
        return next((one for one in self.asks if one.slot == slot), None)

    def numbered(self, ask: Ask) -> int:
        """The number that its answer has in a preview: they follow those of the prices."""
        return len(self.lines) + [one.slot for one in self.asks].index(ask.slot) + 1

    def line(self, slot: str) -> Line | None:
        """The line whose price the slot is."""
        place = slot.removeprefix(SLOT)
        if not (slot.startswith(SLOT) and place.isdigit() and 0 < int(place) <= len(self.lines)):
            return None
        return self.lines[int(place) - 1]

    @property
    def sealed_until(self) -> datetime | None:
        """Until when the words of this act are a bidder's secret; None when they are none."""
        return self.opening if self.kind in SECRET else None

    @property
    def opening(self) -> datetime:
        """When the bids of its tender are opened."""
        return datetime.fromisoformat(self.opens) if self.opens else NEVER

    def with_slot(self, slot: str, value: str) -> "Filling":
        return replace(self, slots={**self.slots, slot: value}, tries=0, options=())

    def without(self, slot: str) -> "Filling":
        return replace(self, slots={k: v for k, v in self.slots.items() if k != slot})

    def saying(self, ask: Ask, value: str) -> "Filling":
        """The act with an answer; another group means other grounds, which were not read yet."""
        other = ask.form == "group" and self.slots.get(ask.slot) != value
        return (self.without(asks.ALL) if other else self).with_slot(ask.slot, value)


def kept_to_go_on(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state in which a "go on" checks the act anew and shows how it stands now."""
    bot = state.get("bot") or {}
    act = {**(bot.get("act") or {}), "asked": "go_on", "options": []}
    return {**state, "bot": {**bot, "act": act}}


def kept_to_sign(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state in which a signed file goes on with the act that waits for it."""
    bot = state.get("bot") or {}
    act = {**(bot.get("act") or {}), "asked": "signature", "options": []}
    return {**state, "bot": {**bot, "act": act}}


def filling(state: Mapping[str, Any]) -> Filling | None:
    """The act that a conversation's kept state (`bot.port.State`) is in the middle of, if any."""
    return Filling.of((state.get("bot") or {}).get("act"))

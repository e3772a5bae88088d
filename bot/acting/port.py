"""What the dialogue asks of the desk while it fills an act. Handed in by routing; may take seconds.

Methods raise the core's own Refused and Unreachable (`bot/procurement/port.py`) and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.acting.searching import Sought
from bot.procurement.port import (
    Action,
    Award,
    Bid,
    Complaint,
    Contract,
    Kind,
    Money,
    Party,
    Preview,
    Tender,
)

Sent = Literal["sent", "too_many", "no_way"]
CodeWay = Literal["email", "sms"]
Checked = Literal["proven", "wrong", "expired", "used_up"]


@dataclass(frozen=True, slots=True)
class Named:
    """A tender of the desk's index. `id` is the core's, empty where the desk alone knows it."""

    id: str
    number: str
    title: str
    status: str
    buyer: str
    tender_ends: datetime | None
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An object of the core that the person holds the token of."""

    id: str
    tender: str | None


class Desk(Protocol):
    def can(self, kind: Kind) -> bool:
        """Whether the core has a call for it; what it has none for becomes a ticket."""
        ...

    def now(self) -> datetime:
        """The core's clock."""
        ...

    def named(self, number: str) -> Named | None:
        """The tender of this number, from the index or, failing that, from the core."""
        ...

    def found(self, words: str, limit: int = 5) -> Sequence[Named]:
        """Tenders by words of title, number or buyer, those still open first."""
        ...

    def searched(self, sought: Sought, limit: int = 5) -> Sequence[Named]:
        """Tenders that fit all that is sought, those still open first."""
        ...

    def tender(self, tender: str) -> Tender: ...

    def held(self, conversation: str, organisation: str, kind: str, tender: str) -> Sequence[Held]:
        """What the person behind the conversation holds; never anybody else's."""
        ...

    def bid(self, conversation: str, organisation: str, tender: str, bid: str) -> Bid: ...

    def bids(self, tender: str) -> Sequence[Bid]: ...

    def awards(self, tender: str) -> Sequence[Award]: ...

    def contracts(self, tender: str) -> Sequence[Contract]: ...

    def complaints(self, tender: str) -> Sequence[Complaint]: ...

    def party(self, conversation: str, organisation: str) -> Party:
        """The organisation with the person who speaks for it, as the core wants it."""
        ...

    def prepare(self, conversation: str, organisation: str, action: Action) -> Preview: ...

    def send_code(self, conversation: str, address: str, language: str) -> Sent:
        """Send a code to an e-mail address or a telephone number, as it was written."""
        ...

    def send_code_to_phone(self, conversation: str, language: str) -> Sent:
        """A code as a text to the phone that calls, where a proven person registered it."""
        ...

    def check_code(self, conversation: str, digits: str) -> Checked: ...

    def code_ways(self) -> frozenset[CodeWay]:
        """By which ways a one-time code can be sent; by none, the portal is the only proof."""
        ...

    def organisations(self, conversation: str) -> "Standing":
        """For whom the person may act, read anew: a proof may just have been given."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    proven: bool
    live: Sequence[tuple[str, str]] = ()
    expired: Sequence[tuple[str, str]] = ()

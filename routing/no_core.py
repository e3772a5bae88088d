"""A desk without a core: it acts on its own rows, and what a core would do becomes a ticket."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Never

from bot.procurement.port import Found, Kind, Page, Refused, Tender, Unreachable, Wanted


class NoCore:
    """Implements `ProcurementCore` with no capability at all."""

    name = "none"
    capabilities: frozenset[Kind] = frozenset()

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock()

    def ready(self) -> bool:
        return False

    def feed(self, cursor: str | None = None) -> Page:
        return Page((), cursor)

    def find_tenders(self, wanted: Wanted) -> list[Tender]:
        del wanted
        return []

    def match(self, *_: Any, **__: Any) -> Found:
        return Found("unsure")

    def _none(self, *_: Any, **__: Any) -> Never:
        raise Unreachable("no core is set up")

    tender = bid = bids = award = awards = contract = contracts = _none
    complaint = complaints = plan = _none

    def prepare(self, *_: Any, **__: Any) -> Never:
        raise Refused("not_offered")

    perform = prepare

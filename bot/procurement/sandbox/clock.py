"""The sandbox's own time, in the core's zone. It can be moved, and then goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._ahead = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        return self._held or (datetime.now(UTC) + self._ahead).astimezone(self._zone)

    def text(self) -> str:
        return self.now().isoformat()

    def move(self, to: datetime) -> None:
        self._ahead = to - datetime.now(UTC)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """It is `moment`, and stays so, for as long as the block lasts."""
        before, self._held = self._held, moment.astimezone(self._zone)
        try:
            yield
        finally:
            self._held = before

    def read(self, written: str) -> datetime:
        """A moment of a request; one without a zone is in the core's."""
        moment = datetime.fromisoformat(written)
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)

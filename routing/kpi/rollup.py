"""Keeping the measures up with the journal: batch by batch, each in one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from crm import db, rollups
from crm.db import Session
from routing.kpi.fold import KINDS, Entry, Fold
from routing.kpi.measures import MEASURES, Cell
from routing.kpi.persons import State

# Small enough that on SQLite no message waits long for the one writer.
BATCH = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def catch_up(engine: Engine, *, batches: int = 1) -> bool:
    """Count what the journal has had since; False when there is more to do."""
    for _ in range(batches):
        with db.reading(engine) as s:
            if rollups.cursor(s) >= rollups.newest(s):
                return True
        with db.transaction(engine) as s:
            if not _next_batch(s):
                return True
    return False


def measure(engine: Engine) -> dict[Cell, Counter[str]]:
    """Every measure of the whole journal, folded anew in memory: what the rows must agree with."""
    fold, last = Fold({}), 0
    with db.reading(engine) as s:
        while batch := rollups.events_after(s, last, KINDS, BATCH):
            for row in batch:
                fold.take(entry(row))
            last = batch[-1].id
    return fold.found


def entry(row: Any) -> Entry:
    return Entry(
        row.id, row.kind, milliseconds(row.at), row.actor_kind, row.actor_id,
        row.conversation_id, row.data,
    )  # fmt: skip


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, without a float on the way."""
    passed = at - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000


def _next_batch(s: Session) -> bool:
    """Count one batch; False when the journal has no more."""
    last, most = rollups.cursor(s, lock=True), BATCH
    newest = rollups.newest(s)
    batch = rollups.events_after(s, last, KINDS, most)
    states = _Remembered(s)
    entries = [entry(row) for row in batch]
    states.expect(entries)
    fold = Fold(states)
    for event in entries:
        fold.take(event)
    full = len(batch) == most
    # What was committed between the two readings is in the batch, though not in `newest`.
    reached = batch[-1].id if full else max(newest, batch[-1].id if batch else last)
    rollups.add(s, list(rows(fold.found)), states.changed, reached)
    return full


def rows(found: Mapping[Cell, Counter[str]]) -> Iterator[dict[str, Any]]:
    """What was counted, as rows of `kpi_intervals`."""
    for cell, counted in found.items():
        yield {
            "start": cell.start,
            "queue": cell.queue[:40],
            "channel": cell.channel[:20],
            "language": cell.language[:8],
            "counselor": cell.counselor[:24],
        } | {name: counted.get(name, 0) for name in MEASURES}


class _Remembered(MutableMapping[str, State]):
    """The kept states as the fold's mapping: read when first asked for, written at the end."""

    def __init__(self, s: Session) -> None:
        self._s = s
        self._known: dict[str, State | None] = {}
        self.changed: dict[str, State] = {}

    def expect(self, entries: list[Entry]) -> None:
        """Fetch in a few questions what the entries will need, and whom that leads to."""
        keys = {f"c:{e.conversation}" for e in entries if e.conversation}
        keys |= {f"k:{e.actor_id}" for e in entries if e.actor_kind == "counselor"}
        keys |= {f"p:{e.actor_id}" for e in entries if e.actor_kind == "contact"}
        self._fetch(keys)
        talks = [state for key, state in self._known.items() if state and key[0] == "c"]
        more = {f"p:{talk['who']}" for talk in talks}
        more |= {f"k:{talk['counselor']}" for talk in talks if talk["counselor"]}
        self._fetch(more - set(self._known))
        people = [state for key, state in self._known.items() if state and key[0] == "p"]
        self._fetch({f"c:{p['helped']}" for p in people if p["helped"]} - set(self._known))

    def __getitem__(self, key: str) -> State:
        if key not in self._known:
            self._fetch({key})
        found = self._known[key]
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, state: State) -> None:
        self._known[key] = self.changed[key] = state

    def __delitem__(self, key: str) -> None:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _fetch(self, keys: set[str]) -> None:
        found = rollups.states(self._s, keys)
        self._known |= {key: found.get(key) for key in keys}

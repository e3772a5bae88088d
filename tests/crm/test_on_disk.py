"""Commits reach the disk together, and nobody goes on before their own is there."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from crm import contacts, db, events, migrate
from crm.db import Session

WRITERS, EACH = 6, 8


@pytest.fixture
def engine_on_disk(tmp_path: Path) -> Iterator[Engine]:
    """As a desk opens it; the engines of other tests wait for no disk."""
    events.use_key(b"a key for tests")
    engine = db.connect(f"sqlite:///{tmp_path}/desk.sqlite")
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


def test_no_transaction_returns_before_a_sync_that_began_after_its_commit(
    engine_on_disk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[tuple[float, float]] = []
    spans: list[tuple[float, float]] = []
    real = os.fdatasync

    def synced(file: int) -> None:
        began = time.monotonic()
        real(file)
        time.sleep(0.01)  # a disk that takes its time lets others gather
        syncs.append((began, time.monotonic()))

    monkeypatch.setattr(os, "fdatasync", synced)

    def committed(s: Session) -> None:
        s.info["committed"] = time.monotonic()

    def write() -> None:
        for _ in range(EACH):
            with db.transaction(engine_on_disk) as s:
                contacts.meet(s, language="en", name=None, email=None)
            spans.append((s.info["committed"], time.monotonic()))

    event.listen(Session, "after_commit", committed)
    try:
        writers = [threading.Thread(target=write) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    finally:
        event.remove(Session, "after_commit", committed)
    assert len(spans) == WRITERS * EACH
    for commit, returned in spans:
        assert any(commit <= began and ended <= returned for began, ended in syncs)
    assert len(syncs) < len(spans)


def test_what_was_rolled_back_waits_for_no_disk(
    engine_on_disk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        with db.transaction(engine_on_disk) as s:
            contacts.meet(s, language="en", name=None, email=None)
            raise RuntimeError

    monkeypatch.setattr(os, "fdatasync", lambda _: pytest.fail("nothing was written"))
    with pytest.raises(RuntimeError):
        fail()

"""Commits reach the disk together, and nobody goes on before their own is there."""

import os
import threading
import time

import pytest
from sqlalchemy import Engine, event

from crm import contacts, db
from crm.db import Session

WRITERS, EACH = 6, 8


def test_no_transaction_returns_before_a_sync_that_began_after_its_commit(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
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
            with db.transaction(sqlite_engine) as s:
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
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fdatasync", lambda _: pytest.fail("nothing was written"))
    with pytest.raises(RuntimeError), db.transaction(sqlite_engine) as s:
        contacts.meet(s, language="en", name=None, email=None)
        raise RuntimeError

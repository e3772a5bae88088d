"""Building an index while others build the same, or while the disk is full."""

import errno
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from knowledge import index, ingest
from knowledge.encoder import HashEncoder, Vectors
from knowledge.search import Library
from tests.knowledge.conftest import silent


class Slow(HashEncoder):
    """Waits for a second builder, as long as one could be there."""

    def __init__(self) -> None:
        super().__init__()
        self.other = threading.Barrier(2)

    def passages(self, texts: Sequence[str]) -> Vectors:
        with suppress(threading.BrokenBarrierError):
            self.other.wait(timeout=0.5)
        return super().passages(texts)


def test_of_two_who_build_the_same_the_second_finds_it_done(
    engine: Engine, take_in: Callable[[], ingest.Taken], tmp_path: Path
) -> None:
    take_in()
    encoder = Slow()
    with ThreadPoolExecutor(2) as both:
        building = [both.submit(index.build, engine, encoder, tmp_path, silent) for _ in range(2)]
        one, other = (begun.result() for begun in building)
    assert one == other
    home = tmp_path / encoder.spec.fingerprint
    assert [path.name for path in home.iterdir() if path.is_dir()] == ["1"]


def test_an_index_that_finds_no_room_leaves_nothing_behind_and_the_old_one_serves(
    library: Library,
    engine: Engine,
    articles: Path,
    take_in: Callable[[], ingest.Taken],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (articles / "loan.en.md").unlink()
    take_in()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(index.faiss, "write_index", full)
    with pytest.raises(OSError, match="No space"):
        index.build(engine, HashEncoder(), tmp_path / "index", silent)
    home = tmp_path / "index" / HashEncoder().spec.fingerprint
    assert [path.name for path in home.iterdir() if path.is_dir()] == ["1"]
    assert Library(tmp_path / "index", HashEncoder(), library.model).place == library.place

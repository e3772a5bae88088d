"""The real base for the quality suite: the packaged model, the project's articles, their index."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crm import db, events, migrate
from knowledge import decide, evidence, index, ingest, unanswered
from knowledge.encoder import OnnxEncoder
from knowledge.packaged import build
from knowledge.search import Library

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="session")
def data() -> Path:
    """Where model and vectors are kept between runs; the first run makes them."""
    return Path(os.environ.get("DESK_TEST_DATA") or ROOT / "var" / "test")


@pytest.fixture(scope="session")
def encoder(data: Path) -> OnnxEncoder:
    return OnnxEncoder(build.ensure(data / "models", print))


@pytest.fixture(scope="session")
def base(data: Path) -> Iterator[Engine]:
    """A database of this suite's own, holding the project's articles and cached vectors."""
    data.mkdir(parents=True, exist_ok=True)
    own = data / "quality.sqlite"
    if not own.exists() and (data / "desk.sqlite").exists():
        shutil.copy(data / "desk.sqlite", own)  # its vectors need not be computed again
    engine = db.connect(f"sqlite:///{own}")
    migrate.upgrade(engine)
    texts = ingest.read_folder(ROOT / "knowledge" / "articles")
    with db.transaction(engine) as s:
        ingest.take_in(s, events.SYSTEM, texts)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def library(base: Engine, encoder: OnnxEncoder, data: Path) -> Library:
    known = unanswered.read(ROOT / "knowledge" / "articles")
    index.build(base, encoder, data / "quality-index", print, known)
    return Library(data / "quality-index", encoder, decide.load(names=evidence.NAMES))

"""The knowledge room as the edge uses it: built when it is missing, refreshed when it changed."""

import logging
import os
import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from crm import clock, db
from crm.events import SYSTEM
from crm.settings import Settings
from knowledge import decide, evidence, index, ingest, unanswered
from knowledge.alike import QuestionSpace
from knowledge.encoder import Encoder, OnnxEncoder, Vectors
from knowledge.packaged import build
from knowledge.port import LANGUAGES, Finding, Hit, Language, Query
from knowledge.search import Library, warm
from knowledge.snapshot import PassageRecord
from knowledge.trial import Trial
from routing.gaps import Space

log = logging.getLogger(__name__)

Say = Callable[[str], None]


class DeskKnowledge:
    """Implements `api.desk.Knowledge` over the record's articles and the index on disk."""

    def __init__(self, settings: Settings, engine: Engine, encoder: Encoder) -> None:
        self._settings, self._engine, self._encoder = settings, engine, encoder
        self._folder = settings.data / "index"
        self._library = open_library(settings, encoder)
        self._building = threading.Lock()
        # Where what people ask is compared.
        self.space: Space | None = QuestionSpace(encoder, engine)

    def search(self, query: Query) -> Finding:
        return self._library.find(query)

    def hits(self, text: str, language: Language, limit: int) -> list[Hit]:
        return self._library.hits(text, language, clock.now().date(), limit)

    def trial(self, draft: Sequence[PassageRecord]) -> Trial:
        """The base beside one that holds a draft too."""
        return self._library.trial(draft)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, for comparing what people ask."""
        return self._encoder.passages(texts)

    def refresh(self) -> None:
        """Bring the index to what the record says; the old one answers until the new one stands."""
        with self._building:
            index.build(
                self._engine, self._encoder, self._folder, log.info, _unanswered(self._settings)
            )
            self._library.reload()

    def ready(self) -> bool:
        return index.current(self._folder, self._encoder) is not None


def prepare(settings: Settings, engine: Engine, say: Say) -> None:
    """Model, articles and index, each made if it is missing or has changed."""
    encoder = OnnxEncoder(build.ensure(settings.data / "models", say), os.cpu_count() or 1)
    take_in(settings, engine, say)
    index.build(engine, encoder, settings.data / "index", say, _unanswered(settings))


def is_prepared(settings: Settings, engine: Engine) -> bool:
    """Whether model and index stand and the index says what the record says."""
    if not build.is_built(settings.data / "models"):
        return False
    encoder = OnnxEncoder(build.ensure(settings.data / "models", log.info))
    with db.reading(engine) as s:
        return not index.stale(s, encoder, settings.data / "index", _unanswered(settings))


def open_library(settings: Settings, encoder: Encoder | None = None) -> Library:
    """The prepared index with the decision that was fitted for it."""
    encoder = encoder or OnnxEncoder(build.ensure(settings.data / "models", log.info))
    return Library(settings.data / "index", encoder, decide.load(names=evidence.NAMES))


def open_knowledge(settings: Settings, engine: Engine) -> DeskKnowledge:
    """The prepared knowledge, loaded and warm."""
    encoder = OnnxEncoder(build.ensure(settings.data / "models", log.info))
    opened = DeskKnowledge(settings, engine, encoder)
    warm(opened._library, LANGUAGES)  # noqa: SLF001 - its own maker
    return opened


def take_in(settings: Settings, engine: Engine, say: Say) -> None:
    """Bring the record to what the folder of articles says."""
    texts = ingest.read_folder(settings.articles)
    with db.transaction(engine) as s:
        taken = ingest.take_in(s, SYSTEM, texts)
    if taken.published or taken.withdrawn:
        say(f"Articles: {taken.published} taken in, {taken.withdrawn} withdrawn")


def _unanswered(settings: Settings) -> unanswered.Unanswered:
    return unanswered.read(settings.articles)

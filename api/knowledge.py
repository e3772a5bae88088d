"""The knowledge room as the edge uses it: built when it is missing, refreshed when it changed."""

import logging
import os
import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from crm import clock, db
from crm.events import SYSTEM
from crm.settings import PACKAGED_MODEL, Settings
from knowledge import (
    decide,
    embedding_model,
    evidence,
    index,
    ingest,
    own_bar,
    taken_back,
    unanswered,
)
from knowledge.alike import QuestionSpace
from knowledge.encoder import Encoder, MissingModel, OnnxEncoder, Vectors
from knowledge.pairs.port import Reader, Reranker
from knowledge.port import LANGUAGES, Finding, Hit, Language, Query
from knowledge.search import Library, warm
from knowledge.snapshot import PassageRecord
from knowledge.trial import Trial
from routing.gaps import Space

log = logging.getLogger(__name__)

Say = Callable[[str], None]

ARTICLES = "knowledge/articles"  # what the shipped calibration was fitted on


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
        """What the index finds; withdrawn articles are silent before a new index stands."""
        found = self._library.find(query)
        if not found.citations:
            return found
        with db.reading(self._engine) as s:
            return taken_back.finding(s, found)

    def hits(self, text: str, language: Language, limit: int) -> list[Hit]:
        found = self._library.hits(text, language, clock.today(), limit)
        with db.reading(self._engine) as s:
            return taken_back.hits(s, found)

    def trial(self, draft: Sequence[PassageRecord]) -> Trial:
        """The base beside one that holds a draft too."""
        return self._library.trial(draft)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, for comparing what people ask."""
        return self._encoder.passages(texts)

    def refresh(self) -> None:
        """Bring the index to what the record says; the old one answers until the new one stands."""
        with self._building:
            _build(self._settings, self._engine, self._encoder, log.info)
            self._library.reload()

    def ready(self) -> bool:
        return index.current(self._folder, self._encoder) is not None


def encoder_for(settings: Settings, say: Say, threads: int = 1) -> Encoder:
    """The encoder that the settings name, prepared if it is not yet.

    Where it cannot be had, the model of an index that stands serves on, and why is said; raises
    MissingModel when no index stands.
    """
    models = settings.data / "models"
    try:
        folder = embedding_model.ensure(settings.embedding_model, models, say)
        return OnnxEncoder(folder, threads)
    except MissingModel as error:
        for folder in embedding_model.prepared(models):
            encoder = OnnxEncoder(folder, threads)
            if index.current(settings.data / "index", encoder) is not None:
                say(f"{error} The index of {encoder.spec.id} keeps serving.")
                return encoder
        raise


def prepare(settings: Settings, engine: Engine, say: Say) -> None:
    """Model, articles and index, each made if it is missing or has changed."""
    encoder = encoder_for(settings, say, os.cpu_count() or 1)
    pair_models(settings, say)
    take_in(settings, engine, say)
    _build(settings, engine, encoder, say)


def is_prepared(settings: Settings, engine: Engine) -> bool:
    """Whether model and index stand and the index says what the record says."""
    if not embedding_model.is_built(settings.embedding_model, settings.data / "models"):
        return False
    encoder = encoder_for(settings, log.info)
    with db.reading(engine) as s:
        return not index.stale(s, encoder, settings.data / "index", _unanswered(settings))


def open_library(settings: Settings, encoder: Encoder | None = None) -> Library:
    """The prepared index with the decision that was fitted for it."""
    encoder = encoder or encoder_for(settings, log.info)
    model = decide.load(names=evidence.NAMES)
    reranker, reader = pair_models(settings, log.warning)
    return Library(settings.data / "index", encoder, model, reranker=reranker, reader=reader)


def pair_models(settings: Settings, say: Say) -> tuple[Reranker | None, Reader | None]:
    """The reranker and the reader that the settings name, prepared if they are not yet.

    The desk can do without: one that cannot be had is said, and left out.
    """
    if not (settings.reranker_model or settings.reader_model):
        return None, None
    from knowledge.pairs import named  # noqa: PLC0415 - costs nothing where none is named

    models = settings.data / "models"
    return (
        named.RERANKER.open(settings.reranker_model, models, say),
        named.READER.open(settings.reader_model, models, say),
    )


def open_knowledge(settings: Settings, engine: Engine) -> DeskKnowledge:
    """The prepared knowledge, loaded and warm."""
    encoder = encoder_for(settings, log.info)
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


def _build(settings: Settings, engine: Engine, encoder: Encoder, say: Say) -> None:
    """The index, and for a base that the shipped calibration does not know, a bar of its own."""
    folder = settings.data / "index"
    index.build(engine, encoder, folder, say, _unanswered(settings))
    ours = settings.articles.resolve() == (settings.root / ARTICLES).resolve()
    if ours and settings.embedding_model == PACKAGED_MODEL:
        return
    library = open_library(settings, encoder)
    if not (library.place / decide.OWN).exists():
        settled = own_bar.settle(library, clock.today())
        how = "too small to find its own bar, it keeps" if settled == library.model else "it found"
        say(f"Index: another base than the shipped one; {how} a bar of {settled.answer:.2f}")


def _unanswered(settings: Settings) -> unanswered.Unanswered:
    return unanswered.read(settings.articles)

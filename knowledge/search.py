"""Asking the index: hits for a reader, a finding for the bot. Holds no database session."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge import analyser, answer, decide, evidence, index, snapshot, trial
from knowledge.encoder import Encoder
from knowledge.index import MissingIndex
from knowledge.port import Finding, Hit, Language, Query
from knowledge.ranking import Floats, Scores, Tongue
from knowledge.snapshot import PassageRecord
from knowledge.trial import Trial

CANDIDATES = 8
JOINED_TURNS = 2  # earlier questions that a follow-up may lean on
LEANING = 4  # content words up to which a turn may be a follow-up
MOST_CHARACTERS = 2000  # of a question; the rest cannot matter to a passage of 90 words


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates of one question, likeliest first, with the chance that each holds the fact.

    `words` are the content words of what was asked, with the earlier turns where it leans on them.
    """

    records: Sequence[PassageRecord]
    chances: Sequence[float]
    scores: Sequence[float]
    words: int


class _Shelf:
    """One complete index in memory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        records, terms = snapshot.read(place / "passages.jsonl")
        self.tongues: dict[str, Tongue] = {}
        unanswered = index.read_unanswered(place)
        for language, vectors in index.read_vectors(place).items():
            rows = [row for row, record in enumerate(records) if record.language == language]
            self.tongues[language] = Tongue(
                records[rows[0]].language,
                rows,
                [records[row] for row in rows],
                [terms[row] for row in rows],
                vectors,
                unanswered.get(language),
            )


class Library:
    """The index in use. `find` is the Search of knowledge.port; threads may share a library."""

    def __init__(self, folder: Path, encoder: Encoder, model: decide.Model) -> None:
        """Raises MissingIndex when `folder` holds no index of this encoder."""
        self._folder = folder
        self._encoder = encoder
        self._model = model
        self._shelf = self._load()

    def reload(self) -> bool:
        """Take a newly built index into use; answers of the old one go on meanwhile."""
        standing = index.current(self._folder, self._encoder)
        if standing is None or standing[0] == self._shelf.place:
            return False
        self._shelf = self._load()
        return True

    def find(self, query: Query) -> Finding:
        """Answer, ask back or say that the base does not hold it."""
        text = query.text[:MOST_CHARACTERS].strip()
        tongue = self._shelf.tongues.get(query.language)
        if tongue is None or not text:
            return Finding("none", language=query.language)
        named = tongue.named(text, query.as_of)
        if named is not None:
            return answer.of_one(named, text)
        ranked = self._rank(tongue, text, query)
        return answer.compose(
            text, ranked.records, ranked.chances, self._model, query.language, ranked.words
        )

    def hits(self, text: str, language: Language, as_of: date, limit: int = 10) -> list[Hit]:
        """The best passages of a language in order, for people who search themselves."""
        tongue = self._shelf.tongues.get(language)
        text = text[:MOST_CHARACTERS].strip()
        if tongue is None or not text:
            return []
        scores = tongue.scores(text, self._encoder)
        best = _best(tongue, scores, as_of, limit)
        return [_hit(tongue.records[at], float(scores.fused[at])) for at in best]

    def near(self, text: str, language: str, limit: int) -> list[PassageRecord]:
        """The sections whose words and meaning lie nearest to a text, in force or not."""
        tongue = self._shelf.tongues.get(language)
        if tongue is None:
            return []
        scores = tongue.scores(text[:MOST_CHARACTERS], self._encoder)
        return [tongue.records[at] for at in np.argsort(-scores.fused, kind="stable")[:limit]]

    def trial(self, draft: Sequence[PassageRecord]) -> Trial:
        """This library beside one that holds a draft too; the one in use is left as it is."""
        drafted = copy(self)
        drafted._shelf = copy(self._shelf)  # noqa: SLF001 - its own twin
        changed = trial.tongue(self._shelf.place, draft, self._encoder)
        drafted._shelf.tongues = self._shelf.tongues | {changed.language: changed}  # noqa: SLF001
        return Trial(self, drafted, draft)

    def evidence(
        self, text: str, language: Language, as_of: date, limit: int
    ) -> tuple[Floats, list[PassageRecord]]:
        """What the decision model sees of a question: evidence rows and their passages."""
        tongue = self._shelf.tongues[language]
        scores = tongue.scores(text, self._encoder)
        best = _best(tongue, scores, as_of, limit)
        return evidence.weigh(text, tongue, scores, best), [tongue.records[at] for at in best]

    def _rank(self, tongue: Tongue, text: str, query: Query) -> Ranked:
        scores = tongue.scores(text, self._encoder)
        alone = self._judge(tongue, text, scores, query.as_of)
        leaning = len(scores.asked) <= LEANING and query.history
        if not leaning or decide.any_of(alone.chances) >= self._model.answer:
            return alone
        joined = " ".join([*query.history[-JOINED_TURNS:], text])[:MOST_CHARACTERS]
        with_history = _mean(scores, tongue.scores(joined, self._encoder))
        return self._judge(tongue, joined, with_history, query.as_of)

    def _judge(self, tongue: Tongue, text: str, scores: Scores, as_of: date) -> Ranked:
        best = _best(tongue, scores, as_of, CANDIDATES)
        chances = self._model.chances(evidence.weigh(text, tongue, scores, best))
        order = np.argsort(-chances, kind="stable")
        return Ranked(
            [tongue.records[best[at]] for at in order],
            [float(chances[at]) for at in order],
            [float(scores.fused[best[at]]) for at in order],
            len(scores.asked),
        )

    def _load(self) -> _Shelf:
        standing = index.current(self._folder, self._encoder)
        if standing is None:
            raise MissingIndex("There is no search index: run ./desk index.")
        return _Shelf(standing[0])


def _best(tongue: Tongue, scores: Scores, as_of: date, limit: int) -> list[int]:
    fused = np.where(tongue.in_force(as_of), scores.fused, -np.inf)
    order: npt.NDArray[np.int64] = np.argsort(-fused, kind="stable")[:limit]
    return [int(at) for at in order if np.isfinite(fused[at])]


def _mean(turn: Scores, joined: Scores) -> Scores:
    return replace(
        joined,
        question=_middle(turn.question, joined.question),
        section=_middle(turn.section, joined.section),
        lexical=_middle(turn.lexical, joined.lexical),
        fused=_middle(turn.fused, joined.fused),
    )


def _middle(one: Floats, other: Floats) -> Floats:
    middle: Floats = ((one + other) / 2).astype(np.float32)
    return middle


def _hit(record: PassageRecord, score: float) -> Hit:
    return Hit(
        article=record.article,
        title=record.title,
        version=record.version,
        language=record.language,
        passage=record.text,
        score=round(score, 4),
        url=answer.address(record),
    )


def warm(library: Library, languages: Sequence[Language]) -> None:
    """Load what is only loaded at first use, so that no person waits for it."""
    for language in languages:
        analyser.terms("1", language)
        library.hits("1", language, date.max, 1)

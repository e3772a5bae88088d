"""Ranking the passages of one language for one question, on three absolute scores.

A passage's score is the weighted sum of the cosine of its nearest question, the cosine of its
text and its share of the BM25 mass: absolute values, so that they still mean something when
questions are compared with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import faiss
import numpy as np
import numpy.typing as npt

from knowledge import analyser, asked_for, asking
from knowledge.analyser import Term
from knowledge.encoder import Encoder, Vectors
from knowledge.index import SLOTS
from knowledge.lexicon import Asked, Lexicon
from knowledge.port import Language
from knowledge.respelling import Respelling
from knowledge.snapshot import PassageRecord

Floats = npt.NDArray[np.float32]

NEAREST = 2048  # vectors looked at; passages beyond them score as the last of these
QUESTION, SECTION, LEXICAL = 0.5, 0.5, 0.3
NEARNESS = 0.01  # of cosine: a known question that much farther than the nearest weighs a third


@dataclass(frozen=True, slots=True)
class Scores:
    """One question against every passage of a language, each of shape (passages,)."""

    question: Floats
    section: Floats
    lexical: Floats
    fused: Floats
    asked: tuple[Asked, ...]
    unanswered: float | None  # share of the nearest known questions that no article answers


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of a passage whatever is asked: found out once, when the index is loaded."""

    years: frozenset[str]
    places: frozenset[str]
    kinds: frozenset[str]

    @classmethod
    def of(cls, record: PassageRecord) -> "Traits":
        whole = f"{record.title} {record.heading} {record.text}"
        kinds = (asked_for.kind(question, record.language) for question in record.questions)
        return cls(
            asked_for.years(whole),
            asked_for.places(whole),
            frozenset(kind for kind in kinds if kind),
        )


class Tongue:
    """All passages of one language, ready to be ranked. Immutable, so threads may share it."""

    def __init__(
        self,
        language: Language,
        rows: Sequence[int],
        records: Sequence[PassageRecord],
        terms: Sequence[Sequence[Term]],
        vectors: faiss.Index,
        unanswered: Vectors | None = None,
    ) -> None:
        self.language = language
        self.records = records
        self.lexicon = Lexicon(terms)
        self.terms = [frozenset(term.key for term in found) for found in terms]
        self._respelling = Respelling(
            term.surface for found in terms for term in found if language == "ko"
        )
        self._vectors = vectors
        self._unanswered = unanswered
        self._place = np.full(max(rows, default=0) + 1, -1, np.int64)
        self._place[list(rows)] = np.arange(len(rows))
        self._in_force: tuple[date, npt.NDArray[np.bool_]] | None = None
        self.traits = [Traits.of(record) for record in records]
        self._named = asking.named(records)

    def scores(self, text: str, encoder: Encoder) -> Scores:
        """Score every passage for `text`; misspelt words are first put as the base spells them."""
        if self.language == "ko":
            text = self._respelling.mend(text)
        asked = self.lexicon.asked(analyser.terms(text, self.language))
        vector = encoder.queries([mended(text, asked)])
        question, section, known = self._cosines(vector)
        lexical = self.lexicon.scores(asked)
        fused = QUESTION * question + SECTION * section + LEXICAL * lexical
        unanswered = None
        if self._unanswered is not None:
            unanswered = share_of_nearest(self._unanswered @ vector[0], known)
        return Scores(question, section, lexical, fused, tuple(asked), unanswered)

    def named(self, text: str, day: date) -> PassageRecord | None:
        """The one passage in force that `text` is the label of, such as an option picked."""
        holding = [n for n in self._named.get(text, ()) if self.records[n].holds_on(day)]
        return self.records[holding[0]] if len(holding) == 1 else None

    def in_force(self, day: date) -> npt.NDArray[np.bool_]:
        """Which passages hold on `day`; the last day's are kept, for most ask about today."""
        known = self._in_force
        if known is None or known[0] != day:
            known = (day, np.array([record.holds_on(day) for record in self.records], np.bool_))
            self._in_force = known
        return known[1]

    def _cosines(self, vector: Vectors) -> tuple[Floats, Floats, Floats]:
        """The nearest question and the text of each passage; and all known questions looked at."""
        found, ids = self._vectors.search(vector, min(self._vectors.ntotal, NEAREST))
        values, ids = found[0], ids[0]
        floor = float(values[-1])
        places = self._place[ids // SLOTS]
        question = np.full(len(self.records), floor, np.float32)
        section = np.full(len(self.records), floor, np.float32)
        of_section = ids % SLOTS == 0
        section[places[of_section]] = values[of_section]
        np.maximum.at(question, places[~of_section], values[~of_section])
        return question, section, values[~of_section]


def share_of_nearest(ours: Floats, others: Floats) -> float:
    """What part (0..1) of the weight of the nearest vectors is `ours`, by their cosines."""
    nearest = max(float(ours.max(initial=-1.0)), float(others.max(initial=-1.0)))
    mine = float(np.exp((ours - nearest) / NEARNESS).sum())
    return mine / (mine + float(np.exp((others - nearest) / NEARNESS).sum()))


def mended(text: str, asked: Sequence[Asked]) -> str:
    """`text` with the words that were taken for slips replaced by those of the base."""
    words = text
    for term in asked:
        if term.corrected != term.surface:
            words = _replace(words, term.surface, term.corrected)
    return words


def _replace(text: str, slip: str, word: str) -> str:
    folded = analyser.fold(text)
    at = folded.find(slip)
    # Folding keeps the length of ordinary text; where it does not, places would not agree.
    if at < 0 or len(folded) != len(text):
        return text
    return text[:at] + word + text[at + len(slip) :]

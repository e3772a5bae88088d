"""Ranking the passages of one language for one question, on three absolute scores.

A passage's score is the weighted sum of the cosine of its nearest question, the cosine of its
text and its share of the BM25 mass: absolute values, so that they still mean something when
questions are compared with each other.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from knowledge import analyser, asked_for, asking
from knowledge.accents import Accents
from knowledge.encoder import Encoder, Vectors
from knowledge.function_words import FunctionWords
from knowledge.index import SLOTS
from knowledge.lexicon import Asked, Lexicon, Overlap
from knowledge.port import Language
from knowledge.postings import Postings
from knowledge.respelling import Respelling
from knowledge.snapshot import PassageRecord
from knowledge.unanswered import Indexed

Floats = npt.NDArray[np.float32]

MANY = 8192  # passages from which on they are not sorted whole
BLOCK = 64  # passages of which the highest alone is looked at first
NEAREST = 2048  # vectors looked at; passages beyond them score as the last of these
WEIGHED = 2048  # of many passages, the best whose own vectors are then looked at
QUESTION, LEXICAL = 0.5, 0.3  # of a section whose ways to be asked for are known
# A piece of a document has at most a heading, which is no question: its text counts, and words less
# than among questions. Read off XQuAD and Doc2Dial, flat around these; Korean leans on words.
HEADING = 0.1
LEXICAL_OF_TEXT = {"en": 0.2, "es": 0.2, "ko": 0.3}
# What two words count that stand in it side by side as they were asked.
PHRASES_OF_TEXT = {"en": 0.15, "es": 0.04, "ko": 0.0}
TRAITS_KEPT = 16_384  # passages
SAMPLED = 20_000  # vectors that tell how close a passage usually is
READ = 20_000  # passages that tell how the words of a language are spelt
TOP = 200  # passages that say which article answers
FEW = 3  # of them that an article needs to be trusted whole
LIKEST = 3  # questions without an answer that are looked at for their words; two to ten tell alike
NEARNESS = 0.01  # of cosine: a known question that much farther than the nearest weighs a third


class Mender(Protocol):
    """Puts slips of one kind right."""

    def mend(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a question is to known ones that no article answers.

    share: of the nearest known questions (0..1). words, meaning: of the few that have most words in
    common with it, the mean of what they share (F1 by idf, 0..1) and of their cosines.
    """

    share: float
    words: float
    meaning: float


@dataclass(frozen=True, slots=True)
class Scores:
    """One question against every passage of a language, each of shape (passages,)."""

    question: Floats
    section: Floats
    lexical: Floats
    closeness: Floats  # by meaning alone
    fused: Floats
    asked: tuple[Asked, ...]
    vector: Vectors  # of the question, shape (1, dim)
    unanswered: Likeness | None  # where no questions without an answer are known: None


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of a passage whatever is asked: found out once, when it is first weighed."""

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
        postings: Postings,
        vectors: faiss.Index,
        unanswered: Indexed | None = None,
    ) -> None:
        self.language = language
        self.records = records
        self.lexicon = Lexicon(postings)
        self._menders = self._menders_of(postings)
        self._vectors = vectors
        self._unanswered = unanswered.vectors if unanswered else None
        self._unanswered_words = Overlap(self.lexicon, unanswered.terms if unanswered else ())
        self._place = np.full(max(rows, default=0) + 1, -1, np.int64)
        self._place[list(rows)] = np.arange(len(rows))
        self._ids = np.array(rows, np.int64) * SLOTS
        self._slots = np.array([1 + min(len(one.questions), SLOTS - 1) for one in records])
        self._since = np.array([one.valid_from.toordinal() for one in records], np.int32)
        self._until = np.array([_last_day(one).toordinal() for one in records], np.int32)
        self._in_force: tuple[date, npt.NDArray[np.bool_]] | None = None
        self._leans_on_questions = np.array(
            [_weight_of_questions(one) for one in records], np.float32
        )
        self.plain = self._leans_on_questions < QUESTION  # no ways to be asked for are known
        self._lexical = np.where(
            self.plain, np.float32(LEXICAL_OF_TEXT[language]), np.float32(LEXICAL)
        )
        self._phrases = np.where(self.plain, np.float32(PHRASES_OF_TEXT[language]), np.float32(0))
        self._has_phrases = bool(self._phrases.any())
        self.traits = lru_cache(TRAITS_KEPT)(self._traits)
        self._named = asking.named(records)

    def scores(self, text: str, encoder: Encoder) -> Scores:
        """Score every passage for `text`; misspelt words are first put as the base spells them."""
        text = self.spelt(text)
        asked = self.asked(text)
        return self.scores_of(encoder.queries([mended(text, asked)]), asked)

    def spelt(self, text: str) -> str:
        """`text` with those slips put right that show without looking at what it asks for."""
        for mender in self._menders:
            text = mender.mend(text)
        return text

    def asked(self, text: str) -> list[Asked]:
        """The terms of a question, as the base spells them."""
        return self.lexicon.asked(analyser.terms(text, self.language))

    def scores_of(
        self, vector: Vectors, asked: Sequence[Asked], weight: float | None = None
    ) -> Scores:
        """Score every passage for a question's vector and terms.

        `weight` is that of its words where the passages are of another language: phrases are not
        the same there.
        """
        near, known = self._nearest(vector)
        lexical = self.lexicon.scores(asked)
        fused = lexical * (self._lexical if weight is None else np.float32(weight))
        if weight is None and self._has_phrases:
            for said, shares in self.lexicon.phrases(asked):
                fused[said] += self._phrases[said] * shares
        fused += near.whole
        if len(self.records) > MANY:
            places = np.array(highest(fused, WEIGHED))
            fused[places] -= near.whole[places]
            self._weigh(near, places, vector)
            fused[places] += near.whole[places]
        return Scores(
            near.question,
            near.section,
            lexical,
            near.whole,
            fused,
            tuple(asked),
            vector,
            self._likeness(vector, asked, known),
        )

    def _likeness(self, vector: Vectors, asked: Sequence[Asked], known: Floats) -> Likeness | None:
        """`known` are cosines to the nearest questions that have an answer."""
        if self._unanswered is None:
            return None
        cosines = self._unanswered @ vector[0]
        likest, shared = self._unanswered_words.likest(asked, LIKEST)
        return Likeness(
            share_of_nearest(cosines, known), float(shared.mean()), float(cosines[likest].mean())
        )

    def stands_out(self, vector: Vectors, closeness: float) -> float:
        """How far above the mean of all vectors `closeness` is, in standard deviations."""
        mean, moment = self._spread
        usual = float(vector[0] @ mean)
        variance = float(vector[0] @ moment @ vector[0]) - usual**2
        return (closeness - usual) / math.sqrt(max(variance, 1e-9))

    def articles(self, day: date) -> frozenset[str]:
        """The articles that have a passage in force on `day`."""
        held = np.flatnonzero(self.in_force(day))
        return frozenset(self.records[at].article for at in held.tolist())

    def by_article(self, fused: Floats) -> Floats:
        """How far the article of each passage is behind the one that answers best, at most 0.

        An article answers as well as its best few passages together. Only the highest of all are
        looked at: what an article lacks among them counts as the last of these.
        """
        best = [at for at in highest(fused, TOP) if np.isfinite(fused[at])]
        if not best:
            return np.zeros(len(fused), np.float32)
        held: dict[int, list[float]] = defaultdict(list)
        for at in best:
            held[int(self._article[at])].append(float(fused[at]))
        last = float(fused[best[-1]])
        votes = np.full(int(self._article.max()) + 1, last, np.float32)
        for article, scores in held.items():
            few = scores[:FEW]
            votes[article] = (sum(few) + last * (FEW - len(few))) / FEW
        behind: Floats = votes[self._article] - votes.max()
        return behind

    @cached_property
    def _article(self) -> npt.NDArray[np.int64]:
        """The article of each passage, by number."""
        numbers: dict[str, int] = {}
        told = (numbers.setdefault(one.article, len(numbers)) for one in self.records)
        return np.fromiter(told, np.int64, len(self.records))

    @cached_property
    def _spread(self) -> tuple[Vectors, Vectors]:
        """Mean and second moment of the base's vectors, of shape (dim,) and (dim, dim)."""
        stored: Any = self._vectors
        flat = faiss.downcast_index(stored.index)
        rows: Vectors = flat.reconstruct_n(0, min(flat.ntotal, SAMPLED))
        moment: Vectors = rows.T @ rows / np.float32(len(rows))
        return rows.mean(axis=0), moment

    def named(self, text: str, day: date) -> PassageRecord | None:
        """The one passage in force that `text` is the label of, such as an option picked."""
        holding = [n for n in self._named.get(text, ()) if self.records[n].holds_on(day)]
        return self.records[holding[0]] if len(holding) == 1 else None

    def in_force(self, day: date) -> npt.NDArray[np.bool_]:
        """Which passages hold on `day`; the last day's are kept, for most ask about today."""
        known = self._in_force
        if known is None or known[0] != day:
            at = day.toordinal()
            known = (day, (self._since <= at) & (at <= self._until))
            self._in_force = known
        return known[1]

    def _menders_of(self, postings: Postings) -> Sequence[Mender]:
        if self.language == "ko":
            return (Respelling(word.surface for word, _ in postings.words),)
        words = FunctionWords(self.language, self._knows)
        if self.language == "en":
            return (words,)
        prose = (f"{one.heading} {one.text}" for one in self.records[:READ])
        return (words, Accents(prose))

    def _knows(self, word: str) -> bool:
        return any(self.lexicon.knows(term.key) for term in analyser.terms(word, self.language))

    def _traits(self, at: int) -> Traits:
        return Traits.of(self.records[at])

    def _nearest(self, vector: Vectors) -> tuple["_Closeness", Floats]:
        """How close passages are by the nearest vectors, and these vectors that are of questions.

        What lies beyond them is taken to be as close as the last: the most that it can be.
        """
        looked_at = min(self._vectors.ntotal, NEAREST)
        values, ids = (row[0] for row in self._vectors.search(vector, looked_at))
        values, ids = values[ids >= 0], ids[ids >= 0]  # few lists may hold less than asked for
        floor = values[-1] if len(values) else np.float32(-1)
        near = _Closeness(*(np.full(len(self.records), floor, np.float32) for _ in range(3)))
        of_section = ids % SLOTS == 0
        near.enter(self._place[ids // SLOTS], of_section, values, self._leans_on_questions)
        return near, values[~of_section]

    def _weigh(self, near: "_Closeness", places: npt.NDArray[np.int64], vector: Vectors) -> None:
        """Put in how close these passages are by all their vectors."""
        near.question[places] = near.section[places] = -1
        slots = self._slots[places]
        first = np.repeat(np.cumsum(slots) - slots, slots)
        ids = np.repeat(self._ids[places], slots) + np.arange(len(first)) - first
        values = self._vectors.reconstruct_batch(ids) @ vector[0]
        near.enter(self._place[ids // SLOTS], ids % SLOTS == 0, values, self._leans_on_questions)


@dataclass(frozen=True, slots=True)
class _Closeness:
    """By the nearest question, by the text, and by both as a passage leans; (passages,) each."""

    question: Floats
    section: Floats
    whole: Floats

    def enter(
        self, places: npt.NDArray[np.int64], of_section: npt.NDArray[np.bool_], values: Floats,
        leaning: Floats,
    ) -> None:  # fmt: skip
        """Put in the cosines of vectors, each of a passage's text or of one of its questions."""
        self.section[places[of_section]] = values[of_section]
        np.maximum.at(self.question, places[~of_section], values[~of_section])
        lean = leaning[places]
        self.question[places] = np.where(lean > 0, self.question[places], self.section[places])
        self.whole[places] = lean * self.question[places] + (1 - lean) * self.section[places]


def highest(values: Floats, count: int) -> list[int]:
    """Places of the highest values, the highest first and of equals the first."""
    places = _high(values, count) if len(values) > MANY else np.arange(len(values))
    best: list[int] = places[np.argsort(-values[places], kind="stable")][:count].tolist()
    return best


def _high(values: Floats, count: int) -> npt.NDArray[np.int64]:
    """Places that hold the `count` highest of many values and not many more, in rising order.

    Where so many blocks have something as high as `edge`, nothing lower is among the highest:
    found in one reading, where sorting, or parting, a large base would cost more than searching it.
    """
    deep = max(min(BLOCK, len(values) // count), 1)
    tops = values[: len(values) // deep * deep].reshape(deep, -1).max(axis=0)
    edge = np.partition(tops, len(tops) - count)[len(tops) - count]
    return np.flatnonzero(values >= edge)


def _last_day(record: PassageRecord) -> date:
    return record.valid_until or date.max


def _weight_of_questions(record: PassageRecord) -> float:
    """What closeness to the ways of asking for a passage counts beside closeness to its text."""
    if record.alternates:
        return QUESTION
    return HEADING if record.heading else 0.0


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

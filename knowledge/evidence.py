"""What speaks for and against a passage as the answer to a question, as a few numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge import asked_for
from knowledge.lexicon import Asked, Lexicon
from knowledge.ranking import Likeness, Scores, Tongue, highest

Floats = npt.NDArray[np.float32]

CROWD = 50  # passages whose scores say what is usual for the question
# Taken where no questions without an answer are known: what is usual of those that have one.
USUAL = Likeness(share=0.2, words=0.4, meaning=0.88)


class Evidence(NamedTuple):
    """Each field is about one question and one passage; all are of the order of one.

    question, section: cosines to the nearest known question and to the text.
    lexical: share of the BM25 mass. lead: fused score above the best rival's (negative behind it).
    height: fused score above the crowd's mean, in its standard deviations.
    coverage: idf-weighted share of the question's terms that the passage has.
    gap: idf of its rarest term that the passage lacks. strange: idf share unknown to the base.
    kind_given, kind_missing: the asked kind of thing (a share, a date ...) is there, or is not.
    kind_shared: one of the section's own questions asks for that kind too.
    detail_given, detail_missing: likewise for a detail such as a fee, a form, a phone number.
    year_missing, number_missing, place_missing: the question names one that the passage does not.
    words: how many content words were asked, tenths.
    unanswered: share of the nearest known questions that no article answers.
    unanswered_words: what its words share with the few likest of these, on average.
    unanswered_meaning: cosine to these few, on average.
    """

    question: float
    section: float
    lexical: float
    lead: float
    height: float
    coverage: float
    gap: float
    strange: float
    kind_given: float
    kind_missing: float
    kind_shared: float
    detail_given: float
    detail_missing: float
    year_missing: float
    number_missing: float
    place_missing: float
    words: float
    unanswered: float
    unanswered_words: float
    unanswered_meaning: float


NAMES = Evidence._fields


@dataclass(frozen=True, slots=True)
class _Question:
    """What is true of the question whatever passage it meets."""

    text: str
    kind: str | None
    years: frozenset[str]
    places: frozenset[str]
    weights: Sequence[tuple[Asked, float]]
    total: float
    rarest: float
    strange: float
    numbers: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Crowd:
    """What is usual for the question: its best scores, their mean and their spread."""

    best: float
    second: float
    mean: float
    spread: float


def weigh(text: str, tongue: Tongue, scores: Scores, candidates: Sequence[int]) -> Floats:
    """The evidence on each candidate passage, of shape (candidates, len(NAMES))."""
    question, crowd = _question(text, tongue, scores), _crowd(scores.fused)
    said = tongue.lexicon.said(scores.asked, candidates)
    rows = [
        _weigh_one(question, crowd, tongue, scores, at, present)
        for at, present in zip(candidates, said, strict=True)
    ]
    return np.array(rows, np.float32).reshape(len(rows), len(NAMES))


def _question(text: str, tongue: Tongue, scores: Scores) -> _Question:
    lexicon, text = tongue.lexicon, tongue.spelt(text)
    weights = [(term, lexicon.idf(term.key)) for term in scores.asked]
    total = sum(weight for _, weight in weights) or 1.0
    return _Question(
        text=text,
        kind=asked_for.kind(text, tongue.language),
        years=asked_for.years(text),
        places=asked_for.places(text),
        weights=weights,
        total=total,
        rarest=lexicon.idf(""),
        strange=_strange(weights, lexicon) / total,
        numbers=numbers_of(scores.asked),
    )


def _strange(weights: Sequence[tuple[Asked, float]], lexicon: Lexicon) -> float:
    return sum(weight for term, weight in weights if not lexicon.knows(term.key))


def _crowd(fused: Floats) -> _Crowd:
    crowd = fused[highest(fused, CROWD + 1)]
    second = crowd[1] if len(crowd) > 1 else crowd[0]
    return _Crowd(float(crowd[0]), float(second), float(crowd.mean()), float(crowd.std()) + 1e-6)


def _weigh_one(
    q: _Question, crowd: _Crowd, tongue: Tongue, scores: Scores, at: int, present: frozenset[str]
) -> Evidence:
    record, traits, unanswered = tongue.records[at], tongue.traits(at), scores.unanswered or USUAL
    given = q.kind is not None and asked_for.gives(record.text, q.kind, tongue.language)
    details, told = asked_for.details(q.text, tongue.language, record.text, tongue.language)
    own = float(scores.fused[at])
    missing = [weight for term, weight in q.weights if term.key not in present]
    covered = sum(weight * term.weight for term, weight in q.weights if term.key in present)
    return Evidence(
        question=float(scores.question[at]),
        section=float(scores.section[at]),
        lexical=float(scores.lexical[at]),
        lead=own - (crowd.second if own >= crowd.best else crowd.best),
        height=(own - crowd.mean) / crowd.spread / 10,
        coverage=covered / q.total,
        gap=max(missing, default=0.0) / q.rarest,
        strange=q.strange,
        kind_given=float(given),
        kind_missing=float(q.kind is not None and not given),
        kind_shared=float(q.kind in traits.kinds),
        detail_given=float(0 < details == told),
        detail_missing=float(told < details),
        year_missing=float(bool(q.years - traits.years)),
        number_missing=float(any(number not in present for number in q.numbers)),
        place_missing=float(missing_place(q.places, traits.places)),
        words=min(len(q.weights) / 10, 1.0),
        unanswered=unanswered.share,
        unanswered_words=unanswered.words,
        unanswered_meaning=unanswered.meaning,
    )


def numbers_of(asked: Sequence[Asked]) -> list[str]:
    """The numbers of more than one digit among the terms of a question."""
    return [term.key for term in asked if term.key[0].isdigit() and len(term.key) > 1]


def missing_place(asked: frozenset[str], told: frozenset[str]) -> bool:
    """Whether a question about a country meets a text on another; the base is Korean by default."""
    missing = asked - told
    return bool(missing - {"korea"}) or ("korea" in missing and bool(told))

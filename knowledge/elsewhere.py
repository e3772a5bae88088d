"""What speaks for and against a passage of another language as the answer to a question.

Nothing here compares the words of two languages: meaning is compared by vectors, and besides it
what can be told in any language, such as the kind of thing asked for, years, numbers, countries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge import asked_for, decide
from knowledge.abroad import Leader
from knowledge.evidence import USUAL, missing_place, numbers_of
from knowledge.port import Language
from knowledge.ranking import Likeness
from knowledge.snapshot import PassageRecord

Floats = npt.NDArray[np.float32]

CALIBRATED = decide.CALIBRATED.with_name("abroad.json")


class Signs(NamedTuple):
    """Each field is about one question and one passage; all are of the order of one.

    own: the chance that the question's own language holds the fact.
    stands_out: closeness above the mean of the passage's language, in its standard deviations,
    tenths; question, section: cosines to the nearest way to ask for it and to its text.
    words: share of the BM25 mass, which names, figures and codes have in any language.
    lead: fused score above that of the next passage of its language, tens.
    kind_given, kind_missing, detail_missing, year_missing, number_missing, place_missing: as in
    `evidence`, the question read in its own language and the passage in the other.
    unanswered, unanswered_words, unanswered_meaning: likeness to known questions without an answer
    in the own language, as in `evidence`.
    """

    own: float
    stands_out: float
    question: float
    section: float
    words: float
    lead: float
    kind_given: float
    kind_missing: float
    detail_missing: float
    year_missing: float
    number_missing: float
    place_missing: float
    unanswered: float
    unanswered_words: float
    unanswered_meaning: float


NAMES = Signs._fields


@dataclass(frozen=True, slots=True)
class Question:
    """A question as its own language understands it."""

    text: str
    language: Language
    sure: float
    unanswered: Likeness = USUAL  # to those of its own language


def weigh(question: Question, leaders: Sequence[Leader]) -> tuple[Floats, list[PassageRecord]]:
    """The signs of each language's leader, of shape (leaders, len(NAMES)), and these passages."""
    rows = [_signs(question, leader) for leader in leaders]
    records = [leader.record for leader in leaders]
    return np.array(rows, np.float32).reshape(len(rows), len(NAMES)), records


def _signs(question: Question, leader: Leader) -> Signs:
    at, *behind = leader.best
    tongue, scores = leader.tongue, leader.scores
    record, traits = leader.record, tongue.traits(at)
    (said,) = tongue.lexicon.said(scores.asked, [at])
    lead = float(scores.fused[at] - scores.fused[behind[0]]) if behind else 0.0
    kind = asked_for.kind(question.text, question.language)
    given = kind is not None and asked_for.gives(record.text, kind, record.language)
    details, told = asked_for.details(
        question.text, question.language, record.text, record.language
    )
    return Signs(
        own=question.sure,
        stands_out=tongue.stands_out(scores.vector, float(scores.closeness[at])) / 10,
        question=float(scores.question[at]),
        section=float(scores.section[at]),
        words=float(scores.lexical[at]),
        lead=lead * 10,
        kind_given=float(given),
        kind_missing=float(kind is not None and not given),
        detail_missing=float(told < details),
        year_missing=float(bool(asked_for.years(question.text) - traits.years)),
        number_missing=float(any(number not in said for number in numbers_of(scores.asked))),
        place_missing=float(missing_place(asked_for.places(question.text), traits.places)),
        unanswered=question.unanswered.share,
        unanswered_words=question.unanswered.words,
        unanswered_meaning=question.unanswered.meaning,
    )

"""What speaks for and against a passage as the answer to a question, as a few numbers."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt

from knowledge import asked_for
from knowledge.lexicon import Asked
from knowledge.ranking import Scores, Tongue

Floats = npt.NDArray[np.float32]

CROWD = 50  # passages whose scores say what is usual for the question


@dataclass(frozen=True, slots=True)
class Evidence:
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


NAMES = tuple(field.name for field in fields(Evidence))


def weigh(text: str, tongue: Tongue, scores: Scores, candidates: Sequence[int]) -> Floats:
    """The evidence on each candidate passage, of shape (candidates, len(NAMES))."""
    rows = [astuple(_weigh_one(text, tongue, scores, at)) for at in candidates]
    return np.array(rows, np.float32).reshape(len(rows), len(NAMES))


def _weigh_one(text: str, tongue: Tongue, scores: Scores, at: int) -> Evidence:
    record = tongue.records[at]
    whole = f"{record.title} {record.heading} {record.text}"
    wanted = asked_for.kind(text, tongue.language)
    given = wanted is not None and asked_for.gives(record.text, wanted, tongue.language)
    details, told = asked_for.details(text, record.text, tongue.language)
    lead, height = _standing(scores.fused, at)
    coverage, gap, strange = _coverage(tongue, scores.asked, tongue.terms[at])
    return Evidence(
        question=float(scores.question[at]),
        section=float(scores.section[at]),
        lexical=float(scores.lexical[at]),
        lead=lead,
        height=height,
        coverage=coverage,
        gap=gap,
        strange=strange,
        kind_given=float(given),
        kind_missing=float(wanted is not None and not given),
        kind_shared=float(
            wanted is not None
            and any(asked_for.kind(one, tongue.language) == wanted for one in record.questions)
        ),
        detail_given=float(0 < details == told),
        detail_missing=float(told < details),
        year_missing=float(bool(asked_for.years(text) - asked_for.years(whole))),
        number_missing=_number_missing(scores.asked, tongue.terms[at]),
        place_missing=float(_elsewhere(asked_for.places(text), asked_for.places(whole))),
        words=min(len(scores.asked) / 10, 1.0),
    )


def _standing(fused: Floats, at: int) -> tuple[float, float]:
    crowd = np.sort(fused)[-CROWD - 1 :]
    own = float(fused[at])
    best = float(crowd[-1])
    rival = float(crowd[-2]) if own >= best and len(crowd) > 1 else best
    return own - rival, (own - float(crowd.mean())) / (float(crowd.std()) + 1e-6) / 10


def _coverage(
    tongue: Tongue, asked: Sequence[Asked], present: frozenset[str]
) -> tuple[float, float, float]:
    lexicon = tongue.lexicon
    weights = [lexicon.idf(term.key) for term in asked]
    total = sum(weights) or 1.0
    rarest = lexicon.idf("")
    covered = sum(
        weight * term.weight
        for term, weight in zip(asked, weights, strict=True)
        if term.key in present
    )
    missing = [w for term, w in zip(asked, weights, strict=True) if term.key not in present]
    unknown = sum(w for term, w in zip(asked, weights, strict=True) if not lexicon.knows(term.key))
    return covered / total, max(missing, default=0.0) / rarest, unknown / total


def _number_missing(asked: Sequence[Asked], present: frozenset[str]) -> float:
    numbers = [term.key for term in asked if term.key[0].isdigit() and len(term.key) > 1]
    return float(any(number not in present for number in numbers))


def _elsewhere(asked: frozenset[str], told: frozenset[str]) -> bool:
    """Whether a question about a country meets a text on another; the base is Korean by default."""
    missing = asked - told
    return bool(missing - {"korea"}) or ("korea" in missing and bool(told))

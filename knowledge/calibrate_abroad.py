"""Fitting when an article of another language is good enough to answer, on the same questions.

They are asked of bases that are translated in part, drawn from the whole one. A passage is right
when what stands at its place in the question's own language, in the whole base, holds the fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge import calibrate, elsewhere, facts, partly
from knowledge.calibrate import Example
from knowledge.decide import Model
from knowledge.encoder import Encoder
from knowledge.port import LANGUAGES, Language
from knowledge.search import Library

DRAWS = range(1)
# Of the near questions without an answer, what other languages may answer beside the own one.
ADDED = 0.03

Texts = dict[tuple[str, str, str], str]  # of the whole base, by language, article and anchor


@dataclass(frozen=True, slots=True)
class Foreign(Example):
    """With the chance that the question's own language holds the fact."""

    own: float


def examples(
    library: Library, questions: Sequence[dict[str, Any]], as_of: date, draws: Sequence[int] = DRAWS
) -> list[Foreign]:
    """The signs of each question's passages abroad, in each drawn base where it has any."""
    texts: Texts = {
        (language, one.article, one.anchor): one.text
        for language, tongue in library.tongues().items()
        for one in tongue.records
    }
    found: list[Foreign] = []
    for seed in draws:
        partial = library.partly(partly.drawn(library.place, seed))
        every = (_example(partial, texts, asked, as_of) for asked in questions)
        found += [one for one in every if len(one.rows)]
    return found


def _example(library: Library, texts: Texts, asked: dict[str, Any], as_of: date) -> Foreign:
    language: Language = asked["language"]
    own = library.sure(asked["question"], language, as_of)
    rows, records = library.foreign_evidence(asked["question"], language, as_of, own)
    right = [
        bool(asked["answerable"])
        and facts.holds(texts.get((language, one.article, one.anchor), ""), asked["facts"])
        for one in records
    ]
    return Foreign(asked, rows, np.array(right, np.bool_), own)


def fit(found: Sequence[Foreign], encoder: Encoder, own_bar: float) -> Model:
    """A model on all examples, its bar from predictions on folds it had not seen."""
    fitted = calibrate.fit_signs(found)
    return Model(
        names=list(elsewhere.NAMES),
        weights=fitted.weights,
        bias=fitted.bias,
        answer=round(_bar(found, calibrate.held_out(found), own_bar), 4),
        ask=calibrate.ASK_BAND,
        fingerprint=encoder.spec.fingerprint,
        products=fitted.products,
    )


def _bar(
    found: Sequence[Foreign], chances: Sequence[npt.NDArray[np.float64]], own_bar: float
) -> float:
    """The lowest bar, one for all languages, at which none answers much more that has no answer."""
    sures: dict[str, list[float]] = {language: [] for language in LANGUAGES}
    for one, chance in zip(found, chances, strict=True):
        if not one.question["answerable"] and one.question["near"]:
            left = one.own < own_bar  # what the own language answers is asked nowhere else
            sures[one.question["language"]].append(float(chance.max()) if left else 0.0)
    return max(float(np.quantile(sure, 1 - ADDED)) for sure in sures.values())

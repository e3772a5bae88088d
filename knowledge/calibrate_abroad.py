"""Fitting when an article of another language is good enough to answer, on the same questions.

Each calibration question is asked of a base without its own language. A passage is right when
what stands at its place in the own language holds the asked fact.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from knowledge import calibrate, decide, facts
from knowledge.abroad import Abroad, Signs
from knowledge.calibrate import Example
from knowledge.decide import Model
from knowledge.encoder import Encoder
from knowledge.port import Language
from knowledge.ranking import Tongue
from knowledge.search import Library

Texts = dict[tuple[str, str], str]  # of the own language, by article and anchor


def examples(
    library: Library, encoder: Encoder, questions: Sequence[dict[str, Any]], as_of: date
) -> list[Example]:
    """The signs of each question's leader abroad, and whether it holds the fact."""
    tongues = library.tongues()
    others = {
        language: Abroad({at: t for at, t in tongues.items() if at != language}, encoder)
        for language in tongues
    }
    texts = {language: _texts(tongue) for language, tongue in tongues.items()}
    return [
        _example(others[asked["language"]], texts[asked["language"]], asked, as_of)
        for asked in questions
    ]


def fit(found: Sequence[Example], encoder: Encoder) -> Model:
    """A model on all examples, its bar from predictions on folds it had not seen."""
    rows = np.concatenate([one.rows for one in found])
    right = np.concatenate([one.right for one in found])
    weights = decide.fit(rows, right, calibrate.RIDGE)
    return Model(
        names=list(Signs._fields),
        weights=[round(float(weight), 6) for weight in weights[:-1]],
        bias=round(float(weights[-1]), 6),
        answer=round(calibrate.bar(found, calibrate.held_out(found)), 4),
        ask=calibrate.ASK_BAND,
        fingerprint=encoder.spec.fingerprint,
    )


def _example(abroad: Abroad, own: Texts, asked: dict[str, Any], as_of: date) -> Example:
    language: Language = asked["language"]
    best = max(abroad.leaders(asked["question"], language, as_of), key=lambda one: one.strength)
    there = own.get((best.record.article, best.record.anchor), "")
    right = bool(asked["answerable"]) and facts.holds(there, asked["facts"])
    return Example(asked, np.array([best.signs], np.float32), np.array([right], np.bool_))


def _texts(tongue: Tongue) -> Texts:
    return {(one.article, one.anchor): one.text for one in tongue.records}

"""Fitting the decision model on the calibration questions, cross-validated, and storing it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge import decide, evidence, facts
from knowledge.decide import Model
from knowledge.encoder import Encoder
from knowledge.port import LANGUAGES, Language
from knowledge.search import CANDIDATES, Library

RIDGE = 1.0
FOLDS = 5
WANTED_ABSTENTION = 0.905  # on unanswerable questions, half of them near; just above the floor
ASK_BAND = 0.0  # how far below the bar a question is asked back; it is no help to most


@dataclass(frozen=True, slots=True)
class Example:
    """A calibration question, its candidates' evidence and which of them hold the fact."""

    question: dict[str, Any]
    rows: npt.NDArray[np.float32]
    right: npt.NDArray[np.bool_]


def read_questions(folder: Path) -> list[dict[str, Any]]:
    """All question sets of a folder (questions.<language>.jsonl), in order of language."""
    found = []
    for language in LANGUAGES:
        path = folder / f"questions.{language}.jsonl"
        found += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return found


def examples(library: Library, questions: Sequence[dict[str, Any]], as_of: date) -> list[Example]:
    """The evidence on each question's candidates in the index in use."""
    return [_example(library, question, as_of) for question in questions]


def _example(library: Library, question: dict[str, Any], as_of: date) -> Example:
    language: Language = question["language"]
    rows, records = library.evidence(question["question"], language, as_of, CANDIDATES)
    right = [
        bool(question["answerable"]) and facts.holds(record.text, question["facts"])
        for record in records
    ]
    return Example(question, rows, np.array(right, np.bool_))


def fit(found: Sequence[Example], encoder: Encoder) -> Model:
    """A model on all examples, its threshold from predictions on folds it had not seen."""
    chances = held_out(found)
    weights = _weights(found)
    return Model(
        names=list(evidence.NAMES),
        weights=[round(float(weight), 6) for weight in weights[:-1]],
        bias=round(float(weights[-1]), 6),
        answer=round(bar(found, chances), 4),
        ask=ASK_BAND,
        fingerprint=encoder.spec.fingerprint,
    )


def held_out(found: Sequence[Example]) -> list[npt.NDArray[np.float64]]:
    """Each example's chances by a model fitted without its fold."""
    fold = np.random.default_rng(0).integers(0, FOLDS, len(found))
    chances: list[npt.NDArray[np.float64]] = [np.zeros(0)] * len(found)
    for held in range(FOLDS):
        weights = _weights([one for one, at in zip(found, fold, strict=True) if at != held])
        for at in np.flatnonzero(fold == held).tolist():
            chances[at] = decide.logistic(found[at].rows @ weights[:-1] + weights[-1])
    return chances


def bar(found: Sequence[Example], chances: Sequence[npt.NDArray[np.float64]]) -> float:
    """The lowest bar at which unanswerable questions, near and far alike, are refused enough.

    One for all languages: a bar fitted to the few questions of one language did not carry over.
    """
    sure = [(one, decide.any_of(p)) for one, p in zip(found, chances, strict=True)]
    near = np.array([chance for one, chance in sure if _is_near(one)])
    far = np.array([chance for one, chance in sure if _is_far(one)])
    for height in np.linspace(0.05, 0.95, 181):
        if (np.mean(near < height) + np.mean(far < height)) / 2 >= WANTED_ABSTENTION:
            return float(height)
    return 0.95


def _is_near(one: Example) -> bool:
    return not one.question["answerable"] and bool(one.question["near"])


def _is_far(one: Example) -> bool:
    return not one.question["answerable"] and not one.question["near"]


def _weights(found: Sequence[Example]) -> npt.NDArray[np.float64]:
    rows = np.concatenate([one.rows for one in found])
    right = np.concatenate([one.right for one in found])
    return decide.fit(rows, right, RIDGE)

"""A base that the shipped calibration does not know sets its own bar for answering.

Each section is asked for by one of its own questions while its whole article is hidden: whatever is
found then is wrong. The bar is put where most of these would be declined. What counts for and
against a passage stays as it was learned, on sections whose ways to be asked for are known; for as
many as know none, the closeness of section and question counts besides.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from knowledge import decide
from knowledge.decide import Model
from knowledge.search import CANDIDATES, Library
from knowledge.snapshot import PassageRecord

Rows = npt.NDArray[np.float32]

CLOSENESS = "section"  # the sign that needs no way to ask
DECLINED = 0.93  # of the questions whose article is hidden
LOWEST, HIGHEST = 0.3, 0.9995
SAMPLED = 150  # questions of each language
NO_SPREAD = 1e-6  # of signs that are the same for all that is found
FEWEST = 10  # hidden questions below which the shipped model is kept


def settle(library: Library, as_of: date) -> Model:
    """Find the model of the library's index and store it there; who loads the index has it."""
    found = fit(library, as_of)
    decide.save(found, library.place / decide.OWN)
    return found


def fit(library: Library, as_of: date) -> Model:
    """The library's model as its own passages ask for it."""
    there = [one for tongue in library.tongues().values() for one in tongue.records]
    in_force = [one for one in there if one.holds_on(as_of)]
    found = [
        rows
        for language in library.tongues()
        for record in _sampled(one for one in in_force if one.language == language)
        if len(rows := _found(library, record, as_of))
    ]
    if len(found) < FEWEST:
        return library.model
    unasked = sum(not one.alternates for one in in_force) / len(in_force)
    model = _by_closeness(library.model, found, unasked)
    bar = float(np.quantile([decide.any_of(model.chances(rows)) for rows in found], DECLINED))
    return replace(model, answer=round(min(max(bar, LOWEST), HIGHEST), 4))


def _sampled(records: Iterable[PassageRecord]) -> list[PassageRecord]:
    """Records that a question of their own asks for: one that other articles are asked by too
    ("Overview") is rightly answered by them, and pieces of one section share theirs."""
    asked_by: dict[str, list[PassageRecord]] = {}
    for record in records:
        if record.questions:
            asked_by.setdefault(record.questions[-1].casefold(), []).append(record)
    alone = [same for same in asked_by.values() if len({one.article for one in same}) == 1]
    asked_for = [same[0] for same in alone]
    return random.Random(3).sample(asked_for, min(SAMPLED, len(asked_for)))


def _found(library: Library, record: PassageRecord, as_of: date) -> Rows:
    """The evidence of what is found for the record's last question, its article hidden."""
    rows, _ = library.evidence(
        record.questions[-1], record.language, as_of, CANDIDATES, hidden=record.article
    )
    return rows


def _by_closeness(model: Model, found: Sequence[Rows], much: float) -> Model:
    """The model with closeness beside all that it weighs, `much` times as wide on what was found.

    The whole stays as wide as it was, and what is no closer than most of the wrong gains nothing.
    """
    rows = np.concatenate(found)
    at = list(model.names).index(CLOSENESS)
    usual = float(np.quantile([one[:, at].max() for one in found], DECLINED))
    close = rows[:, at].astype(np.float64) - usual
    chances = np.clip(model.chances(rows), 1e-9, 1 - 1e-9)
    odds = np.log(chances / (1 - chances))
    if min(odds.std(), close.std()) < NO_SPREAD:
        return model
    weight = much * odds.std() / close.std()
    scale = odds.std() / (odds + weight * close).std()
    weights = np.array(model.weights, np.float64)
    weights[at] += weight
    products = model.products and replace(
        model.products, weights=(scale * np.array(model.products.weights)).tolist()
    )
    return replace(
        model,
        weights=(scale * weights).tolist(),
        bias=float(scale * (model.bias - weight * usual)),
        products=products,
    )

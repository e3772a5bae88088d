"""A base that the shipped calibration does not know sets its own bar for answering.

Each section is asked for by one of its own questions while its whole article is hidden: whatever is
found then is wrong. The bar is put where most of these would be declined; what counts for and
against a passage stays as it was learned.
"""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from knowledge import decide
from knowledge.decide import Model
from knowledge.search import CANDIDATES, Library
from knowledge.snapshot import PassageRecord

DECLINED = 0.93  # of the questions whose article is hidden
LOWEST, HIGHEST = 0.3, 0.9995
SAMPLED = 150  # questions of each language
FEWEST = 10  # hidden questions below which the shipped bar is kept


def settle(library: Library, as_of: date) -> Model:
    """Find the bar of the library's index and store it there; who loads the index has it."""
    found = fit(library, as_of)
    decide.save(found, library.place / decide.OWN)
    return found


def fit(library: Library, as_of: date) -> Model:
    """The library's model with the bar that its own passages ask for."""
    sures = [
        _sure(library, record, as_of)
        for tongue in library.tongues().values()
        for record in _sampled(one for one in tongue.records if one.holds_on(as_of))
    ]
    if len(sures) < FEWEST:
        return library.model
    bar = float(np.quantile(sures, DECLINED))
    return replace(library.model, answer=round(min(max(bar, LOWEST), HIGHEST), 4))


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


def _sure(library: Library, record: PassageRecord, as_of: date) -> float:
    """How sure the base is of an answer to the record's last question, its article hidden."""
    rows, _ = library.evidence(
        record.questions[-1], record.language, as_of, CANDIDATES, hidden=record.article
    )
    return decide.any_of(library.model.chances(rows)) if len(rows) else 0.0

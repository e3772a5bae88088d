"""Scores of a scorecard, and how far those who judge agree."""

import pytest

from routing.workforce.scoring import BadAnswers, agreement, score

ITEMS = [
    {"code": "greets", "area": "manner", "weight": 1, "fatal": False},
    {"code": "listens", "area": "manner", "weight": 3, "fatal": False},
    {"code": "right", "area": "knowledge", "weight": 4, "fatal": False},
    {"code": "secret", "area": "privacy", "weight": 2, "fatal": True},
]


def test_weights_make_the_score_and_what_did_not_apply_is_left_out() -> None:
    told = score(ITEMS, {"greets": 4, "listens": 2, "right": 3, "secret": 4})
    assert told.score == pytest.approx(100 * (4 + 6 + 12 + 8) / 40)
    assert told.areas == {"manner": 62.5, "knowledge": 75.0, "privacy": 100.0}
    less = score(ITEMS, {"greets": None, "listens": None, "right": 3, "secret": 4})
    assert less.areas == {"knowledge": 75.0, "privacy": 100.0}
    assert less.score == pytest.approx(100 * 20 / 24)


def test_a_failed_fatal_item_fails_all() -> None:
    told = score(ITEMS, {"greets": 4, "listens": 4, "right": 4, "secret": 0})
    assert (told.score, told.fatal) == (0.0, True)
    assert told.areas["manner"] == 100.0  # what was good stays visible
    assert not score(ITEMS, {"greets": 4, "listens": 4, "right": 4, "secret": 1}).fatal


@pytest.mark.parametrize(
    "answers",
    [
        {"greets": 4},
        {"greets": 4, "listens": 4, "right": 4, "secret": 4, "more": 1},
        {"greets": 4, "listens": 4, "right": 4, "secret": None},
        {"greets": 5, "listens": 4, "right": 4, "secret": 4},
    ],
)
def test_answers_that_do_not_fit_are_refused(answers: dict[str, int | None]) -> None:
    with pytest.raises(BadAnswers):
        score(ITEMS, answers)


def test_agreement_counts_pairs_within_a_step() -> None:
    one = {"a": 4, "b": 2, "c": None}
    other = {"a": 3, "b": 0, "c": None}
    assert agreement([one]) == {"share": None, "spread": {}}
    assert agreement([one, other]) == {
        "share": pytest.approx(2 / 3),
        "spread": {"a": 1, "b": 2, "c": None},
    }
    assert agreement([one, one, one])["share"] == 1.0

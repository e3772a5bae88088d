import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge import decide, elsewhere, evidence, sentences
from knowledge.answer import compose
from knowledge.decide import UnfitModel
from tests.knowledge.conftest import TRUSTING


def test_the_shipped_weights_fit_the_evidence() -> None:
    model = decide.load(names=evidence.NAMES)
    assert len(model.weights) == len(evidence.NAMES)
    assert 0 <= model.ask < model.answer < 1
    abroad = decide.load(elsewhere.CALIBRATED, elsewhere.NAMES)
    assert len(abroad.weights) == len(elsewhere.NAMES)


def test_weights_for_other_evidence_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    decide.save(TRUSTING, path)
    assert json.loads(path.read_text())["bias"] == TRUSTING.bias
    with pytest.raises(UnfitModel):
        decide.load(path, names=("other",))


def test_the_fit_separates_what_can_be_separated() -> None:
    rows = np.array([[0.1, 5], [0.2, 4], [0.8, 5], [0.9, 4]], np.float32)
    right = np.array([False, False, True, True])
    chances = decide.fit(rows, right, ridge=0.1).chances(rows)
    assert (chances[2:] > 0.5).all()
    assert (chances[:2] < 0.5).all()


def test_products_tell_what_no_sign_tells_alone(tmp_path: Path) -> None:
    corners = [(-1, -1), (1, 1), (-1, 1), (1, -1)]
    rows = np.array([(x * s, y * s) for x, y in corners for s in (0.8, 0.9, 1.1)], np.float32)
    right = np.array([x == y for x, y in corners for _ in range(3)])
    alone = decide.fit(rows, right, ridge=0.1).chances(rows)
    assert alone == pytest.approx(0.5)
    fitted = decide.fit(rows, right, ridge=0.1, ridge_of_products=0.1)
    assert ((fitted.chances(rows) > 0.5) == right).all()
    model = replace(
        TRUSTING,
        weights=fitted.weights,
        bias=fitted.bias,
        products=fitted.products,
        names=("x", "y"),
    )
    decide.save(model, tmp_path / "model.json")
    read = decide.load(tmp_path / "model.json")
    assert read.chances(rows) == pytest.approx(fitted.chances(rows))


def test_what_lies_far_beyond_the_fitted_is_multiplied_no_further() -> None:
    rows = np.random.default_rng(1).normal(size=(200, 2)).astype(np.float32)
    right = rows[:, 0] * rows[:, 1] > 0
    fitted = decide.fit(rows, right, ridge=0.1, ridge_of_products=0.1)
    assert fitted.products is not None
    far = fitted.products.rows(np.array([[1000, 1000]], np.float32))
    assert far == pytest.approx(decide.FAR**2)


def test_nothing_found_is_nothing_said() -> None:
    assert compose("?", [], [], TRUSTING, "en", 0).verdict == "none"


def test_a_long_passage_is_cut_to_its_best_sentences_word_for_word() -> None:
    text = "It began in 2002. The fee is KRW 500 in 2021. Art. 7 says so. Nobody else pays it."
    assert sentences.split(text)[2] == "Art. 7 says so."
    assert sentences.best(text, "What is the fee?", "en", 8) == "The fee is KRW 500 in 2021."
    assert sentences.best(text, "What is the fee?", "en", 100) == text
    assert sentences.best(text, "What is the fee?", "en", 2) == ""

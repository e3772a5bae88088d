import json
from pathlib import Path

import numpy as np
import pytest

from knowledge import decide, evidence, sentences
from knowledge.answer import compose
from knowledge.decide import UnfitModel
from tests.knowledge.conftest import TRUSTING


def test_the_shipped_weights_fit_the_evidence() -> None:
    model = decide.load(names=evidence.NAMES)
    assert len(model.weights) == len(evidence.NAMES)
    assert 0 <= model.ask < model.answer < 1


def test_weights_for_other_evidence_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    decide.save(TRUSTING, path)
    assert json.loads(path.read_text())["bias"] == TRUSTING.bias
    with pytest.raises(UnfitModel):
        decide.load(path, names=("other",))


def test_the_fit_separates_what_can_be_separated() -> None:
    rows = np.array([[0.1, 5], [0.2, 4], [0.8, 5], [0.9, 4]], np.float32)
    right = np.array([False, False, True, True])
    weights = decide.fit(rows, right, ridge=0.1)
    chances = decide.logistic(rows @ weights[:-1] + weights[-1])
    assert (chances[2:] > 0.5).all()
    assert (chances[:2] < 0.5).all()


def test_nothing_found_is_nothing_said() -> None:
    assert compose("?", [], [], TRUSTING, "en", 0).verdict == "none"


def test_a_long_passage_is_cut_to_its_best_sentences_word_for_word() -> None:
    text = "It began in 2002. The fee is KRW 500 in 2021. Art. 7 says so. Nobody else pays it."
    assert sentences.split(text)[2] == "Art. 7 says so."
    assert sentences.best(text, "What is the fee?", "en", 8) == "The fee is KRW 500 in 2021."
    assert sentences.best(text, "What is the fee?", "en", 100) == text
    assert sentences.best(text, "What is the fee?", "en", 2) == ""

"""A cross-encoder: how well each of some passages answers a question (Nogueira and Cho, 2019)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge.named.folder import UnusableModel
from knowledge.pairs.pair_model import PairModel
from knowledge.pairs.port import Floats


class CrossEncoder:
    """Implements `pairs.port.Reranker`; raises UnusableModel where it gives no single score."""

    def __init__(self, folder: Path) -> None:
        self._model = PairModel(folder)
        _, (given, *_) = self._model.run("a", "b")
        if given.shape != (1,):
            raise UnusableModel(f"it gives a pair {given.size} numbers; a cross-encoder gives one.")

    def scores(self, question: str, passages: Sequence[str]) -> Floats:
        return np.array([self._score(question, one) for one in passages], np.float32)

    def _score(self, question: str, passage: str) -> float:
        _, (given, *_) = self._model.run(question, passage)
        return float(given[0])

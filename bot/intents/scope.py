"""Whether a text is anything like what was trained on, whatever it would be taken for.

A softmax says which intent, and is as sure of words from another world. Three signs together say
whether it is one at all: the energy of the sentence head (its raw scores, not their shares), how
near the nearest trained sentences are, and how sure the characters are. Each is measured in
standard deviations of what trained intents get when they are held out; their sum is the score.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Signs:
    """Of each text, shape (texts,): the higher, the more like what was trained on."""

    energy: Floats
    nearness: Floats
    spelling: Floats

    @classmethod
    def of(cls, sentence_scores: Floats, character_scores: Floats, nearness: Floats) -> "Signs":
        return cls(_energy(sentence_scores), nearness, _sureness(character_scores))

    def stacked(self) -> Floats:
        return np.stack([self.energy, self.nearness, self.spelling], axis=1).astype(np.float32)


class Scope:
    """`score` is 0 for what is usual of a trained intent; `holds` from the bar upwards."""

    def __init__(self, usual: Floats, spread: Floats, bar: float) -> None:
        self._usual, self._spread, self.bar = usual, spread, bar

    @classmethod
    def learn(cls, held_out: Signs, rejected: float) -> "Scope":
        """From signs of trained intents held out; `rejected` is the share of them below the bar."""
        signs = held_out.stacked()
        usual, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-6
        learnt = cls(usual, spread, 0.0)
        return cls(usual, spread, float(np.quantile(learnt.score(held_out), rejected)))

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> "Scope":
        usual, spread, bar = (np.asarray(arrays[f"{name}_{n}"], np.float32) for n in _PARTS)
        return cls(usual, spread, float(bar))

    def arrays(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        parts = (self._usual, self._spread, np.array(self.bar, np.float32))
        return {f"{name}_{part}": value for part, value in zip(_PARTS, parts, strict=True)}

    def score(self, signs: Signs) -> Floats:
        score: Floats = ((signs.stacked() - self._usual) / self._spread).sum(axis=1)
        return score


_PARTS = ("usual", "spread", "bar")


def nearness(vectors: Floats, known: Floats) -> Floats:
    """Mean cosine of each unit vector to the nearest of the known ones."""
    count = min(NEAREST, len(known))
    near = np.partition(vectors @ known.T, len(known) - count, axis=1)[:, len(known) - count :]
    return np.asarray(near.mean(axis=1), np.float32)


def _energy(scores: Floats) -> Floats:
    top = scores.max(axis=1)
    return np.asarray(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)), np.float32)


def _sureness(scores: Floats) -> Floats:
    return np.asarray(np.exp(scores.max(axis=1) - _energy(scores)), np.float32)

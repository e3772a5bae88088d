"""Linear heads: what a sentence vector, or the characters, say for each intent, as raw scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from bot.intents import fitting
from bot.intents.characters import Row
from bot.intents.scope import nearness

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Target:
    """What is learnt: the intent of each text as a number below `kinds`, and the inverse ridge."""

    intents: npt.NDArray[np.int64]
    kinds: int
    strength: float

    def at(self, some: npt.NDArray[np.int64]) -> "Target":
        return Target(self.intents[some], self.kinds, self.strength)


@dataclass(frozen=True, slots=True)
class _Stored:
    """Arrays under names of their own, so that several heads lie in one file."""

    @classmethod
    def of(cls, arrays: Arrays, name: str) -> Self:
        return cls(*(np.asarray(arrays[f"{name}_{f.name}"], np.float32) for f in fields(cls)))

    def arrays(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        return {f"{name}_{f.name}": getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class SentenceHead(_Stored):
    """Weights (dimensions, intents), their bias, the middle of all vectors, and those it knows."""

    weights: Floats
    bias: Floats
    middle: Floats
    known: Floats

    @classmethod
    def learn(cls, vectors: Floats, target: Target, inside: npt.NDArray[np.bool_]) -> Self:
        """`inside` are the vectors that anything could be near to."""
        middle = vectors.mean(axis=0)
        found = fitting.fit(
            [_centred(vectors, middle)], target.intents, target.kinds, target.strength
        )
        return cls(*found, middle, vectors[inside])

    def arrays(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        # Half precision is enough for neighbours, and they are most of what is stored.
        halved = replace(self, known=self.known.astype(np.float16))
        return super(SentenceHead, halved).arrays(name)

    def scores(self, vectors: Floats) -> Floats:
        scores: Floats = _centred(vectors, self.middle) @ self.weights + self.bias
        return scores

    def nearness(self, vectors: Floats) -> Floats:
        return nearness(vectors, self.known)


@dataclass(frozen=True, slots=True)
class CharacterHead(_Stored):
    """Weights (n-grams, intents) and their bias."""

    weights: Floats
    bias: Floats

    @classmethod
    def learn(cls, rows: Sequence[Row], width: int, target: Target) -> Self:
        parts = [fitting.sparse(rows, width)]
        return cls(*fitting.fit(parts, target.intents, target.kinds, target.strength))

    def scores(self, rows: Sequence[Row]) -> Floats:
        scores = [row.weights @ self.weights[row.columns] for row in rows]
        return np.asarray(np.stack(scores) + self.bias, np.float32)


def _centred(vectors: Floats, middle: Floats) -> Floats:
    # Sentence vectors share most of their length; without it C means the same as for n-grams.
    apart: Floats = (vectors - middle) / np.sqrt(1 - float(middle @ middle) + 1e-6)
    return apart

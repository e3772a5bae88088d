"""What a model that reads a question and a passage together may say; both are thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Reranker(Protocol):
    """A cross-encoder."""

    def scores(self, question: str, passages: Sequence[str]) -> Floats:
        """How well each passage answers, of shape (passages,); only their order means something."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """`passage[start:end]` is the likeliest answer; `chance` (0..1) that there is one at all."""

    start: int
    end: int
    chance: float


class Reader(Protocol):
    """An extractive reader of questions, trained to say that there is no answer too."""

    def read(self, question: str, passage: str, begin: int = 0) -> Reading:
        """The answer in `passage[begin:]`; what stands before `begin` is only to be understood."""
        ...

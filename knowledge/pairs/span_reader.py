"""An extractive reader: the span of a passage that answers, weighed against that none does."""

from pathlib import Path

import numpy as np
from tokenizers import Encoding

from knowledge.named.folder import UnusableModel
from knowledge.pairs.pair_model import PairModel
from knowledge.pairs.port import Floats, Reading

LONGEST = 40  # tokens of an answer


class SpanReader:
    """Implements `pairs.port.Reader`; raises UnusableModel where it marks no begin and end.

    The first token stands for "no answer", as in SQuAD 2.0 (Devlin et al., 2019, 4.3): the chance
    that there is one is that of the best span beside it.
    """

    def __init__(self, folder: Path) -> None:
        self._model = PairModel(folder)
        encoded, given = self._model.run("a", "b")
        if [one.shape for one in _begin_and_end(given)] != [(len(encoded.ids),)] * 2:
            raise UnusableModel("it does not mark where an answer begins and ends.")

    def read(self, question: str, passage: str, begin: int = 0) -> Reading:
        encoded, given = self._model.run(question, passage)
        first, last = _begin_and_end(given)
        inside = np.array(_places(encoded, begin), np.int64)
        if not len(inside):
            return Reading(begin, begin, 0.0)
        sums = first[inside][:, None] + last[inside][None, :]
        spans = np.triu(np.ones_like(sums)) - np.triu(np.ones_like(sums), LONGEST)
        sums = np.where(spans > 0, sums, -np.inf)
        at, until = np.unravel_index(int(np.argmax(sums)), sums.shape)
        none = first[0] + last[0]
        return Reading(
            start=encoded.offsets[inside[at]][0],
            end=encoded.offsets[inside[until]][1],
            chance=float(1 / (1 + np.exp(np.clip(none - sums[at, until], -30, 30)))),
        )


def _begin_and_end(given: list[Floats]) -> list[Floats]:
    """The score of each token as the first and as the last of an answer.

    Graphs give them as two outputs, or as one of two columns.
    """
    if len(given) == 1 and given[0].ndim == 2 and given[0].shape[1] == 2:
        return [given[0][:, 0], given[0][:, 1]]
    return given[:2]


def _places(encoded: Encoding, begin: int) -> list[int]:
    """The tokens of the passage from character `begin` on."""
    return [
        at
        for at, (of, (start, _)) in enumerate(
            zip(encoded.sequence_ids, encoded.offsets, strict=True)
        )
        if of == 1 and start >= begin
    ]

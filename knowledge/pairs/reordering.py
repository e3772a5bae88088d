"""The first passages found, put in the order of a reranker, on the scale of what found them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from knowledge.pairs.port import Reranker
from knowledge.ranking import Floats, Scores, Tongue, highest

FIRST = 8  # passages that are read; as many as the decision weighs


def reordered(
    reranker: Reranker | None,
    text: str,
    tongue: Tongue,
    scores: Scores,
    among: npt.NDArray[np.bool_],
) -> Scores:
    """`scores` with those of the first passages `among` the tongue's given out anew.

    The one that answers best has the highest of them, and so on: order is the reranker's, while
    how high a leader stands, and how far ahead, keep the scale that the decision was fitted on.
    """
    if reranker is None:
        return scores
    first = _first(scores.fused, among)
    passages = [tongue.records[at].embedded for at in first]
    order = np.argsort(-reranker.scores(text, passages), kind="stable")
    fused = scores.fused.copy()
    fused[np.array(first)[order]] = scores.fused[first]
    return replace(scores, fused=fused)


def _first(fused: Floats, among: npt.NDArray[np.bool_]) -> Sequence[int]:
    held = np.where(among, fused, np.float32(-np.inf))
    return [at for at in highest(held, FIRST) if among[at]]

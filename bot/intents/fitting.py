"""The weights of a multinomial logistic regression over sparse and dense features together.

Only for training: it needs scipy, which Rasa's environment has and the desk's has not.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.intents.characters import Row

Floats = npt.NDArray[np.float32]

STEPS = 150
ENOUGH = 1e-5  # the loss must fall by this share a step, or it is over
REMEMBERED = 6  # earlier steps that L-BFGS keeps


def sparse(rows: Sequence[Row], width: int) -> Any:
    """The rows as one scipy matrix of shape (len(rows), width)."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only to train

    columns = np.concatenate([row.columns for row in rows])
    weights = np.concatenate([row.weights for row in rows])
    ends = np.cumsum([0, *(len(row.columns) for row in rows)])
    return csr_matrix((weights, columns, ends), shape=(len(rows), width), dtype=np.float32)


def fit(
    parts: Sequence[Any], intents: npt.NDArray[np.int64], kinds: int, strength: float
) -> tuple[Floats, Floats]:
    """Weights of shape (features, kinds) and bias; every kind counts alike, however many it has.

    `parts` are matrices of the same number of rows, sparse or dense, side by side. `strength` is
    the inverse of the ridge, as in scikit-learn's C.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - only to train

    widths = np.cumsum([0, *(part.shape[1] for part in parts)])
    turned = [part.T.tocsr() if hasattr(part, "tocsr") else part.T for part in parts]
    counts = np.maximum(np.bincount(intents, minlength=kinds), 1)
    share = len(intents) / (kinds * counts)
    pull = (share[intents] * strength).astype(np.float32)[:, None]
    rows = np.arange(len(intents))

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.reshape(-1, kinds).astype(np.float32)
        scores = sum(
            part @ weights[widths[n] : widths[n + 1]] for n, part in enumerate(parts)
        ) + weights[-1]  # fmt: skip
        shifted = scores - scores.max(axis=1, keepdims=True)
        chances = np.exp(shifted)
        total = chances.sum(axis=1, keepdims=True)
        miss = -float((pull[:, 0] * (shifted[rows, intents] - np.log(total[:, 0]))).sum())
        error = chances / total
        error[rows, intents] -= 1
        error *= pull
        slope = np.vstack([*(part @ error for part in turned), error.sum(axis=0)[None]])
        slope[:-1] += weights[:-1]
        ridge = float((weights[:-1].astype(np.float64) ** 2).sum()) / 2
        return miss + ridge, slope.ravel().astype(np.float64)

    start = np.zeros((int(widths[-1]) + 1) * kinds)
    options = {"maxiter": STEPS, "maxcor": REMEMBERED, "ftol": ENOUGH, "gtol": 1e-3 * strength}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    weights = found.x.reshape(-1, kinds).astype(np.float32)
    return weights[:-1], weights[-1]

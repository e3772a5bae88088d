"""Whether the best passage is good enough: a logistic model over the evidence, kept as JSON.

Beside the signs themselves it may weigh their products: that a word is missing tells more where
nothing else speaks for the passage.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OWN = "decision.json"  # beside an index that the shipped calibration does not know
CALIBRATED = Path(__file__).parent / "calibration" / "weights.json"


STEPS = 20  # of Newton; half of them are enough
FAR = 2.0  # spreads from the usual beyond which a sign is multiplied as if it were there


@dataclass(frozen=True, slots=True)
class Products:
    """What two signs say together, a weight for each pair (i < j, row after row).

    A sign is taken in `spread`s from what is `usual` of it, at most FAR of them: on another base
    it may lie where nothing was fitted.
    """

    usual: Sequence[float]
    spread: Sequence[float]
    weights: Sequence[float]

    @classmethod
    def of(cls, rows: npt.NDArray[np.float32]) -> "Products":
        """Those of such rows, before anything is known of their weights."""
        usual, spread = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
        return cls(usual.tolist(), (spread + 1e-6).tolist(), ())

    def rows(self, evidence: npt.NDArray[np.float32]) -> Floats:
        """The products of each row, of shape (rows, pairs)."""
        signs = ((evidence - np.array(self.usual)) / np.array(self.spread)).clip(-FAR, FAR)
        one, other = _pairs(signs.shape[1])
        both: Floats = signs[:, one] * signs[:, other]
        return both


@dataclass(frozen=True, slots=True)
class Fit:
    """logistic(evidence . weights + bias), with `products` also of theirs."""

    weights: Sequence[float]
    bias: float
    products: Products | None = None

    def chances(self, evidence: npt.NDArray[np.float32]) -> Floats:
        """P for each row of `evidence` (rows, len(weights))."""
        scores = evidence @ np.array(self.weights) + self.bias
        if self.products is not None:
            scores = scores + self.products.rows(evidence) @ np.array(self.products.weights)
        return logistic(scores)


@dataclass(frozen=True, slots=True)
class Model:
    """P(passage holds the asked fact), by a `Fit` on the evidence called `names`.

    Where the chance that any candidate holds it is `answer` or more, the best are said; by `ask`
    below that a short question may be asked back; lower still the base is taken not to hold the
    answer. `fingerprint` names the encoder that the fit was made with.
    """

    names: Sequence[str]
    weights: Sequence[float]
    bias: float
    answer: float
    ask: float
    fingerprint: str
    products: Products | None = None

    def chances(self, evidence: npt.NDArray[np.float32]) -> Floats:
        """P for each row of `evidence` (rows, len(names))."""
        return Fit(self.weights, self.bias, self.products).chances(evidence)


@cache
def _pairs(signs: int) -> tuple[npt.NDArray[np.intp], ...]:
    return np.triu_indices(signs, 1)


def any_of(chances: npt.ArrayLike) -> float:
    """The chance that at least one of several passages holds the fact, taken as independent."""
    return float(1 - np.prod(1 - np.asarray(chances, np.float64)))


class UnfitModel(ValueError):
    """The stored weights are not for this evidence; the message says how to mend it."""


def load(path: Path = CALIBRATED, names: Sequence[str] | None = None) -> Model:
    """The stored model; raises UnfitModel when it weighs other evidence than `names`."""
    read = json.loads(path.read_text(encoding="utf-8"))
    if read.get("products"):
        read["products"] = Products(**read["products"])
    model = Model(**read)
    if names is not None and tuple(model.names) != tuple(names):
        raise UnfitModel(f"{path.name} weighs other evidence: fit it anew with ./desk calibrate.")
    return model


def save(model: Model, path: Path = CALIBRATED) -> None:
    path.write_text(json.dumps(asdict(model), indent=2) + "\n", encoding="utf-8")


def fit(
    rows: npt.NDArray[np.float32],
    right: npt.NDArray[np.bool_],
    ridge: float,
    ridge_of_products: float | None = None,
) -> Fit:
    """An L2-regularised logistic regression on raw evidence, and its products if they have a ridge.

    A ridge pulls the weights of standardised columns to zero.
    """
    if ridge_of_products is None:
        weights, bias = _regression(rows, right, np.full(rows.shape[1], ridge))
        return Fit(_rounded(weights), _rounded([bias])[0])
    products = Products.of(rows)
    columns = np.hstack([rows, products.rows(rows)])
    ridges = np.full(columns.shape[1], ridge_of_products)
    ridges[: rows.shape[1]] = ridge
    weights, bias = _regression(columns, right, ridges)
    alone, together = _rounded(weights[: rows.shape[1]]), _rounded(weights[rows.shape[1] :])
    return Fit(alone, _rounded([bias])[0], replace(products, weights=together))


def _regression(
    rows: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], ridges: Floats
) -> tuple[Floats, float]:
    """Weights and bias by Newton's method on standardised columns, a ridge for each column."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))]).astype(np.float64)
    penalty = np.append(ridges, 0.0)
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = logistic(x @ weights)
        gradient = x.T @ (p - right) + penalty * weights
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curve, gradient)
    plain = weights[:-1] / scale
    return plain, float(weights[-1] - plain @ mean)


def _rounded(values: npt.ArrayLike) -> list[float]:
    return [round(value, 6) for value in np.asarray(values, np.float64).tolist()]


def logistic(x: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float64)

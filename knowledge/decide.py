"""Whether the best passage is good enough: a logistic model over the evidence, kept as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OWN = "decision.json"  # beside an index that the shipped calibration does not know
CALIBRATED = Path(__file__).parent / "calibration" / "weights.json"


@dataclass(frozen=True, slots=True)
class Model:
    """P(passage holds the asked fact) = logistic(evidence . weights + bias).

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

    def chances(self, evidence: npt.NDArray[np.float32]) -> Floats:
        """P for each row of `evidence` (rows, len(names))."""
        return logistic(evidence @ np.array(self.weights) + self.bias)


def any_of(chances: npt.ArrayLike) -> float:
    """The chance that at least one of several passages holds the fact, taken as independent."""
    return float(1 - np.prod(1 - np.asarray(chances, np.float64)))


class UnfitModel(ValueError):
    """The stored weights are not for this evidence; the message says how to mend it."""


def load(path: Path = CALIBRATED, names: Sequence[str] | None = None) -> Model:
    """The stored model; raises UnfitModel when it weighs other evidence than `names`."""
    model = Model(**json.loads(path.read_text(encoding="utf-8")))
    if names is not None and tuple(model.names) != tuple(names):
        raise UnfitModel(f"{path.name} weighs other evidence: fit it anew with ./desk calibrate.")
    return model


def save(model: Model, path: Path = CALIBRATED) -> None:
    path.write_text(json.dumps(asdict(model), indent=2) + "\n", encoding="utf-8")


def fit(rows: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], ridge: float) -> Floats:
    """Weights and, last, the bias of an L2-regularised logistic regression on raw evidence.

    Newton's method on standardised columns; `ridge` pulls the standardised weights to zero.
    """
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))]).astype(np.float64)
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 0
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = logistic(x @ weights)
        gradient = x.T @ (p - right) + penalty * weights
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curve, gradient)
    plain = weights[:-1] / scale
    return np.append(plain, weights[-1] - float(plain @ mean))


def logistic(x: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float64)

"""Shares, areas and their bootstrap intervals: numpy alone, so both environments can count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DRAWS = 1000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A value between 0 and 1 with the middle 95 % of what resampled sets give."""

    value: float
    low: float
    high: float
    count: int


def share(hits: Sequence[bool]) -> Figure:
    return _figure(lambda sample: float(sample.mean()), np.asarray(hits, np.float64))


def auroc(inside: Sequence[float], outside: Sequence[float]) -> Figure:
    """The chance that something inside scores above something outside; a tie counts half."""
    return _figure(_auroc, np.asarray(inside, np.float64), np.asarray(outside, np.float64))


def fpr95(inside: Sequence[float], outside: Sequence[float]) -> Figure:
    """The share of what is outside that gets in where 95 % of what is inside does."""
    return _figure(_fpr95, np.asarray(inside, np.float64), np.asarray(outside, np.float64))


def _figure(of: Callable[..., float], *sets: Floats) -> Figure:
    chance = np.random.default_rng(0)
    drawn = [of(*(chance.choice(one, len(one)) for one in sets)) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(of(*sets), float(low), float(high), sum(len(one) for one in sets))


def _auroc(inside: Floats, outside: Floats) -> float:
    ordered = np.sort(outside)
    below = np.searchsorted(ordered, inside, "left")
    level = np.searchsorted(ordered, inside, "right")
    return float((below + level).mean() / (2 * len(outside)))


def _fpr95(inside: Floats, outside: Floats) -> float:
    return float((outside >= np.quantile(inside, 1 - LEVEL)).mean())

"""What a question set came to: shares with bootstrap intervals, and the table of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DEPTH = 10
RESAMPLED = 1000
LEVEL = 95  # per cent of resampled means that an interval holds

Rank = int | None  # of the first right passage, 1 the best; None beyond DEPTH


@dataclass(frozen=True, slots=True)
class Share:
    """A mean of values between 0 and 1, and the interval of its bootstrap."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f} {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Figures:
    """Recall at 1 and 5 and the mean reciprocal rank within ten, of one system on one set."""

    name: str
    system: str
    questions: int
    recall_1: Share
    recall_5: Share
    reciprocal: Share


def of(name: str, system: str, ranks: Sequence[Rank]) -> Figures:
    """The figures of a set's ranks."""
    return Figures(
        name,
        system,
        len(ranks),
        share(rank == 1 for rank in ranks),
        share(rank is not None and rank <= 5 for rank in ranks),
        share(1 / rank if rank else 0.0 for rank in ranks),
    )


def share(values: Iterable[float]) -> Share:
    """The mean of `values` with its interval; the same values give the same interval."""
    told: npt.NDArray[np.float64] = np.array(list(values), np.float64)
    if not len(told):
        return Share(0.0, 0.0, 0.0)
    draw = np.random.default_rng(0)
    means = [told[draw.integers(0, len(told), len(told))].mean() for _ in range(RESAMPLED)]
    low, high = np.percentile(means, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return Share(float(told.mean()), float(low), float(high))


def table(found: Sequence[Figures]) -> str:
    """One line for each system on each set, with the ratio of its recall@1 to that of words."""
    lines = [f"{'set':<26}{'system':<12}{'n':>6}  {'recall@1':<21}{'recall@5':<21}{'MRR@10':<21}"]
    lines += [
        f"{one.name:<26}{one.system:<12}{one.questions:>6}  "
        f"{one.recall_1!s:<21}{one.recall_5!s:<21}{one.reciprocal!s:<21}"
        for one in found
    ]
    return "\n".join(line.rstrip() for line in lines)

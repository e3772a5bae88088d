"""Small plots, laid out on the server: the geometry here, the drawing in `parts/plot.html`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 640, 210, 100, 20, 30, 14
MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar from the bottom line up, in the plot's own units; `label` stands below some."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars, and where given a band around each (low to high)."""

    bars: Sequence[Mark]
    bands: Sequence[Mark]
    ticks: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def bars(
    labels: Sequence[str],
    values: Sequence[float | None],
    ticks: Sequence[tuple[float, str]],
    bands: Sequence[tuple[float, float]] = (),
) -> Plot:
    """A bar for each value; where there is none, none is drawn. `ticks` are (value, text)."""
    highest = max((at for at, _ in ticks), default=1.0) or 1.0
    room = HEIGHT - BOTTOM - TOP
    each = (WIDTH - LEFT - RIGHT) / max(len(values), 1)
    every = math.ceil(len(values) / MOST_LABELS) if values else 1
    base = HEIGHT - BOTTOM

    def mark(index: int, low: float, high: float, share: float) -> Mark:
        tall = (high - low) / highest * room
        left = LEFT + each * (index + (1 - share) / 2)
        label = labels[index] if index % every == 0 else ""
        top = base - high / highest * room
        return Mark(round(left, 2), round(top, 2), round(each * share, 2), round(tall, 2), label)

    return Plot(
        bars=[mark(i, 0, v or 0, 0.7) for i, v in enumerate(values)],
        bands=[mark(i, low, high, 0.3) for i, (low, high) in enumerate(bands)],
        ticks=[Tick(round(base - at / highest * room, 2), text) for at, text in ticks],
    )


def scale(values: Sequence[float | None]) -> list[float]:
    """Round whole numbers for the side of a plot, from 0 to above the highest value."""
    highest = max((v for v in values if v is not None), default=0.0)
    if highest <= 1:
        return [0.0, 1.0]
    unit = 10.0 ** math.floor(math.log10(highest))
    # Contacts and seconds are told without decimals: a smaller step would say one number twice.
    step = max(1.0, next(unit * m for m in (0.5, 1, 2, 5) if highest / (unit * m) <= 4))
    return [step * n for n in range(math.ceil(highest / step) + 1)]

"""Curves as SVG, with axes from 0 to 1 or as told: no plotting library for two pictures."""

from collections.abc import Mapping, Sequence
from html import escape

Point = tuple[float, float]
Curves = Mapping[str, Sequence[Point]]

WIDTH, HEIGHT, MARGIN = 560, 360, 56
COLOURS = ("#0b5fa5", "#b3261e", "#2e7d32", "#6a1b9a", "#8a5a00", "#455a64")


def curves(
    title: str,
    across: str,
    upward: str,
    drawn: Curves,
    x: Point = (0, 1),
    y: Point = (0, 1),
) -> str:
    """One picture: `drawn` holds the points of each named curve, `x` and `y` the axes' ends."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 24}">',
        "<style>text {font: 12px sans-serif}</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT + 24}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="20">{escape(title)}</text>',
        *_axes(across, upward, x, y),
    ]
    for at, (name, points) in enumerate(drawn.items()):
        parts += _curve(at, name, [(_right(px, x), _down(py, y)) for px, py in points])
    return "\n".join([*parts, "</svg>", ""])


def _right(value: float, ends: Point) -> float:
    return MARGIN + (value - ends[0]) / (ends[1] - ends[0]) * (WIDTH - 2 * MARGIN)


def _down(value: float, ends: Point) -> float:
    return HEIGHT - MARGIN - (value - ends[0]) / (ends[1] - ends[0]) * (HEIGHT - 2 * MARGIN)


def _axes(across: str, upward: str, x: Point, y: Point) -> list[str]:
    turned = f"translate(14 {HEIGHT / 2:.0f}) rotate(-90)"
    parts = [
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 16}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="{turned}" text-anchor="middle">{escape(upward)}</text>',
    ]
    for step in range(6):
        right, down = (ends[0] + step / 5 * (ends[1] - ends[0]) for ends in (x, y))
        left, top = _right(right, x), _down(down, y)
        below = HEIGHT - MARGIN + 16
        parts += [
            f'<path d="M{MARGIN} {top:.1f}H{WIDTH - MARGIN}" stroke="#ddd"/>',
            f'<text x="{MARGIN - 6}" y="{top + 4:.1f}" text-anchor="end">{down:.2f}</text>',
            f'<text x="{left:.1f}" y="{below}" text-anchor="middle">{right:.2f}</text>',
        ]
    return parts


def _curve(at: int, name: str, points: Sequence[Point]) -> list[str]:
    colour = COLOURS[at % len(COLOURS)]
    path = " ".join(f"{right:.1f},{down:.1f}" for right, down in points)
    legend = MARGIN + at * (WIDTH - 2 * MARGIN) / 4
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<rect x="{legend:.0f}" y="{HEIGHT}" width="12" height="12" fill="{colour}"/>',
        f'<text x="{legend + 16:.0f}" y="{HEIGHT + 10}">{escape(name)}</text>',
    ]

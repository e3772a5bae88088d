"""The figures that were last written down, and how those of today differ from them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from knowledge.proof.figures import Figures

STORED = Path(__file__).with_name("baseline.json")

Stored = Mapping[str, Mapping[str, float]]  # figures of this desk by set


def read(path: Path = STORED) -> Stored:
    """What is stored; nothing where no figure ever was."""
    try:
        stored: Stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return stored


def write(found: Stored, path: Path = STORED) -> None:
    """Store `found` beside what other sets have."""
    merged = {**read(path), **found}
    path.write_text(json.dumps(merged, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def of(found: Sequence[Figures]) -> dict[str, dict[str, float]]:
    """Figures in the form that is stored."""
    return {
        one.name: {
            "recall_1": round(one.recall_1.mean, 4),
            "recall_5": round(one.recall_5.mean, 4),
            "reciprocal": round(one.reciprocal.mean, 4),
        }
        for one in found
    }


def deltas(found: Stored, stored: Stored) -> str:
    """One line for each set that both know: today's figures, and the change in brackets."""
    lines = []
    for name, figures in found.items():
        before = stored.get(name)
        if before is None:
            lines.append(f"{name:<26} not in the baseline")
            continue
        parts = (
            f"{figure} {value:.3f} ({value - before[figure]:+.3f})"
            for figure, value in figures.items()
            if figure in before
        )
        lines.append(f"{name:<26} " + "  ".join(parts))
    return "\n".join(lines)

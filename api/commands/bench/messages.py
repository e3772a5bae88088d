"""What the benchmarks say to a desk."""

import json
import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def chosen(count: int) -> list[tuple[str, str]]:
    """(language, question): the calibration questions in an order fixed by a seed.

    None comes twice before all have come once, so that a desk just started remembers none of them.
    """
    pool: list[tuple[str, str]] = []
    for file in sorted((ROOT / "knowledge" / "calibration").glob("questions.*.jsonl")):
        for line in file.read_text().splitlines():
            asked = json.loads(line)
            pool.append((asked["language"], asked["question"]))
    pool = list(dict.fromkeys(pool))
    random.Random(20).shuffle(pool)
    return (pool * (1 + count // len(pool)))[:count]

"""Arrays in a file of Rasa's model: nothing in it can run, and nothing is scanned to read it.

skops would do too, but importing it reads every name of every loaded module, ten seconds of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np


def keep(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez_compressed(path, **arrays)


def kept(path: Path) -> dict[str, np.ndarray]:
    """What `keep` wrote; raises ValueError for an array of objects."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)

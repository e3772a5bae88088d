"""Arrays in Rasa's model storage: nothing in the file can run, and nothing is scanned to read it.

skops would do too, but importing it reads every name of every loaded module, ten seconds of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

_FILE = "arrays.npz"


def keep(storage: ModelStorage, resource: Resource, arrays: Mapping[str, np.ndarray]) -> None:
    with storage.write_to(resource) as folder:
        np.savez_compressed(folder / _FILE, **arrays)


def kept(storage: ModelStorage, resource: Resource) -> dict[str, np.ndarray]:
    """What `keep` wrote; raises ValueError for an array of objects."""
    with (
        storage.read_from(resource) as folder,
        np.load(folder / _FILE, allow_pickle=False) as arrays,
    ):
        return dict(arrays)

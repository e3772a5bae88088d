"""Fitted scikit-learn objects in Rasa's model storage, without pickle."""

from __future__ import annotations

from typing import Any

import skops.io
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage


def keep(storage: ModelStorage, resource: Resource, name: str, fitted: Any) -> None:
    with storage.write_to(resource) as folder:
        skops.io.dump(fitted, folder / name)


def kept(storage: ModelStorage, resource: Resource, name: str) -> Any:
    """Load what `keep` wrote; raises when the file holds a type nobody vouched for."""
    with storage.read_from(resource) as folder:
        file = folder / name
        # scipy's and numpy's own numbers are all that these objects hold beyond sklearn's types.
        vouched = [t for t in skops.io.get_untrusted_types(file=file) if _harmless(t)]
        return skops.io.load(file, trusted=vouched)


def _harmless(type_name: str) -> bool:
    return type_name.startswith(("numpy.", "scipy.sparse.", "sklearn."))

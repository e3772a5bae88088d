"""Which embedding model serves: the packaged one, or the one that EMBEDDING_MODEL names."""

from collections.abc import Callable, Iterator
from pathlib import Path

from crm.settings import PACKAGED_MODEL
from knowledge.encoder import MissingModel
from knowledge.named import build as named
from knowledge.packaged import build as packaged

Say = Callable[[str], None]


def ensure(name: str, models: Path, say: Say) -> Path:
    """The prepared model's folder under `models`; raises MissingModel when it cannot be had."""
    if name == PACKAGED_MODEL:
        return packaged.ensure(models, say)
    return named.ensure(name, models, say)


def is_built(name: str, models: Path) -> bool:
    """Whether the model is prepared, without preparing it."""
    if name == PACKAGED_MODEL:
        return packaged.is_built(models)
    try:
        return (named.place(name, models) / "model.json").exists()
    except MissingModel:
        return False


def prepared(models: Path) -> Iterator[Path]:
    """Every prepared model's folder, the one that was prepared last first."""
    records = models.glob("*/model.json")
    yield from (one.parent for one in sorted(records, key=_age) if one.parent.name[0] != ".")


def _age(path: Path) -> float:
    return -path.stat().st_mtime

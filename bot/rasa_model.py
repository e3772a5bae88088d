"""Which Rasa model belongs to the files at hand; standard library only, asked before training."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

# The understanding, with what writes and feeds the encoder of English that lies in the model.
UNDERSTANDING = ("bot/intents", "knowledge/encoder.py", "knowledge/named", "knowledge/packaged")
# All that changes what a trained model is; what runs beside the model (checks, spotting) does not.
_PARTS = (
    "config.yml",
    "bot/rasa/domain",
    "bot/rasa/data",
    "bot/rasa/components",
    *UNDERSTANDING,
    "bot/rasa/requirements.lock",
)


def fingerprint(root: Path) -> str:
    """Twelve hex digits of everything that the model was made from."""
    digest = hashlib.sha256()
    for file in files(root, _PARTS):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def model_file(root: Path, folder: Path) -> Path:
    """Where the model of these files lies or would lie."""
    return folder / f"model-{fingerprint(root)}.tar.gz"


def stale(root: Path, folder: Path) -> bool:
    return not model_file(root, folder).is_file()


def files(root: Path, parts: Sequence[str]) -> list[Path]:
    """All files of these parts of the house, always in the same order."""
    found: list[Path] = []
    for part in parts:
        path = root / part
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [f for f in found if f.is_file() and "__pycache__" not in f.parts]

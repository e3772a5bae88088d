"""From a named model to the folder that the encoder reads: 8-bit graph, tokenizer, record."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from knowledge.named import tensors
from knowledge.named.folder import Described, UnusableModel, describe
from knowledge.packaged import build as packaged
from knowledge.packaged import graph

HUB = re.compile(r"(?P<model>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)")
# Never a pickle, never a program.
FETCHED = ("*.json", "*.safetensors", "onnx/model.onnx")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of model: the setting that names one, what it is called, how its folder is read."""

    setting: str
    noun: str
    describe: Callable[[Path], Described]


EMBEDDING = Kind("EMBEDDING_MODEL", "Embedding model", describe)


def ensure(name: str, models: Path, say: Say, kind: Kind = EMBEDDING) -> Path:
    """The folder under `models` of the model that `name` names, built if it is missing.

    `name` is a path or MODEL@REVISION of the hub; raises UnusableModel.
    """
    built = place(name, models, kind)
    if (built / "model.json").exists():
        return built
    with told_of(kind, name):
        described = kind.describe(_folder(name))
        say(f"{kind.noun}: preparing {name}")
        scratch = built.with_name(f".{built.name}")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        write(name, described, scratch)
    shutil.rmtree(built, ignore_errors=True)
    scratch.rename(built)
    return built


@contextmanager
def told_of(kind: Kind, name: str) -> Iterator[None]:
    """What a model lacks, said with the setting and the name before it."""
    try:
        yield
    except UnusableModel as error:
        raise UnusableModel(f"{kind.setting}={name}: {error}") from error


def place(name: str, models: Path, kind: Kind = EMBEDDING) -> Path:
    """Where the prepared model stands; a changed file of a local folder is another place."""
    digest = hashlib.sha256(name.encode())
    if not HUB.fullmatch(name):
        with told_of(kind, name):
            described = kind.describe(Path(name))
        told = described.source.stat()
        digest.update(f"{told.st_size} {told.st_mtime_ns}".encode())
        digest.update(repr(described).encode())
    return models / f"named-{digest.hexdigest()[:16]}"


def _folder(name: str) -> Path:
    hub = HUB.fullmatch(name)
    if hub is None:
        return Path(name)
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only where a hub is named

    try:
        found = snapshot_download(
            hub["model"], revision=hub["revision"], allow_patterns=list(FETCHED)
        )
    except (OSError, ValueError, RuntimeError) as error:  # all of the hub's errors are among them
        raise UnusableModel(
            f"it could not be had from the hub ({type(error).__name__}): check the name, the "
            "revision and the network, or name a local folder."
        ) from error
    return Path(found)


def write(name: str, described: Described, folder: Path) -> None:
    """Graph, tokenizer and record of a model into the folder that the encoder will read."""
    if described.onnx is not None:
        shutil.copy(described.onnx, folder / "model.onnx")
    else:
        weights = tensors.read(described.weights, described.config, described.head)
        packaged.write_model(graph.write(weights, described.head), folder / "model.onnx")
    shutil.copy(described.folder / "tokenizer.json", folder / "tokenizer.json")
    _record(name, described, folder)


def _record(name: str, described: Described, folder: Path) -> None:
    files = {file: packaged.sha256(folder / file) for file in ("model.onnx", "tokenizer.json")}
    record = {"id": name, "sha256": files, **described.fed}
    (folder / "model.json").write_text(json.dumps(record, indent=2) + "\n")

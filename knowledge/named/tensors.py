"""The weights of a BERT-like model from its safetensors file, as `packaged.graph` asks for them."""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.named.folder import Head, UnusableModel, first_position
from knowledge.packaged.graph import FIRST, LAST
from knowledge.packaged.weights import BLOCK, Bytes, Floats, Shape

FAMILIES = ("bert", "roberta", "xlm-roberta", "camembert")
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
}
MOST_HEADER = 100_000_000


@dataclass(frozen=True, slots=True)
class Tensors:
    """A safetensors file, mapped; names are those of `packaged.weights`."""

    shape: Shape
    raw: npt.NDArray[np.uint8]
    places: dict[str, dict[str, Any]]
    prefix: str
    head: Head | None = None

    def floats(self, name: str, *shape: int) -> Floats:
        """The tensor `name` as fp32 of `shape`."""
        place = self._place(name)
        if math.prod(place["shape"]) != math.prod(shape):
            raise UnusableModel(f"its {name} has shape {place['shape']}, not {shape}.")
        start, end = place["data_offsets"]
        if end > len(self.raw):
            raise UnusableModel("its weights are cut short.")
        stored = self.raw[start:end]
        if place["dtype"] == "BF16":
            wide = stored.view("<u2").astype("<u4") << 16
            return wide.view("<f4").reshape(shape)
        kinds = {"F32": "<f4", "F16": "<f2"}
        if place["dtype"] not in kinds:
            raise UnusableModel(f"weights of type {place['dtype']} are not known.")
        return stored.view(kinds[place["dtype"]]).astype(np.float32).reshape(shape)

    def blocks(self, name: str, count: int) -> tuple[Bytes, Floats]:
        """`count` weights in 8 bits: int8 levels of shape (blocks, 32), one fp32 scale a block."""
        rows = self.floats(name, count).reshape(-1, BLOCK)
        scales = np.maximum(np.abs(rows).max(axis=1), 1e-12) / 127
        return np.rint(rows / scales[:, None]).astype(np.int8), scales.astype(np.float32)

    def kind(self) -> Floats:
        """The vector of token type 0, the only one that is ever used."""
        rows = self._place("emb.type")["shape"][0]
        first: Floats = self.floats("emb.type", rows, self.shape.hidden)[0]
        return first

    def _place(self, name: str) -> dict[str, Any]:
        stored = stored_name(name, self.head)
        if stored not in self.places:
            stored = self.prefix + stored  # heads stand beside the encoder, a pooler within it
        try:
            return self.places[stored]
        except KeyError:
            raise UnusableModel(f"its weights lack {stored}.") from None


def read(path: Path, config: dict[str, Any], head: Head | None = None) -> Tensors:
    """Map the file; raises UnusableModel for another family of models or a damaged file."""
    family = config.get("model_type")
    if family not in FAMILIES or config.get("hidden_act") != "gelu":
        raise UnusableModel(
            f"models of the kind {family!r} are served from an ONNX file only: "
            "put one at onnx/model.onnx in its folder."
        )
    raw = np.memmap(path, np.uint8, "r")
    try:
        (length,) = struct.unpack("<Q", raw[:8].tobytes())
        if length > min(MOST_HEADER, len(raw) - 8):
            raise ValueError("header beyond the file")  # noqa: TRY301 - both are damage
        places = json.loads(raw[8 : 8 + length].tobytes())
    except (struct.error, ValueError) as error:
        raise UnusableModel(f"its {path.name} is damaged: {error}.") from error
    places.pop("__metadata__", None)
    marker = EMBEDDINGS["emb.word"]
    prefix = next((name.removesuffix(marker) for name in places if name.endswith(marker)), "")
    return Tensors(_shape(config), raw[8 + length :], places, prefix, head)


def _shape(config: dict[str, Any]) -> Shape:
    try:
        shape = _told(config)
    except KeyError as error:
        raise UnusableModel(f"its config.json lacks {error}.") from None
    if shape.hidden % BLOCK:
        raise UnusableModel(f"its states of {shape.hidden} numbers are no multiple of {BLOCK}.")
    return shape


def _told(config: dict[str, Any]) -> Shape:
    return Shape(
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        inner=config["intermediate_size"],
        vocabulary=config["vocab_size"],
        positions=config["max_position_embeddings"],
        token_types=config["type_vocab_size"],
        epsilon=config["layer_norm_eps"],
        pad=config.get("pad_token_id", 0),
        first_position=first_position(config),
    )


def stored_name(name: str, head: Head | None = None) -> str:
    """What transformers calls the tensor that `packaged.graph` calls `name`."""
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    part, _, kind = name.rpartition(".")
    ending = {"w": "weight", "b": "bias"}[kind]
    if part == "emb.ln":
        return f"embeddings.LayerNorm.{ending}"
    if head is not None and part in (FIRST, LAST):
        return f"{head.first if part == FIRST else head.last}.{ending}"
    layer, _, place = part.partition(".")
    return f"encoder.layer.{layer.removeprefix('l')}.{LAYER[place]}.{ending}"

"""What a sentence-transformers folder says about itself: how texts are put in and rows come out.

The files are those that `SentenceTransformer.save` writes (modules.json, <n>_Pooling/config.json,
sentence_bert_config.json, config_sentence_transformers.json) around a Hugging Face model.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from knowledge.encoder import MissingModel

Pooling = Literal["mean", "cls"]

POOLINGS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
}
ONNX = ("onnx/model.onnx", "model.onnx")
WEIGHTS = "model.safetensors"


class UnusableModel(MissingModel):
    """The named model cannot serve here; the message says why and what would."""


@dataclass(frozen=True, slots=True)
class Described:
    """A model folder. `onnx` is its ready graph if it has one, else `weights` are converted."""

    folder: Path
    config: dict[str, Any]
    pooling: Pooling
    query_prefix: str
    passage_prefix: str
    max_tokens: int
    onnx: Path | None
    weights: Path

    @property
    def source(self) -> Path:
        """The file that makes its vectors what they are."""
        return self.onnx or self.weights


def describe(folder: Path) -> Described:
    """Read `folder`; raises UnusableModel naming what it lacks."""
    if not folder.is_dir():
        raise UnusableModel(f"EMBEDDING_MODEL names {folder}, and there is no such folder.")
    modules = _json(folder, "modules.json")
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    if strange := set(kinds) - {"Transformer", "Pooling", "Normalize"}:
        raise UnusableModel(
            f"EMBEDDING_MODEL: {folder} has a layer that is not known here ({', '.join(strange)})."
        )
    transformer = folder / modules[kinds.index("Transformer")]["path"]
    config = _json(transformer, "config.json")
    prompts = _json(folder, "config_sentence_transformers.json", {}).get("prompts") or {}
    onnx = next((folder / name for name in ONNX if (folder / name).is_file()), None)
    weights = transformer / WEIGHTS
    if onnx is None and not weights.is_file():
        raise UnusableModel(
            f"EMBEDDING_MODEL: {folder} has neither {WEIGHTS} nor {ONNX[0]} (pickled weights are "
            "never read)."
        )
    if not (transformer / "tokenizer.json").is_file():
        raise UnusableModel(f"EMBEDDING_MODEL: {folder} has no tokenizer.json.")
    return Described(
        folder=transformer,
        config=config,
        pooling=_pooling(folder, modules, kinds),
        query_prefix=prompts.get("query", ""),
        passage_prefix=prompts.get("passage", prompts.get("document", "")),
        max_tokens=_max_tokens(transformer, config),
        onnx=onnx,
        weights=weights,
    )


def _pooling(folder: Path, modules: list[dict[str, Any]], kinds: list[str]) -> Pooling:
    if "Pooling" not in kinds:
        raise UnusableModel(f"EMBEDDING_MODEL: {folder} says nothing about pooling.")
    told = _json(folder / modules[kinds.index("Pooling")]["path"], "config.json")
    modes = [name for name, on in told.items() if name.startswith("pooling_mode") and on is True]
    named = told.get("pooling_mode")
    if isinstance(named, str):
        modes = [f"pooling_mode_{named}_token{'s' * (named != 'cls')}"]
    if len(modes) != 1 or modes[0] not in POOLINGS:
        raise UnusableModel(
            f"EMBEDDING_MODEL: {folder} pools by {', '.join(modes) or 'nothing'}; mean and cls are "
            "known here."
        )
    return POOLINGS[modes[0]]


def _max_tokens(folder: Path, config: dict[str, Any]) -> int:
    told = _json(folder, "sentence_bert_config.json", {}).get("max_seq_length")
    room = int(config.get("max_position_embeddings", 512)) - first_position(config)
    return min(int(told or room), room)


def first_position(config: dict[str, Any]) -> int:
    """Where positions begin: the RoBERTa family keeps the places up to the padding's id free."""
    roberta = config.get("model_type") in ("roberta", "xlm-roberta", "camembert")
    return int(config.get("pad_token_id", 1)) + 1 if roberta else 0


def _json(folder: Path, name: str, instead: Any = None) -> Any:
    path = folder / name
    if not path.is_file() and instead is not None:
        return instead
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnusableModel(
            f"EMBEDDING_MODEL: {path} is missing or unreadable; a sentence-transformers folder "
            "has it."
        ) from error

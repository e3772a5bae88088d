"""What a model's folder says about itself: where its graph or its weights are, and how it is fed.

Any Hugging Face folder has config.json, tokenizer.json and weights. `SentenceTransformer.save`
writes around it how rows are made of a text (modules.json, <n>_Pooling/config.json,
sentence_bert_config.json, config_sentence_transformers.json).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    """The named model cannot serve here; the message says why and what would.

    What is raised here says it of "it"; `build.ensure` puts the setting and the name before.
    """


@dataclass(frozen=True, slots=True)
class Head:
    """What stands on top of an encoder's states. Names are those of transformers.

    `first` is a dense layer with tanh on the first token's state, `last` the dense layer that gives
    `rows` numbers: one row for the text where there is a `first`, else one for each token.
    """

    first: str | None
    last: str
    rows: int


@dataclass(frozen=True, slots=True)
class Described:
    """A model folder. `onnx` is its ready graph if it has one, else `weights` are converted.

    `fed` is how texts are put in and rows come out, as the prepared model's record says it.
    """

    folder: Path
    config: dict[str, Any]
    onnx: Path | None
    weights: Path
    fed: Mapping[str, str | int] = field(default_factory=dict)
    head: Head | None = None

    @property
    def source(self) -> Path:
        """The file that makes its rows what they are."""
        return self.onnx or self.weights


def describe(folder: Path) -> Described:
    """Read a sentence-transformers folder; raises UnusableModel naming what it lacks."""
    _there(folder)
    modules = read_json(folder, "modules.json")
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    if strange := set(kinds) - {"Transformer", "Pooling", "Normalize"}:
        raise UnusableModel(f"it has a layer that is not known here ({', '.join(strange)}).")
    if "Transformer" not in kinds:
        raise UnusableModel("its modules.json names no transformer.")
    transformer = folder / modules[kinds.index("Transformer")]["path"]
    described = plain(folder, transformer)
    prompts = read_json(folder, "config_sentence_transformers.json", {}).get("prompts") or {}
    told = read_json(transformer, "sentence_bert_config.json", {}).get("max_seq_length")
    room = most_tokens(described.config)
    fed: dict[str, str | int] = {
        "query_prefix": prompts.get("query", ""),
        "passage_prefix": prompts.get("passage", prompts.get("document", "")),
        "pooling": _pooling(folder, modules, kinds),
        "max_tokens": min(int(told or room), room),
    }
    return replace(described, fed=fed)


def plain(folder: Path, transformer: Path) -> Described:
    """The Hugging Face model in `transformer`, whose ready graph may stand in `folder`."""
    _there(folder)
    config = read_json(transformer, "config.json")
    if not isinstance(config, dict):
        raise UnusableModel("its config.json is no table.")
    onnx = next((folder / name for name in ONNX if (folder / name).is_file()), None)
    weights = transformer / WEIGHTS
    if onnx is None and not weights.is_file():
        raise UnusableModel(
            f"it has neither {WEIGHTS} nor {ONNX[0]} (pickled weights are never read)."
        )
    if not (transformer / "tokenizer.json").is_file():
        raise UnusableModel("it has no tokenizer.json.")
    return Described(transformer, config, onnx, weights)


def _there(folder: Path) -> None:
    if not folder.is_dir():
        raise UnusableModel("there is no such folder.")


def _pooling(folder: Path, modules: list[dict[str, Any]], kinds: list[str]) -> Pooling:
    if "Pooling" not in kinds:
        raise UnusableModel("it says nothing about pooling.")
    told = read_json(folder / modules[kinds.index("Pooling")]["path"], "config.json")
    modes = [name for name, on in told.items() if name.startswith("pooling_mode") and on is True]
    named = told.get("pooling_mode")
    if isinstance(named, str):
        modes = [f"pooling_mode_{named}_token{'s' * (named != 'cls')}"]
    if len(modes) != 1 or modes[0] not in POOLINGS:
        raise UnusableModel(
            f"it pools by {', '.join(modes) or 'nothing'}; mean and cls are known here."
        )
    return POOLINGS[modes[0]]


def most_tokens(config: dict[str, Any]) -> int:
    """How many tokens its positions have room for."""
    return int(config.get("max_position_embeddings", 512)) - first_position(config)


def first_position(config: dict[str, Any]) -> int:
    """Where positions begin: the RoBERTa family keeps the places up to the padding's id free."""
    roberta = config.get("model_type") in ("roberta", "xlm-roberta", "camembert")
    return int(config.get("pad_token_id", 1)) + 1 if roberta else 0


def read_json(folder: Path, name: str, instead: Any = None) -> Any:
    """The file `name` of the folder, or `instead` where it may be missing and is."""
    path = folder / name
    if not path.is_file() and instead is not None:
        return instead
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnusableModel(f"its {name} is missing or unreadable.") from error

"""BERT-shaped models of one layer as folders, and their forward pass in plain numpy.

The pass is written from the paper (Devlin et al., 2019) and not from the code that writes graphs.
"""

import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

Weights = dict[str, np.ndarray]

HIDDEN, INNER, HEADS = 64, 96, 4
LAYER = "encoder.layer.0."
DENSE = {
    "attention.self.query": (HIDDEN, HIDDEN),
    "attention.self.key": (HIDDEN, HIDDEN),
    "attention.self.value": (HIDDEN, HIDDEN),
    "attention.output.dense": (HIDDEN, HIDDEN),
    "intermediate.dense": (INNER, HIDDEN),
    "output.dense": (HIDDEN, INNER),
}
NORMS = ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output")


def drawn(words: int, positions: int, kinds: int = 2, **heads: tuple[int, int]) -> Weights:
    """Random weights; `heads` are dense layers on top, dots of their names written as `__`."""
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (words, HIDDEN),
        "embeddings.position_embeddings.weight": (positions, HIDDEN),
        "embeddings.token_type_embeddings.weight": (kinds, HIDDEN),
    }
    dense = {f"{LAYER}{name}": size for name, size in DENSE.items()}
    dense |= {name.replace("__", "."): size for name, size in heads.items()}
    for name, size in dense.items():
        sizes[f"{name}.weight"] = size
        sizes[f"{name}.bias"] = size[:1]
    draw = np.random.default_rng(5)
    found = {name: draw.standard_normal(size).astype("<f4") / 8 for name, size in sizes.items()}
    return found | _norms()


def plain(words: int, positions: int, **heads: tuple[int, int]) -> Weights:
    """Weights of a model whose tokens stand for themselves.

    A word's state is its own place among the numbers, and each takes up something of the mean of
    all; heads are empty, for a test to say which words they look at.
    """
    found = {name: np.zeros_like(rows) for name, rows in drawn(words, positions, **heads).items()}
    np.fill_diagonal(found["embeddings.word_embeddings.weight"], 1)
    for part in ("attention.self.value", "attention.output.dense"):
        np.fill_diagonal(found[f"{LAYER}{part}.weight"], 1)
    return found | _norms()


def _norms() -> Weights:
    found = {f"{norm}.LayerNorm.weight": np.ones(HIDDEN, "<f4") for norm in NORMS}
    return found | {f"{norm}.LayerNorm.bias": np.zeros(HIDDEN, "<f4") for norm in NORMS}


def config(words: int, positions: int, family: str = "bert", kinds: int = 2) -> dict[str, object]:
    """What transformers writes into config.json of such a model."""
    return {
        "model_type": family,
        "hidden_act": "gelu",
        "hidden_size": HIDDEN,
        "num_hidden_layers": 1,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "vocab_size": words,
        "max_position_embeddings": positions,
        "type_vocab_size": kinds,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }


def tokenizer(words: Sequence[str], *, marks: bool = False) -> Tokenizer:
    """One token for each word; with `marks` as BERT sets them round a text and between two."""
    places = {word: at for at, word in enumerate(words)}
    made = Tokenizer(WordLevel(places, "[UNK]"))
    made.normalizer = Lowercase()
    made.pre_tokenizer = Whitespace()
    if marks:
        made.post_processor = TemplateProcessing(
            "[CLS] $A [SEP]",
            "[CLS] $A [SEP] $B:1 [SEP]:1",
            [(mark, places[mark]) for mark in ("[CLS]", "[SEP]")],
        )
    return made


def write_tensors(path: Path, tensors: Weights, prefix: str = "") -> None:
    """A safetensors file; the encoder's own names get `prefix`, as transformers saves them."""
    header, body = {}, b""
    for name, rows in tensors.items():
        raw = rows.tobytes()
        places = [len(body), len(body) + len(raw)]
        inside = prefix * name.startswith(("embeddings", "encoder", "pooler"))
        header[inside + name] = {
            "dtype": "F32",
            "shape": list(rows.shape),
            "data_offsets": places,
        }
        body += raw
    told = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(told)) + told + body)


def states(w: Weights, ids: Sequence[int], kinds: Sequence[int] = (), first: int = 0) -> np.ndarray:
    """The states of all tokens; `first` is the place of the first position."""

    def heads(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(ids), HEADS, HIDDEN // HEADS).transpose(1, 0, 2)

    x = w["embeddings.word_embeddings.weight"][list(ids)]
    x = x + w["embeddings.position_embeddings.weight"][first : first + len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][list(kinds or [0] * len(ids))])
    query, key, value = (
        heads(dense(w, f"{LAYER}attention.self.{part}", x)) for part in ("query", "key", "value")
    )
    share = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(HIDDEN // HEADS))
    share /= share.sum(-1, keepdims=True)
    mixed = (share @ value).transpose(1, 0, 2).reshape(len(ids), HIDDEN)
    x = norm(x + dense(w, f"{LAYER}attention.output.dense", mixed))
    wide = dense(w, f"{LAYER}intermediate.dense", x)
    gate = np.array([[0.5 * (1 + math.erf(v / np.sqrt(2))) for v in row] for row in wide])
    return norm(x + dense(w, f"{LAYER}output.dense", wide * gate))


def norm(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt(centred.var(-1, keepdims=True) + 1e-12)


def dense(w: Weights, name: str, x: np.ndarray) -> np.ndarray:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

"""Sentences to unit vectors: the packaged ONNX encoder, and a hashing one for quick tests."""

import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from knowledge.embedding_spec import EmbeddingSpec

Vectors = npt.NDArray[np.float32]

BATCH = 16
REMEMBERED_QUERIES = 4096
# How texts are fed, where a model's record says otherwise than the packaged one is.
FED = ("query_prefix", "passage_prefix", "pooling", "max_tokens")


class Encoder(Protocol):
    """Texts in, one L2-normalised fp32 row each out. Thread-safe; the same text, the same row."""

    spec: EmbeddingSpec

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), spec.dim); for what people ask."""
        ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), spec.dim); for what may answer them."""
        ...


class MissingModel(RuntimeError):
    """No usable model folder; the message says how to make one."""


class OnnxEncoder:
    """A sentence encoder in ONNX: states of tokens, pooled by their mean or by the first.

    One thread serves best beside other work; building an index may take more.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        record = _read_record(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.spec = EmbeddingSpec(
            id=record["id"],
            sha256=record["sha256"]["model.onnx"],
            dim=self._session.get_outputs()[0].shape[-1],
            **{name: record[name] for name in FED if name in record},
        )
        self._kinds = any(one.name == "token_type_ids" for one in self._session.get_inputs())
        self._tokenizer.enable_truncation(self.spec.max_tokens)
        self._tokenizer.enable_padding(pad_id=_pad(self._tokenizer))
        self._remembered = lru_cache(REMEMBERED_QUERIES)(self._one_query)

    def queries(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:
            return self._remembered(texts[0])[None]
        return self._encode([self.spec.query_prefix + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self.spec.passage_prefix + text for text in texts])

    def _one_query(self, text: str) -> Vectors:
        row: Vectors = self._encode([self.spec.query_prefix + text])[0]
        return row

    def _encode(self, texts: Sequence[str]) -> Vectors:
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        rows = np.zeros((len(texts), self.spec.dim), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            rows[batch] = self._forward([texts[at] for at in batch])
        return rows

    def _forward(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        ids = np.array([one.ids for one in encoded], np.int64)
        fed = {"input_ids": ids, "attention_mask": mask}
        if self._kinds:
            fed["token_type_ids"] = np.zeros_like(ids)
        states = self._session.run(None, fed)[0]
        if self.spec.pooling == "cls":
            return unit(states[:, 0])
        weights = mask[..., None].astype(np.float32)
        return unit((states * weights).sum(axis=1) / weights.sum(axis=1))


class HashEncoder:
    """Counts hashed words and their beginnings: no model, no meaning, but the same contract."""

    def __init__(self, dim: int = 64) -> None:
        self.spec = EmbeddingSpec(id="hash", sha256="0" * 64, dim=dim)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.spec.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.1
            for word in re.findall(r"\w+", text.casefold()):
                for piece in {word, word[:4]}:
                    digest = hashlib.blake2b(piece.encode(), digest_size=4).digest()
                    row[int.from_bytes(digest) % self.spec.dim] += 1
        return unit(rows)


def unit(rows: Vectors) -> Vectors:
    """`rows` scaled to length one each."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Vectors = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def _pad(tokenizer: Tokenizer) -> int:
    """The id that fills short texts up; what is masked may be any."""
    named = (tokenizer.token_to_id(piece) for piece in ("<pad>", "[PAD]"))
    return next((at for at in named if at is not None), 0)


def _read_record(folder: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((folder / "model.json").read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise MissingModel(
            "The embedding model is missing or unreadable: run ./desk index, which builds it."
        ) from error
    return record

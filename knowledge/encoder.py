"""Sentences to unit vectors: the packaged ONNX encoder, and a hashing one for quick tests."""

import hashlib
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from knowledge.embedding_spec import EmbeddingSpec

Vectors = npt.NDArray[np.float32]

REMEMBERED_QUERIES = 4096
# How texts are fed, where a model's record says otherwise than the packaged one is.
FED = ("query_prefix", "passage_prefix", "pooling", "max_tokens")


class Encoder(Protocol):
    """Texts in, one L2-normalised fp32 row each out, whatever else is given beside a text.

    Thread-safe.
    """

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

    `threads` texts are encoded side by side, each on one: a single text is too little work to be
    shared. One thread serves best beside other work; building an index may take more.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        record = _read_record(folder)
        self._threads = threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
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
        self._tokenizer.no_padding()
        self._remembered = lru_cache(REMEMBERED_QUERIES)(self._one_query)

    def queries(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:
            return self._remembered(texts[0])[None]
        return self._encode([self.spec.query_prefix + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self.spec.passage_prefix + text for text in texts])

    def _one_query(self, text: str) -> Vectors:
        return self._forward(self.spec.query_prefix + text)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        if self._threads == 1:
            rows = [self._forward(text)[None] for text in texts]
        else:
            with ThreadPoolExecutor(self._threads) as side_by_side:
                rows = [row[None] for row in side_by_side.map(self._forward, texts)]
        return np.concatenate([np.zeros((0, self.spec.dim), np.float32), *rows])

    def _forward(self, text: str) -> Vectors:
        """One text alone: 8-bit models take their scale from all that they are given at once."""
        encoded = self._tokenizer.encode(text)
        ids = np.array([encoded.ids], np.int64)
        fed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        if self._kinds:
            fed["token_type_ids"] = np.zeros_like(ids)
        states = self._session.run(None, fed)[0][0]
        return unit(states[0] if self.spec.pooling == "cls" else states.mean(axis=0))


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


def _read_record(folder: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((folder / "model.json").read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise MissingModel(
            "The embedding model is missing or unreadable: run ./desk index, which builds it."
        ) from error
    return record

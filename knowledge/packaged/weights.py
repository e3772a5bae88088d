"""The weight file of the packaged encoder: named tensors, 4-bit blocks (Q4_0) or fp32."""

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]

MAGIC = b"E5S1"
BLOCK = 32  # weights that share one fp16 scale
BLOCK_BYTES = 2 + BLOCK // 2


class DamagedWeights(ValueError):
    """The file is not what the build expects; a fresh fetch mends it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder, as its file states them."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    pad: int
    first_position: int = 0


@dataclass(frozen=True, slots=True)
class Tensor:
    count: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class WeightFile:
    """All tensors of one file; `pieces` is its vocabulary in id order."""

    raw: bytes
    shape: Shape
    pieces: tuple[str, ...]
    tensors: dict[str, Tensor]

    def floats(self, name: str, *shape: int) -> Floats:
        """The tensor `name` as fp32 of `shape`, de-quantised where it is stored in 4 bits."""
        tensor = self._tensor(name)
        count = int(np.prod(shape))
        if tensor.size == count * 4:
            return np.frombuffer(self.raw, "<f4", count, tensor.offset).reshape(shape)
        levels, scales = self.blocks(name, count)
        return (levels.astype(np.float32) * scales[:, None]).reshape(shape)

    def blocks(self, name: str, count: int) -> tuple[Bytes, Floats]:
        """`count` weights as stored: int8 levels of shape (blocks, 32), one fp32 scale a block."""
        tensor = self._tensor(name)
        if tensor.size != count // BLOCK * BLOCK_BYTES:
            raise DamagedWeights(f"tensor {name} holds {tensor.size} bytes, not {count} weights")
        rows = np.frombuffer(self.raw, np.uint8, tensor.size, tensor.offset)
        rows = rows.reshape(-1, BLOCK_BYTES)
        scales = rows[:, :2].copy().view("<f2").astype(np.float32)[:, 0]
        packed = rows[:, 2:]
        levels = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8
        return levels, scales

    def kind(self) -> Floats:
        """The vector of token type 0, the only one that is ever used."""
        rows = self._tensor("emb.type").size // 4 // self.shape.hidden
        first: Floats = self.floats("emb.type", rows, self.shape.hidden)[0]
        return first

    def _tensor(self, name: str) -> Tensor:
        try:
            return self.tensors[name]
        except KeyError:
            raise DamagedWeights(f"the weight file has no tensor {name}") from None


class _Cursor:
    """Reads little-endian fields one after another."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def take(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + form, self.raw, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def skip(self, size: int) -> bytes:
        piece = self.raw[self.at : self.at + size]
        self.at += size
        return piece


def parse(raw: bytes) -> WeightFile:
    """Read a whole weight file; raises DamagedWeights when it is cut short or of another kind."""
    if raw[:4] != MAGIC:
        raise DamagedWeights("the weight file does not begin with its mark")
    try:
        return _parse(_Cursor(raw))
    except (struct.error, UnicodeDecodeError) as error:
        raise DamagedWeights(f"the weight file is cut short or damaged: {error}") from error


def _parse(cursor: _Cursor) -> WeightFile:
    cursor.skip(8)
    hidden, layers, heads, inner, vocabulary, positions, types = cursor.take("7i")
    epsilon, _block = cursor.take("fi")
    pieces, _bos, _eos, pad, _unk = cursor.take("5i")
    vocabulary_pieces = _pieces(cursor, pieces)
    (normaliser,) = cursor.take("i")
    if normaliser:
        (length,) = cursor.take("I")
        cursor.skip(length)
    shape = Shape(hidden, layers, heads, inner, vocabulary, positions, types, epsilon, pad)
    return WeightFile(cursor.raw, shape, vocabulary_pieces, _directory(cursor))


def _pieces(cursor: _Cursor, count: int) -> tuple[str, ...]:
    (size,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.skip(4 * (count + 1)), "<u4")
    cursor.skip(4 * count)  # unigram scores: the tokenizer has its own
    blob = cursor.skip(size)
    return tuple(blob[start:end].decode() for start, end in pairwise(offsets))


def _directory(cursor: _Cursor) -> dict[str, Tensor]:
    (count,) = cursor.take("i")
    tensors: dict[str, Tensor] = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.skip(length).decode()
        _kind, elements = cursor.take("BI")
        offset, size = cursor.take("QQ")
        tensors[name] = Tensor(elements, offset, size)
    return tensors

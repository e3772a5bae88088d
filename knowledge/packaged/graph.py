"""The encoder as an ONNX graph, written node by node from its weights.

A BERT encoder (Devlin et al., 2019): post-norm layers, erf-exact GELU, learned positions.
Inputs `input_ids` and `attention_mask`, int64 of shape (batch, length); output
`last_hidden_state`, fp32 of shape (batch, length, hidden). With a head on top a question and a
passage go in as one text, told apart by `token_type_ids` where the model knows more kinds of token
than one; the output is then `logits`, of shape (batch, rows) for the text or (batch, length, rows)
for its tokens.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from knowledge.packaged.weights import BLOCK, Bytes, Floats, Shape

OPSET = 17
IR_VERSION = 8
MASKED = np.float32(-1e9)  # added to the score of a padded position
LEAST = np.float32(1e-9)  # that a token's numbers are divided by
FIRST, LAST = "head.first", "head.last"  # the layers of a head, as `Weights` is asked for them
KINDS = "token_type_ids"


class Weights(Protocol):
    """Where the encoder's numbers come from; names are those of `packaged.weights`."""

    @property
    def shape(self) -> Shape: ...

    def floats(self, name: str, *shape: int) -> Floats:
        """The tensor `name` as fp32 of `shape`."""
        ...

    def blocks(self, name: str, count: int) -> tuple[Bytes, Floats]:
        """`count` weights: int8 levels of shape (blocks, BLOCK), one fp32 scale a block."""
        ...

    def kind(self) -> Floats:
        """The vector of token type 0, of shape (hidden,)."""
        ...


class Head(Protocol):
    """What stands on the states: a dense layer with tanh on the first, if any, and a last one."""

    @property
    def first(self) -> str | None: ...

    @property
    def rows(self) -> int: ...


class _Sheet:
    """Nodes and constants gathered in order; every value gets a name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        node = helper.make_node(kind, list(inputs), [output], name=output, **attributes)
        self.nodes.append(node)
        return output


def write(weights: Weights, head: Head | None = None) -> onnx.ModelProto:
    """The whole encoder in fp32; the word table stays in blocks of int8 levels."""
    sheet = _Sheet()
    shape = weights.shape
    paired = head is not None and shape.token_types > 1
    _shared(sheet, weights)
    bias = _mask_bias(sheet)
    state = _embeddings(sheet, weights, paired=paired)
    for layer in range(shape.layers):
        state = _layer(sheet, weights, layer, state, bias)
    inputs = ["input_ids", "attention_mask", *([KINDS] if paired else [])]
    if head is None:
        sheet.add("Identity", [state], "last_hidden_state")
        return _model(sheet, inputs, "last_hidden_state", ["batch", "length", shape.hidden])
    sheet.add("Identity", [_head(sheet, weights, head, state)], "logits")
    length = [] if head.first else ["length"]
    return _model(sheet, inputs, "logits", ["batch", *length, head.rows])


def _model(
    sheet: _Sheet, inputs: Sequence[str], output: str, size: Sequence[str | int]
) -> onnx.ModelProto:
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in inputs
    ]
    states = helper.make_tensor_value_info(output, TensorProto.FLOAT, size)
    graph = helper.make_graph(sheet.nodes, "encoder", ids, [states], sheet.constants)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="sinmungo"
    )
    model.ir_version = IR_VERSION
    return model


def _head(sheet: _Sheet, weights: Weights, head: Head, state: str) -> str:
    hidden = weights.shape.hidden
    if head.first:
        sheet.constant("first_token", np.array([0], np.int64))
        sheet.constant("one_state", np.array([-1, hidden], np.int64))
        sheet.add("Gather", [state, "first_token"], "first_states", axis=1)
        sheet.add("Reshape", ["first_states", "one_state"], "first_state")
        wide = _dense(sheet, weights, FIRST, "first_state", (hidden, hidden))
        state = sheet.add("Tanh", [wide], "pooled")
    return _dense(sheet, weights, LAST, state, (hidden, head.rows))


def _shared(sheet: _Sheet, weights: Weights) -> None:
    shape = weights.shape
    sheet.constant("root2", np.array(math.sqrt(2), np.float32))
    sheet.constant("one", np.array(1, np.float32))
    sheet.constant("half", np.array(0.5, np.float32))
    sheet.constant("masked", np.array(MASKED))
    sheet.constant("least", np.array(LEAST))
    sheet.constant("per_head", np.array([0, 0, shape.heads, shape.hidden // shape.heads], np.int64))
    sheet.constant("all_heads", np.array([0, 0, shape.hidden], np.int64))


def _mask_bias(sheet: _Sheet) -> str:
    sheet.constant("mask_axes", np.array([1, 2], np.int64))
    sheet.add("Cast", ["attention_mask"], "mask_float", to=TensorProto.FLOAT)
    sheet.add("Unsqueeze", ["mask_float", "mask_axes"], "mask_spread")
    sheet.add("Sub", ["one", "mask_spread"], "mask_off")
    return sheet.add("Mul", ["mask_off", "masked"], "mask_bias")


def _embeddings(sheet: _Sheet, weights: Weights, *, paired: bool) -> str:
    shape = weights.shape
    levels, scales = weights.blocks("emb.word", shape.vocabulary * shape.hidden)
    groups = shape.hidden // BLOCK
    sheet.constant("words", levels.reshape(shape.vocabulary, groups, BLOCK))
    sheet.constant("word_scales", scales.reshape(shape.vocabulary, groups, 1))
    sheet.add("Gather", ["words", "input_ids"], "word_levels")
    sheet.add("Gather", ["word_scales", "input_ids"], "word_scale")
    sheet.add("Cast", ["word_levels"], "word_floats", to=TensorProto.FLOAT)
    sheet.add("Mul", ["word_floats", "word_scale"], "word_blocks")
    sheet.add("Reshape", ["word_blocks", "all_heads"], "word_vectors")
    placed = _positions(sheet, weights, paired=paired)
    embedded = sheet.add("Add", ["word_vectors", placed], "embedded")
    if paired:
        sheet.constant("kinds", weights.floats("emb.type", shape.token_types, shape.hidden))
        sheet.add("Gather", ["kinds", KINDS], "kind_vectors")
        embedded = sheet.add("Add", [embedded, "kind_vectors"], "told_apart")
    return _norm(sheet, weights, "emb.ln", embedded)


def _positions(sheet: _Sheet, weights: Weights, *, paired: bool) -> str:
    shape = weights.shape
    table = weights.floats("emb.pos", shape.positions, shape.hidden)[shape.first_position :]
    # A single text has tokens of kind 0 only: its vector is added to every position beforehand.
    sheet.constant("positions", table if paired else table + weights.kind())
    sheet.constant("from_first", np.array([0], np.int64))
    sheet.constant("rows", np.array([0], np.int64))
    sheet.add("Shape", ["input_ids"], "length", start=1, end=2)
    return sheet.add("Slice", ["positions", "from_first", "length", "rows"], "position_vectors")


def _norm(sheet: _Sheet, weights: Weights, name: str, source: str) -> str:
    hidden = weights.shape.hidden
    scale = sheet.constant(name + ".w", weights.floats(name + ".w", hidden))
    shift = sheet.constant(name + ".b", weights.floats(name + ".b", hidden))
    return sheet.add(
        "LayerNormalization",
        [source, scale, shift],
        name + ".out",
        axis=-1,
        epsilon=float(weights.shape.epsilon),
    )


def _dense(sheet: _Sheet, weights: Weights, name: str, source: str, sizes: tuple[int, int]) -> str:
    """`source` times the stored (out, in) matrix plus its bias; `sizes` is (in, out)."""
    product = _product(sheet, weights, name, source, sizes)
    bias = sheet.constant(name + ".b", weights.floats(name + ".b", sizes[1]))
    return sheet.add("Add", [product, bias], name + ".out")


def _dense_by_token(
    sheet: _Sheet, weights: Weights, name: str, source: str, sizes: tuple[int, int]
) -> str:
    """The same, with the largest number of every token brought to one before it and back after.

    In 8 bits all tokens share one scale, and where a few are ten times larger than the rest, little
    is left of the rest.
    """
    sheet.add("Abs", [source], name + ".size")
    sheet.add("ReduceMax", [name + ".size"], name + ".largest", axes=[-1], keepdims=1)
    top = sheet.add("Max", [name + ".largest", "least"], name + ".top")
    share = sheet.add("Div", [source, top], name + ".share")
    product = _product(sheet, weights, name, share, sizes)
    lifted = sheet.add("Mul", [product, top], name + ".lifted")
    bias = sheet.constant(name + ".b", weights.floats(name + ".b", sizes[1]))
    return sheet.add("Add", [lifted, bias], name + ".out")


def _product(
    sheet: _Sheet, weights: Weights, name: str, source: str, sizes: tuple[int, int]
) -> str:
    inner, outer = sizes
    matrix = sheet.constant(name + ".w", weights.floats(name + ".w", outer, inner).T)
    return sheet.add("MatMul", [source, matrix], name + ".product")


def _layer(sheet: _Sheet, weights: Weights, layer: int, state: str, bias: str) -> str:
    key = f"l{layer}."
    hidden, inner = weights.shape.hidden, weights.shape.inner
    mixed = _attention(sheet, weights, key, state, bias)
    attended = _dense(sheet, weights, key + "ao", mixed, (hidden, hidden))
    sheet.add("Add", [attended, state], key + "attended")
    middle = _norm(sheet, weights, key + "aln", key + "attended")
    wide = _dense_by_token(sheet, weights, key + "fi", middle, (hidden, inner))
    gated = _gelu(sheet, key, wide)
    narrow = _dense_by_token(sheet, weights, key + "fo", gated, (inner, hidden))
    sheet.add("Add", [narrow, middle], key + "fed")
    return _norm(sheet, weights, key + "oln", key + "fed")


def _attention(sheet: _Sheet, weights: Weights, key: str, state: str, bias: str) -> str:
    size = (weights.shape.hidden, weights.shape.hidden)
    heads = {}
    for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        flat = _dense(sheet, weights, key + part, state, size)
        sheet.add("Reshape", [flat, "per_head"], key + part + ".split")
        heads[part] = sheet.add(
            "Transpose", [key + part + ".split"], key + part + ".heads", perm=order
        )
    width = weights.shape.hidden // weights.shape.heads
    sheet.constant(key + "width", np.array(math.sqrt(width), np.float32))
    sheet.add("MatMul", [heads["q"], heads["k"]], key + "raw")
    sheet.add("Div", [key + "raw", key + "width"], key + "scaled")
    sheet.add("Add", [key + "scaled", bias], key + "biased")
    sheet.add("Softmax", [key + "biased"], key + "shares", axis=-1)
    sheet.add("MatMul", [key + "shares", heads["v"]], key + "mixed")
    sheet.add("Transpose", [key + "mixed"], key + "joined", perm=[0, 2, 1, 3])
    return sheet.add("Reshape", [key + "joined", "all_heads"], key + "context")


def _gelu(sheet: _Sheet, key: str, source: str) -> str:
    sheet.add("Div", [source, "root2"], key + "gelu.in")
    sheet.add("Erf", [key + "gelu.in"], key + "gelu.erf")
    sheet.add("Add", [key + "gelu.erf", "one"], key + "gelu.gate")
    sheet.add("Mul", [source, key + "gelu.gate"], key + "gelu.gated")
    return sheet.add("Mul", [key + "gelu.gated", "half"], key + "gelu.out")

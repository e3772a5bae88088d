"""A question and a passage through an ONNX graph, as one text of two kinds of token."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from knowledge.named.folder import UnusableModel
from knowledge.pairs.port import Floats

LEAST_TOKENS = 16  # below it no question and passage stand beside each other


class PairModel:
    """One pair at a time on one thread: models in 8 bits take their scale from all they are given.

    Raises UnusableModel where the graph cannot be loaded or wants what is not known here.
    """

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        most = int(json.loads((folder / "model.json").read_text())["max_tokens"])
        try:
            self._session = onnxruntime.InferenceSession(
                folder / "model.onnx", options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # plain ones are all that both libraries raise
            raise UnusableModel(f"it cannot be loaded ({type(error).__name__}).") from error
        if most < LEAST_TOKENS:
            raise UnusableModel(f"it reads {most} tokens; at least {LEAST_TOKENS} are needed.")
        self._tokenizer.enable_truncation(most)
        self._tokenizer.no_padding()
        self._wanted = [one.name for one in self._session.get_inputs()]

    def run(self, question: str, passage: str) -> tuple[Encoding, list[Floats]]:
        """The tokens of the pair, and what the graph says of them, without the axis of batches."""
        encoded = self._tokenizer.encode(question, passage)
        told = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        if unknown := set(self._wanted) - set(told):
            raise UnusableModel(f"its graph wants {', '.join(sorted(unknown))}.")
        fed = {name: np.array([told[name]], np.int64) for name in self._wanted}
        return encoded, [row[0] for row in self._session.run(None, fed)]

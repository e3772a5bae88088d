"""txtai over the same passages with the same vectors, and the same model through torch.

    python -m knowledge.proof.peer search SETS DATA
    python -m knowledge.proof.peer encoder SETS DATA

DATA is where `./desk eval --public SETS` has run: its vectors are taken from there. Neither package
is part of the desk; docs/answers.md says how to have both beside it.
"""

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from crm import db
from knowledge import index
from knowledge.encoder import OnnxEncoder, Vectors
from knowledge.packaged import build
from knowledge.proof import doc2dial, figures, measuring, xquad
from knowledge.proof.collection import Asked, Collection, named
from knowledge.proof.figures import DEPTH, Rank
from knowledge.proof.through_torch import TorchEncoder

Encode = Callable[[Sequence[str]], Vectors]

PREFIXES = {"query": "query: ", "data": "passage: "}  # as the model was trained
KINDS = {"query: ": "query", "passage: ": "passage"}
EVERY = 4  # one question of so many is encoded: torch is slow
SHORT = 100  # questions whose encoding is timed one by one, as they arrive


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("search", "encoder"))
    parser.add_argument("sets", type=Path)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    model = options.data / "models" / build.NAME
    if options.what == "encoder":
        _beside_torch(model, options.sets)
    else:
        _beside_txtai(OnnxEncoder(model), options.sets, options.data / "eval")


def _beside_txtai(encoder: OnnxEncoder, sets: Path, place: Path) -> None:
    engine = db.connect(f"sqlite:///{place / 'vectors.sqlite'}")
    for one in _collections(sets):
        library = measuring.stand(engine, encoder, place, one, _say)
        texts = index.texts_of(one.records)
        questions = [("query", asked.text) for _, told in _first(one) for asked in told]
        vectors = index.embedded(engine, encoder, [*texts.values(), *questions], _say)
        for name, told in _first(one):
            found = [figures.of(name, "the desk", measuring.ranks(library, told))]
            found.append(figures.of(name, "BM25", measuring.Words(one.records).ranks(told)))
            for hybrid in (False, True):
                peer = Txtai(one, vectors, hybrid=hybrid)
                system = "txtai both" if hybrid else "txtai dense"
                found.append(figures.of(name, system, peer.ranks(told)))
            _say(figures.table(found))
    engine.dispose()


class Txtai:
    """txtai as it comes: exact vectors; with `hybrid` its BM25 and its fusion of both."""

    def __init__(
        self, one: Collection, vectors: Mapping[tuple[str, str], Vectors], *, hybrid: bool
    ) -> None:
        from txtai import Embeddings  # noqa: PLC0415 - no part of the desk

        def given(texts: Sequence[str]) -> Vectors:
            return np.stack([vectors[_kind(text)] for text in texts])

        self._names = [named(record) for record in one.records]
        self._embeddings = Embeddings(
            method="external", transform=given, instructions=PREFIXES, hybrid=hybrid
        )
        self._embeddings.index((at, record.embedded) for at, record in enumerate(one.records))

    def ranks(self, asked: Sequence[Asked]) -> list[Rank]:
        """For each question the rank of its first right passage."""
        found = self._embeddings.batchsearch([one.text for one in asked], DEPTH)
        return [
            measuring.rank(one, [self._names[at] for at, _ in best])
            for one, best in zip(asked, found, strict=True)
        ]


def _kind(text: str) -> tuple[str, str]:
    prefix = next(prefix for prefix in KINDS if text.startswith(prefix))
    return KINDS[prefix], text.removeprefix(prefix)


def _beside_torch(model: Path, sets: Path) -> None:
    """Time and recall of both encoders on one set, each on one thread, in CPU time."""
    one = xquad.same_language(sets, "en")
    ((_, asked),) = one.asked.items()
    asked = asked[::EVERY]
    questions, passages = [each.text for each in asked], [each.embedded for each in one.records]
    encoder = OnnxEncoder(model)
    with tempfile.TemporaryDirectory() as scratch:
        peer = TorchEncoder(model / "tokenizer.json", encoder.spec, Path(scratch))
    for name, other in (("int8 ONNX", encoder), ("torch fp32", peer)):
        alone = [_spent(other.queries, [question]) for question in questions[:SHORT]]
        many, rows = _timed(other.queries, questions)
        whole, columns = _timed(other.passages, passages)
        close = np.argsort(-(rows @ columns.T), axis=1, kind="stable")[:, :DEPTH]
        ranks = [
            measuring.rank(each, [named(one.records[at]) for at in best])
            for each, best in zip(asked, close.tolist(), strict=True)
        ]
        _say(
            f"{name}, milliseconds: a question {np.median(alone) * 1000:.1f}, one of many "
            f"{many / len(questions) * 1000:.1f}, a passage {whole / len(passages) * 1000:.1f}"
        )
        _say(figures.table([figures.of("XQuAD en, cosine", name, ranks)]))


def _timed(encode: Encode, texts: Sequence[str]) -> tuple[float, Vectors]:
    began = _used()
    rows = encode(texts)
    return _used() - began, rows


def _spent(encode: Encode, texts: Sequence[str]) -> float:
    return _timed(encode, texts)[0]


def _used() -> float:
    """Seconds of CPU, all threads: other work on the machine hardly changes it."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def _collections(sets: Path) -> list[Collection]:
    return [
        xquad.same_language(sets, "en"), xquad.same_language(sets, "es"), doc2dial.read(sets),
    ]  # fmt: skip


def _first(one: Collection) -> list[tuple[str, Sequence[Asked]]]:
    """The question sets that have no earlier turns: what to make of those is each system's own."""
    return [(name, told) for name, told in one.asked.items() if not any(a.history for a in told)]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""`./desk bench search`: one search, beyond the encoder, in bases of growing size.

The bases are drawn from this desk's own index, English alone, as documents that were taken in:
each passage is a real one with a fifth of its words swapped for those of another, and has one
vector, the real one with noise. They are built,
loaded and asked through the classes that serve people (`knowledge.index`, `knowledge.search`), each
in processes of its own, so that its memory is its own too. What is asked are the real questions,
with noise again; their vectors are ready, so the encoder costs nothing.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from api.commands.bench import conditions
from api.commands.bench.messages import ROOT
from api.commands.progress import say
from knowledge import decide, evidence, index, ranking, snapshot
from knowledge.embedding_spec import EmbeddingSpec
from knowledge.encoder import Vectors, unit
from knowledge.index import SLOTS
from knowledge.port import Language
from knowledge.ranking import Tongue
from knowledge.search import Library
from knowledge.snapshot import PassageRecord

LANGUAGE: Language = "en"
NOISE = 0.3  # length of the noise beside a vector of length one: a cosine of about 0.96
SWAPPED = 0.2  # of a passage's words
QUESTIONS = 200
ROUNDS = 5  # in which all questions are asked
AT_ONCE = 10_000  # vectors that noise is put on
FOUND = 10
DAY = date(9999, 1, 1)


class ReadyVectors:
    """An encoder that has been asked already: it gives the vector that was put before it."""

    def __init__(self, dim: int) -> None:
        self.spec = EmbeddingSpec(id="ready", sha256="0" * 64, dim=dim)
        self.next: Vectors = np.zeros(dim, np.float32)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return np.repeat(self.next[None], len(texts), axis=0)

    passages = queries


def run(sizes: Sequence[int]) -> None:
    say("Passages and vectors are real ones of this desk's English index, with noise and words")
    say("swapped; the questions are its own, with noise. Time is beyond the encoder, one thread.\n")
    say(
        f"{'passages':>9} {'p50 ms':>7} {'p95 ms':>7} {'CPU p95':>8} {'recall@10':>10} "
        f"{'build s':>8} {'CPU s':>6} {'peak MB':>8} {'disk MB':>8} {'load s':>7} {'memory MB':>10}"
    )
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
            built = _in_process("build", size, folder)
            asked = _in_process("ask", size, folder)
        say(
            f"{size:9} {asked['p50']:7.1f} {asked['p95']:7.1f} {asked['cpu']:8.1f} "
            f"{asked['recall']:10.3f} {built['seconds']:8.0f} {built['cpu']:6.0f} "
            f"{built['peak']:8.0f} {built['disk']:8.0f} {asked['load']:7.1f} "
            f"{asked['memory']:10.0f}"
        )
        say(f"{'':9} {conditions.load()}")
    say(f"\np50, p95: the least disturbed of {ROUNDS} rounds; CPU p95: processor time, all rounds")
    say("recall@10: of the ten best by exact scores of every passage, how many are found")
    say("peak: of the building process, with the base that it was given; memory: of the library")


def _in_process(what: str, size: int, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "api.commands.bench.search", what, str(size), folder]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if out.returncode:
        sys.exit(out.returncode)
    told: dict[str, Any] = json.loads(out.stdout)
    return told


def build(size: int, folder: Path) -> dict[str, float]:
    """Draw a base of `size` passages and put it up as an index."""
    place = _real_index()
    records = snapshot.read(place / "passages.jsonl")
    rows = [row for row, record in enumerate(records) if record.language == LANGUAGE]
    vectors = index.vectors_by_id(place)
    drawn, texts, noisy = _drawn(size, records, rows, vectors)
    dim = len(next(iter(vectors.values())))
    began, cpu = time.perf_counter(), time.process_time()
    index.stand(folder, ReadyVectors(dim), drawn, texts, noisy)
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "disk": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6,
    }


def ask(folder: Path) -> dict[str, float]:
    """Load a base, ask it, and compare with the exact ranking of all its passages."""
    real = index.vectors_by_id(_real_index())
    encoder = ReadyVectors(len(next(iter(real.values()))))
    asked = _asked(real)
    before, began = psutil.Process().memory_info().rss, time.perf_counter()
    library = Library(folder, encoder, decide.load(names=evidence.NAMES))
    load = time.perf_counter() - began
    library.hits(asked[0][0], LANGUAGE, DAY, FOUND)  # the first of anything is slow
    rounds, spent, found = [], [], []
    for _ in range(ROUNDS):
        waits = []
        for text, vector in asked:
            encoder.next = vector
            began, cpu = time.perf_counter(), time.thread_time()
            found.append({hit.article for hit in library.hits(text, LANGUAGE, DAY, FOUND)})
            spent.append((time.thread_time() - cpu) * 1000)
            waits.append((time.perf_counter() - began) * 1000)
        rounds.append(statistics.quantiles(waits, n=100))
    memory = (psutil.Process().memory_info().rss - before) / 1e6
    calm = min(rounds, key=lambda cuts: cuts[94])
    exact = _Exact(library.tongues()[LANGUAGE])
    best = [exact.best(text, vector) for text, vector in asked]
    return {
        "p50": calm[49],
        "p95": calm[94],
        "cpu": statistics.quantiles(spent, n=100)[94],
        "recall": statistics.fmean(
            len(one & hits) / len(one) for one, hits in zip(best, found, strict=False)
        ),
        "load": load,
        "memory": memory,
    }


class _Exact:
    """The ranking of `knowledge.ranking` with no vector left out."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        ids, rows = index.vectors_of(tongue._vectors)  # noqa: SLF001 - measured from within
        self._section = np.empty((len(tongue.records), rows.shape[1]), np.float32)
        self._section[ids[ids % SLOTS == 0] // SLOTS] = rows[ids % SLOTS == 0]

    def best(self, text: str, vector: Vectors) -> set[str]:
        asked = self._tongue.asked(text)
        lexical = self._tongue.lexicon.scores(asked)
        fused = self._section @ vector + ranking.LEXICAL_OF_TEXT[LANGUAGE] * lexical
        for places, shares in self._tongue.lexicon.phrases(asked):
            fused[places] += ranking.PHRASES_OF_TEXT[LANGUAGE] * shares
        return {self._tongue.records[at].article for at in ranking.highest(fused, FOUND)}


def _real_index() -> Path:
    found = sorted((Path(os.environ["DESK_DATA"]) / "index").glob("*/current"))
    if not found:
        sys.exit("There is no search index to draw from: run ./desk index.")
    return found[-1].parent / found[-1].read_text().strip()


def _drawn(
    size: int,
    records: Sequence[PassageRecord],
    rows: Sequence[int],
    vectors: Mapping[int, Vectors],
) -> tuple[list[PassageRecord], dict[int, tuple[str, str]], dict[tuple[str, str], Vectors]]:
    """Records, texts by vector id and vectors by text, as `index.stand` takes them."""
    draw, noise = random.Random(7), np.random.default_rng(7)
    drawn: list[PassageRecord] = []
    sources: list[int] = []
    for n in range(size):
        row = rows[n % len(rows)]
        other = records[draw.choice(rows)].text.split()
        words = [draw.choice(other) if draw.random() < SWAPPED else word
                 for word in records[row].text.split()]  # fmt: skip
        # Its own number in the title keeps the vectors of copies apart.
        drawn.append(
            replace(
                records[row],
                article=f"{records[row].article}~{n}",
                title=f"{records[row].title} {n}",
                text=" ".join(words),
                heading="",
                alternates=(),
                valid_until=None,
            )
        )
        sources.append(row)
    texts = index.texts_of(drawn)
    real = np.stack([vectors[row * SLOTS] for row in sources])
    return drawn, texts, dict(zip(texts.values(), _with_noise(real, noise), strict=True))


def _asked(vectors: Mapping[int, Vectors]) -> list[tuple[str, Vectors]]:
    """Real questions of the real index, each with a vector near its own."""
    records = snapshot.read(_real_index() / "passages.jsonl")
    known = [
        (question, vectors[row * SLOTS + slot])
        for row, record in enumerate(records)
        if record.language == LANGUAGE
        for slot, question in enumerate(record.questions[: SLOTS - 1], 1)
    ]
    chosen = random.Random(11).sample(known, min(QUESTIONS, len(known)))
    noisy = _with_noise(np.stack([vector for _, vector in chosen]), np.random.default_rng(11))
    return [(text, vector) for (text, _), vector in zip(chosen, noisy, strict=True)]


def _with_noise(rows: Vectors, noise: np.random.Generator) -> Vectors:
    """The rows with noise, unit vectors again; `rows` itself is changed."""
    size = np.float32(NOISE / np.sqrt(rows.shape[1]))
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        some[:] = unit(some + noise.standard_normal(some.shape, np.float32) * size)
    return rows


if __name__ == "__main__":
    _, what, size, folder = sys.argv
    told = build(int(size), Path(folder)) if what == "build" else ask(Path(folder))
    print(json.dumps(told))

"""Building the search index beside the one in use, and swapping it in whole.

`<folder>/<fingerprint>/<N>/` holds one complete index; the file `current` names the one in use.
"""

import fcntl
import hashlib
import json
import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, select

from crm.db import Session, transaction
from knowledge import analyser, postings, snapshot
from knowledge.analyser import Term
from knowledge.encoder import Encoder, Vectors
from knowledge.models import CachedEmbedding
from knowledge.port import LANGUAGES
from knowledge.postings import Postings
from knowledge.snapshot import PassageRecord
from knowledge.unanswered import NONE, Indexed, Unanswered

Say = Callable[[str], None]

LAYOUT = 7  # raise it when analysers, embedded texts or files change: old indexes are then rebuilt
SLOTS = 64  # vector id = row of the passage x SLOTS + slot; slot 0 is the section, others questions
EXACT = 50_000  # vectors of a language up to which all of them are compared
PROBED = 128  # lists that a question looks into beyond that
LEARNED_FROM = 40  # vectors for each list that it is learned from
ROUNDS = 10  # of learning the lists; more move them hardly
CHUNK = 64  # vectors computed between two commits
SAID_EVERY = 8 * CHUNK  # vectors computed between two lines of progress
KEPT = 2  # indexes kept on disk, the one in use included
CURRENT = "current"
LOCK = ".lock"
UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made of; equal manifests mean equal indexes."""

    fingerprint: str
    layout: int
    content: str
    passages: int
    vectors: int


class MissingIndex(RuntimeError):
    """There is no index to search; the message says how to make one."""


def build(
    engine: Engine, encoder: Encoder, folder: Path, say: Say, unanswered: Unanswered = NONE
) -> Manifest:
    """Make the index that the record asks for, if the one in use is another; returns what it is.

    Only texts never embedded before are encoded, outside any transaction. One process makes it at a
    time: others that want the same wait, and find it made.
    """
    with _alone(folder / encoder.spec.fingerprint):
        return _built(engine, encoder, folder, say, unanswered)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed
        yield


def _built(
    engine: Engine, encoder: Encoder, folder: Path, say: Say, unanswered: Unanswered
) -> Manifest:
    with transaction(engine) as s:
        records = snapshot.published(s)
    content = _content(records, unanswered)
    standing = current(folder, encoder)
    if standing and standing[1].content == content:
        say(f"Index: {len(records)} passages, nothing has changed")
        return standing[1]
    texts = texts_of(records)
    asked = [("query", text) for questions in unanswered.values() for text in questions]
    vectors = embedded(engine, encoder, list(dict.fromkeys([*texts.values(), *asked])), say)
    manifest = stand(folder, encoder, records, texts, vectors, unanswered)
    say(f"Index: {len(records)} passages and {len(texts)} vectors in use")
    return manifest


def stand(
    folder: Path,
    encoder: Encoder,
    records: Sequence[PassageRecord],
    texts: Mapping[int, tuple[str, str]],
    vectors: Mapping[tuple[str, str], Vectors],
    unanswered: Unanswered = NONE,
) -> Manifest:
    """Write a whole index beside the one in use, and put it into use.

    `texts` are (kind, text) by vector id as `texts_of` gives them, `vectors` hold one row for each.
    """
    spec = encoder.spec
    home = folder / spec.fingerprint
    content = _content(records, unanswered)
    manifest = Manifest(spec.fingerprint, LAYOUT, content, len(records), len(texts))
    number = 1 + max((int(p.name) for p in home.glob("[0-9]*") if p.name.isdigit()), default=0)
    scratch = home / f".{number}"
    try:
        _write(scratch, records, texts, vectors)
        _write_unanswered(scratch, unanswered, vectors)
        (scratch / "manifest.json").write_text(json.dumps(asdict(manifest)))
    except BaseException:  # half an index would keep a full disk full
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    scratch.rename(home / str(number))
    _point(home, number)
    return manifest


def current(folder: Path, encoder: Encoder) -> tuple[Path, Manifest] | None:
    """The index in use for this encoder, if this code reads it: its folder, what it is made of."""
    home = folder / encoder.spec.fingerprint
    try:
        place = home / (home / CURRENT).read_text().strip()
        manifest = Manifest(**json.loads((place / "manifest.json").read_text()))
    except FileNotFoundError:
        return None
    return (place, manifest) if manifest.layout == LAYOUT else None


def stale(s: Session, encoder: Encoder, folder: Path, unanswered: Unanswered = NONE) -> bool:
    """Whether the record, what is known to be unanswered, or the code has changed since."""
    standing = current(folder, encoder)
    content = _content(snapshot.published(s), unanswered)
    return standing is None or standing[1].content != content


def read_vectors(place: Path, dim: int | None = None) -> dict[str, faiss.Index]:
    """One index for each language that has passages; MissingIndex if rows are not `dim` long."""
    found = {path.stem: faiss.read_index(str(path)) for path in place.glob("*.faiss")}
    for vectors in found.values():
        stored = faiss.downcast_index(vectors.index) if hasattr(vectors, "index") else vectors
        if isinstance(stored, faiss.IndexIVF):
            stored.make_direct_map()  # rows can be read again by their number
        if dim is not None and vectors.d != dim:
            raise MissingIndex(
                f"The search index has rows of {vectors.d} numbers and the embedding model gives "
                f"{dim}: run ./desk index."
            )
    return found


def read_postings(place: Path, language: str) -> Postings:
    """The terms of a language's passages, which are numbered in the order of their rows; none
    where the index has no passage in it."""
    folder = _postings(place, language)
    return postings.read(folder) if folder.exists() else postings.of([])


def _postings(place: Path, language: str) -> Path:
    return place / f"{language}.postings"


def read_unanswered(place: Path) -> dict[str, Indexed]:
    """Each language's unanswered questions."""
    found: dict[str, Indexed] = {}
    for path in place.glob(f"*.{UNANSWERED}.npy"):
        terms = snapshot.read_terms(path.with_suffix(".jsonl"))
        found[path.name.split(".")[0]] = Indexed(np.load(path, allow_pickle=False), terms)
    return found


def vectors_by_id(place: Path) -> dict[int, Vectors]:
    """Every vector of an index, by its id (row of the passage x SLOTS + slot)."""
    found: dict[int, Vectors] = {}
    for stored in read_vectors(place).values():
        ids, rows = vectors_of(stored)
        found |= zip(ids.tolist(), rows, strict=True)
    return found


def vectors_of(stored: Any) -> tuple[npt.NDArray[np.int64], Vectors]:
    """Ids and vectors of an index of one language, of shape (vectors,) and (vectors, dim)."""
    ids = faiss.vector_to_array(stored.id_map)
    return ids, faiss.downcast_index(stored.index).reconstruct_n(0, len(ids))


def _content(records: Iterable[PassageRecord], unanswered: Unanswered) -> str:
    digest = hashlib.sha256(repr(sorted(unanswered.items())).encode())
    digest.update(analyser.fingerprint().encode())
    for record in records:
        digest.update(repr(record).encode())
    return digest.hexdigest()


def texts_of(records: Sequence[PassageRecord]) -> dict[int, tuple[str, str]]:
    """What to embed under which vector id: (kind, text), a question or a passage."""
    texts: dict[int, tuple[str, str]] = {}
    for row, record in enumerate(records):
        texts[row * SLOTS] = ("passage", record.embedded)
        for slot, question in enumerate(record.questions[: SLOTS - 1], 1):
            texts[row * SLOTS + slot] = ("query", question)
    return texts


def _key(text: tuple[str, str]) -> str:
    return hashlib.sha256("\0".join(text).encode()).hexdigest()


def embedded(
    engine: Engine, encoder: Encoder, texts: Sequence[tuple[str, str]], say: Say
) -> dict[tuple[str, str], Vectors]:
    """A vector for each text, from the cache or computed now and cached."""
    fingerprint = encoder.spec.fingerprint
    keys = {_key(text): text for text in texts}
    found: dict[tuple[str, str], Vectors] = {}
    with transaction(engine) as s:
        rows = s.execute(
            select(CachedEmbedding.content, CachedEmbedding.vector).where(
                CachedEmbedding.fingerprint == fingerprint
            )
        )
        for key, vector in rows:
            if key in keys:
                found[keys[key]] = np.frombuffer(vector, "<f4")
    missing = sorted((text for text in texts if text not in found), key=lambda text: len(text[1]))
    for start in range(0, len(missing), CHUNK):
        chunk = missing[start : start + CHUNK]
        computed = dict(zip(chunk, _encode(encoder, chunk), strict=True))
        found |= computed
        with transaction(engine) as s:
            _cache(s, fingerprint, computed)
        done = start + len(chunk)
        if done == len(missing) or done % SAID_EVERY == 0:
            say(f"Index: embedded {done} of {len(missing)} new texts")
    return found


def _encode(encoder: Encoder, texts: Sequence[tuple[str, str]]) -> list[Vectors]:
    rows: dict[tuple[str, str], Vectors] = {}
    for kind, encode in (("query", encoder.queries), ("passage", encoder.passages)):
        chosen = [text for text in texts if text[0] == kind]
        rows |= zip(chosen, encode([text for _, text in chosen]), strict=True)
    return [rows[text] for text in texts]


def _cache(s: Session, fingerprint: str, computed: dict[tuple[str, str], Vectors]) -> None:
    for text, vector in computed.items():
        # Another process may have computed the same vector meanwhile.
        s.merge(CachedEmbedding(content=_key(text), fingerprint=fingerprint, vector=_raw(vector)))


def _raw(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()


def _write(
    scratch: Path,
    records: Sequence[PassageRecord],
    texts: Mapping[int, tuple[str, str]],
    vectors: Mapping[tuple[str, str], Vectors],
) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    snapshot.write(scratch / "passages.jsonl", records)
    for language in LANGUAGES:
        ids = [at for at in texts if records[at // SLOTS].language == language]
        if not ids:
            continue
        said = (index_terms(record) for record in records if record.language == language)
        postings.of(said).write(_postings(scratch, language))
        matrix: npt.NDArray[np.float32] = np.stack([vectors[texts[at]] for at in ids])
        stored = faiss.IndexIDMap2(_store(matrix))
        stored.add_with_ids(matrix, np.array(ids, np.int64))
        faiss.write_index(stored, str(scratch / f"{language}.faiss"))


def _write_unanswered(
    scratch: Path, unanswered: Unanswered, vectors: Mapping[tuple[str, str], Vectors]
) -> None:
    for language, questions in unanswered.items():
        name = f"{language}.{UNANSWERED}"
        rows = np.stack([vectors["query", question] for question in questions])
        np.save(scratch / f"{name}.npy", rows.astype(np.float32))
        terms = [analyser.terms(question, language) for question in questions]
        snapshot.write_terms(scratch / f"{name}.jsonl", terms)


def _store(matrix: Vectors) -> faiss.Index:
    """An empty store for rows like these: exact while that is quick, in lists beyond."""
    rows, dim = matrix.shape
    if rows <= EXACT:
        return faiss.IndexFlatIP(dim)
    lists = 1 << round(math.log2(4 * math.sqrt(rows)))
    inner = faiss.IndexFlatIP(dim)
    stored = faiss.IndexIVFFlat(inner, dim, lists, faiss.METRIC_INNER_PRODUCT)
    draw = np.random.default_rng(0).choice(rows, min(rows, LEARNED_FROM * lists), replace=False)
    stored.cp.niter = ROUNDS
    stored.train(matrix[draw])
    stored.nprobe = min(PROBED, lists)
    return stored


def index_terms(record: PassageRecord) -> list[Term]:
    """The terms a passage is found by: its title, its questions and its text."""
    text = "\n".join((record.title, *record.questions, record.text))
    return analyser.terms(text, record.language)


def _point(home: Path, number: int) -> None:
    pointer = home / f".{CURRENT}"
    pointer.write_text(str(number))
    pointer.replace(home / CURRENT)
    for path in home.glob("[0-9]*"):
        if path.name.isdigit() and int(path.name) <= number - KEPT:
            shutil.rmtree(path, ignore_errors=True)

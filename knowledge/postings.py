"""Which passage says which term how often: an inverted index as arrays in files of their own.

Term t is said by the documents `places[starts[t]:starts[t + 1]]`, in rising order: the rows of a
sparse matrix. Arrays are mapped into memory, not read, so a million passages cost no objects and
are ready at once.
"""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.analyser import Term

Numbers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

K1 = 1.2
B = 0.75
MOST = 65_535  # times that a term is counted in one document
ARRAYS = ("starts", "places", "counts", "impacts", "lengths")


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms by document, weighed by BM25 (Robertson).

    `keys` numbers the terms; `words` are the base's spellings without figures and how often each
    is there, the commonest first. Of shape (entries,): `places`, `counts` and `impacts`, the BM25
    of an entry; of shape (terms + 1,): `starts`; of shape (documents,): `lengths` in terms.
    """

    keys: dict[str, int]
    words: Sequence[tuple[Term, int]]
    starts: npt.NDArray[np.int64]
    places: Numbers
    counts: npt.NDArray[np.uint16]
    impacts: Floats
    lengths: Numbers

    @property
    def documents(self) -> int:
        return len(self.lengths)

    def of(self, key: str) -> tuple[Numbers, Floats]:
        """The documents that say a term, in rising order, and the term's BM25 in each."""
        at = self.keys.get(key)
        if at is None:
            return self.places[:0], self.impacts[:0]
        one = slice(self.starts[at], self.starts[at + 1])
        return self.places[one], self.impacts[one]

    def frequency(self, key: str) -> int:
        """How many documents say a term."""
        at = self.keys.get(key)
        return 0 if at is None else int(self.starts[at + 1] - self.starts[at])

    def revised(self, kept: Sequence[int], added: "Postings") -> "Postings":
        """The documents `kept` (places in rising order), and those of `added` behind them."""
        place = np.full(self.documents, -1, np.int32)
        place[kept] = np.arange(len(kept), dtype=np.int32)
        stays = place[self.places] >= 0
        keys = dict(self.keys)
        number = np.array([keys.setdefault(key, len(keys)) for key in added.keys], np.int32)
        words = Counter(dict(self.words))
        words.update(dict(added.words))
        return assembled(
            keys,
            words.most_common(),
            np.concatenate([self.terms()[stays], number[added.terms()]]),
            np.concatenate([place[self.places[stays]], added.places + np.int32(len(kept))]),
            np.concatenate([self.counts[stays], added.counts]),
            np.concatenate([self.lengths[kept], added.lengths]),
        )

    def write(self, folder: Path) -> None:
        folder.mkdir()
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        words = [[word.key, word.surface, count] for word, count in self.words]
        for name, said in (("keys", list(self.keys)), ("words", words)):
            (folder / f"{name}.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")

    def terms(self) -> Numbers:
        """The number of the term of each entry."""
        return np.repeat(np.arange(len(self.keys), dtype=np.int32), np.diff(self.starts))


def read(folder: Path) -> Postings:
    """What `write` wrote."""
    keys = json.loads((folder / "keys.json").read_text("utf-8"))
    words = json.loads((folder / "words.json").read_text("utf-8"))
    return Postings(
        {key: at for at, key in enumerate(keys)},
        [(Term(key, surface), count) for key, surface, count in words],
        *(np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ARRAYS),
    )


def of(documents: Iterable[Iterable[Term]]) -> Postings:
    """The postings of documents given as their terms, each looked at once and let go."""
    keys: dict[str, int] = {}
    words: Counter[tuple[str, str]] = Counter()
    terms, places, counts, lengths = array("i"), array("i"), array("H"), array("i")
    for place, document in enumerate(documents):
        said = [(term.key, term.surface) for term in document]
        words.update(said)
        lengths.append(len(said))
        for key, count in Counter(key for key, _ in said).items():
            terms.append(keys.setdefault(key, len(keys)))
            places.append(place)
            counts.append(min(count, MOST))
    spelt = [
        (Term(*word), count)
        for word, count in words.most_common()
        if not any(letter.isdigit() for letter in word[1])
    ]
    return assembled(
        keys,
        spelt,
        np.array(terms, np.int32),
        np.array(places, np.int32),
        np.array(counts, np.uint16),
        np.array(lengths, np.int32),
    )


def assembled(
    keys: dict[str, int],
    words: Sequence[tuple[Term, int]],
    terms: Numbers,
    places: Numbers,
    counts: npt.NDArray[np.uint16],
    lengths: Numbers,
) -> Postings:
    """Postings of entries (term, place, count) that are in the order of their places."""
    order = np.argsort(terms, kind="stable")
    places, counts = places[order], counts[order]
    found = np.bincount(terms, minlength=len(keys))
    starts = np.concatenate([[0], np.cumsum(found)]).astype(np.int64)
    usual = max(float(lengths.mean(dtype=np.float64)) if len(lengths) else 1.0, 1.0)
    norm = (K1 * (1 - B + B * lengths / usual)).astype(np.float32)
    impacts = np.repeat((idf(found, len(lengths)) * (K1 + 1)).astype(np.float32), found)
    impacts *= counts / (counts + norm[places])
    return Postings(keys, words, starts, places, counts, impacts, lengths)


def idf(frequency: npt.ArrayLike, documents: int) -> npt.NDArray[np.float64]:
    """How telling terms are that so many of the documents say."""
    said = np.asarray(frequency, np.float64)
    return np.log1p((documents - said + 0.5) / (said + 0.5))

"""Which passage says which term how often: an inverted index as arrays in files of their own.

Two tables of one kind: of terms, and of pairs of terms that stand side by side. Arrays are mapped
into memory, not read, so a million passages cost no objects and are ready at once.
"""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.analyser import Term

Numbers = npt.NDArray[np.int32]
Wide = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

# Passages are short and much of a length: a word said again, and a longer passage, tell less than
# in whole documents (1.2 and .75).
K1 = 0.9
B = 0.4
MOST = 65_535  # times that a term is counted in one document
HALF = 32  # bits that the first of a pair is moved up by, to make one number of two
ARRAYS = ("ids", "starts", "places", "counts", "impacts")


@dataclass(frozen=True, slots=True)
class Table:
    """A sparse matrix of rows by documents, weighed by BM25 (Robertson).

    Row `ids[n]` is said by the documents `places[starts[n]:starts[n + 1]]`; both rise. Of shape
    (entries,): `places`, `counts` and `impacts`, the BM25 of an entry; (rows,): `ids`; (rows + 1,):
    `starts`.
    """

    ids: Wide
    starts: Wide
    places: Numbers
    counts: npt.NDArray[np.uint16]
    impacts: Floats

    def of(self, row: int) -> tuple[Numbers, Floats]:
        """The documents that say a row, in rising order, and its BM25 in each."""
        one = self._entries(row)
        return self.places[one], self.impacts[one]

    def frequency(self, row: int) -> int:
        """How many documents say a row."""
        return len(self.places[self._entries(row)])

    def rows(self) -> Wide:
        """The row of each entry."""
        return np.repeat(self.ids, np.diff(self.starts))

    def _entries(self, row: int) -> slice:
        at = int(np.searchsorted(self.ids, row))
        if at == len(self.ids) or self.ids[at] != row:
            return slice(0, 0)
        return slice(int(self.starts[at]), int(self.starts[at + 1]))

    def write(self, folder: Path) -> None:
        folder.mkdir()
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms and pairs of them by document.

    `keys` numbers the terms; `words` are the base's spellings without figures and how often each
    is there, the commonest first. `lengths` are in terms, of shape (documents,).
    """

    keys: dict[str, int]
    words: Sequence[tuple[Term, int]]
    terms: Table
    pairs: Table
    lengths: Numbers

    @property
    def documents(self) -> int:
        return len(self.lengths)

    def of(self, key: str) -> tuple[Numbers, Floats]:
        """The documents that say a term, in rising order, and the term's BM25 in each."""
        return self.terms.of(self.keys.get(key, -1))

    def frequency(self, key: str) -> int:
        """How many documents say a term."""
        return self.terms.frequency(self.keys.get(key, -1))

    def pair(self, first: str, second: str) -> int:
        """The row of `pairs` where `second` follows `first`; -1, which none has, if none can."""
        one, other = self.keys.get(first), self.keys.get(second)
        return -1 if one is None or other is None else (one << HALF) + other

    def revised(self, kept: Sequence[int], added: "Postings") -> "Postings":
        """The documents `kept` (places in rising order), and those of `added` behind them."""
        place = np.full(self.documents, -1, np.int32)
        place[kept] = np.arange(len(kept), dtype=np.int32)
        keys = dict(self.keys)
        number = np.array([keys.setdefault(key, len(keys)) for key in added.keys], np.int64)
        words = Counter(dict(self.words))
        words.update(dict(added.words))
        lengths = np.concatenate([self.lengths[kept], added.lengths])
        theirs = added.pairs.rows()
        pairs = (number[theirs >> HALF] << HALF) + number[theirs & ((1 << HALF) - 1)]
        return Postings(
            keys,
            words.most_common(),
            _joined(self.terms, place, number[added.terms.rows()], added.terms, lengths),
            _joined(self.pairs, place, pairs, added.pairs, lengths),
            lengths,
        )

    def write(self, folder: Path) -> None:
        folder.mkdir()
        self.terms.write(folder / "terms")
        self.pairs.write(folder / "pairs")
        np.save(folder / "lengths.npy", self.lengths)
        words = [[word.key, word.surface, count] for word, count in self.words]
        for name, said in (("keys", list(self.keys)), ("words", words)):
            (folder / f"{name}.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")


def read(folder: Path) -> Postings:
    """What `write` wrote."""
    keys = json.loads((folder / "keys.json").read_text("utf-8"))
    words = json.loads((folder / "words.json").read_text("utf-8"))
    return Postings(
        {key: at for at, key in enumerate(keys)},
        [(Term(key, surface), count) for key, surface, count in words],
        _mapped(folder / "terms"),
        _mapped(folder / "pairs"),
        _mapped_array(folder / "lengths.npy"),
    )


def _mapped(folder: Path) -> Table:
    return Table(*(_mapped_array(folder / f"{name}.npy") for name in ARRAYS))


def _mapped_array(path: Path) -> Any:
    return np.asarray(np.load(path, mmap_mode="r"))


def of(documents: Iterable[Iterable[Term]]) -> Postings:
    """The postings of documents given as their terms, each looked at once and let go."""
    keys: dict[str, int] = {}
    words: Counter[tuple[str, str]] = Counter()
    said, sizes = array("i"), array("i")
    for document in documents:
        terms = [(term.key, term.surface) for term in document]
        words.update(terms)
        sizes.append(len(terms))
        said.extend(keys.setdefault(key, len(keys)) for key, _ in terms)
    spelt = [
        (Term(*word), count)
        for word, count in words.most_common()
        if not any(letter.isdigit() for letter in word[1])
    ]
    lengths = np.array(sizes, np.int32)
    rows = np.array(said, np.int64)
    places = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    beside = np.flatnonzero(places[1:] == places[:-1])
    return Postings(
        keys,
        spelt,
        _counted(rows, places, lengths),
        _counted((rows[beside] << HALF) + rows[beside + 1], places[beside], lengths),
        lengths,
    )


def _counted(rows: Wide, places: Numbers, lengths: Numbers) -> Table:
    """The table of rows as they are said, one after the other."""
    order = np.argsort(rows, kind="stable")
    rows, places = rows[order], places[order]
    first = np.flatnonzero(_changes(rows) | _changes(places))
    counts = np.minimum(np.diff(first, append=len(rows)), MOST).astype(np.uint16)
    return _weighed(rows[first], places[first], counts, lengths)


def _joined(standing: Table, place: Numbers, rows: Wide, added: Table, lengths: Numbers) -> Table:
    """What of `standing` has a new place, and `added`, whose entries are of `rows`, behind it."""
    stays = place[standing.places] >= 0
    behind = np.int32(place.max(initial=-1) + 1)
    every = np.concatenate([standing.rows()[stays], rows])
    places = np.concatenate([place[standing.places[stays]], added.places + behind])
    counts = np.concatenate([standing.counts[stays], added.counts])
    order = np.argsort(every, kind="stable")
    return _weighed(every[order], places[order], counts[order], lengths)


def _weighed(
    rows: Wide, places: Numbers, counts: npt.NDArray[np.uint16], lengths: Numbers
) -> Table:
    """The table of entries (row, place, count) in the order of rows, then of places."""
    starts = np.flatnonzero(_changes(rows))
    ids, starts = rows[starts], np.append(starts, len(rows)).astype(np.int64)
    found = np.diff(starts)
    usual = max(float(lengths.mean(dtype=np.float64)) if len(lengths) else 1.0, 1.0)
    norm = (K1 * (1 - B + B * lengths / usual)).astype(np.float32)
    impacts = np.repeat((idf(found, len(lengths)) * (K1 + 1)).astype(np.float32), found)
    impacts *= counts / (counts + norm[places])
    return Table(ids, starts, places, counts, impacts)


def _changes(values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Where a value is another than the one before it."""
    return np.concatenate([np.ones(min(len(values), 1), np.bool_), values[1:] != values[:-1]])


def idf(frequency: npt.ArrayLike, documents: int) -> npt.NDArray[np.float64]:
    """How telling terms are that so many of the documents say."""
    said = np.asarray(frequency, np.float64)
    return np.log1p((documents - said + 0.5) / (said + 0.5))

"""Weighted character n-grams: they survive typos, missing accents and Korean without spaces."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LONGEST = 400  # characters that are read
SHORTEST_GRAM, LONGEST_GRAM = 1, 4
RARE = 2  # texts that must hold an n-gram before it counts

Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Row:
    """One text: the columns of its n-grams, ascending, and their weights, together of length 1."""

    columns: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]


class Characters:
    """TF-IDF over the n-grams of words, learnt from texts; counts are damped by their logarithm."""

    def __init__(self, ngrams: Sequence[str], weights: npt.NDArray[np.floating]) -> None:
        self._columns = {ngram: column for column, ngram in enumerate(ngrams)}
        self._weights = np.asarray(weights, np.float32)

    @classmethod
    def learn(cls, texts: Sequence[str]) -> "Characters":
        held = Counter(ngram for text in texts for ngram in set(_ngrams(text)))
        ngrams = sorted(ngram for ngram, count in held.items() if count >= RARE)
        counts = np.array([held[ngram] for ngram in ngrams], np.float64)
        return cls(ngrams, np.log((1 + len(texts)) / (1 + counts)) + 1)

    @classmethod
    def of(cls, arrays: Arrays) -> "Characters":
        return cls(arrays["ngrams"].tolist(), np.asarray(arrays["ngram_weights"], np.float32))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"ngrams": np.array(list(self._columns)), "ngram_weights": self._weights}

    def __len__(self) -> int:
        return len(self._columns)

    def row(self, text: str) -> Row:
        counts = Counter(self._columns[n] for n in _ngrams(text) if n in self._columns)
        columns = np.array(sorted(counts), np.int64)
        times = np.array([counts[column] for column in columns.tolist()], np.float32)
        weights = self._weights[columns] * (1 + np.log(times))
        return Row(columns, weights / (np.sqrt(weights @ weights) or 1.0))


def _ngrams(text: str) -> Iterator[str]:
    """Of each word with a space on either side; a word shorter than an n-gram counts once."""
    for word in _folded(text[:LONGEST]).split():
        padded = f" {word} "
        for size in range(SHORTEST_GRAM, LONGEST_GRAM + 1):
            yield padded[:size]
            for at in range(1, len(padded) - size + 1):
                yield padded[at : at + size]
            if size >= len(padded):
                break


def _folded(text: str) -> str:
    """Lower case without Latin accents; Hangul keeps its syllables."""
    apart = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(c for c in apart if not "\u0300" <= c <= "\u036f")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", bare))

"""Lexical search in memory: BM25 over index terms, and the base's own spelling."""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.analyser import Term

Floats = npt.NDArray[np.float32]

K1 = 1.2
B = 0.75
GRAM = 3
LONG = 7  # letters or jamo from which any one letter may have been replaced by any other
# Letters that sound alike to those who mix them up; Hangul as jamo.
ALIKE = (
    "bv",
    "ckq",
    "csz",
    "gj",
    "iy",
    "aeo",
    "\u1162\u1166\u1168\u1164",
    "\u116a\u116b\u1170\u116c",
    "\u1161\u1165",
)
MISSPELT = 0.8  # what a corrected word counts beside one that was spelt right


@dataclass(frozen=True, slots=True)
class Asked:
    """A term of a question; `weight` is below 1 when its spelling had to be guessed."""

    key: str
    surface: str
    corrected: str
    weight: float


class Lexicon:
    """An inverted index over documents given as lists of terms (Robertson's BM25)."""

    def __init__(self, documents: Sequence[Sequence[Term]]) -> None:
        self.size = len(documents)
        lengths = np.array([len(terms) for terms in documents], np.float32)
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if self.size else 1.0, 1.0))
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, terms in enumerate(documents):
            for key, count in Counter(term.key for term in terms).items():
                found[key].append((at, count))
        self._rarest = self._idf_of(0)
        self._idf = {key: self._idf_of(len(places)) for key, places in found.items()}
        self._postings = {
            key: _contributions(places, self._idf[key], norm) for key, places in found.items()
        }
        self._speller = _Speller(term for terms in documents for term in terms)

    def _idf_of(self, documents: int) -> float:
        return math.log(1 + (self.size - documents + 0.5) / (documents + 0.5))

    def idf(self, key: str) -> float:
        """How telling a term is; one that the base never uses is the most telling."""
        return self._idf.get(key, self._rarest)

    def knows(self, key: str) -> bool:
        return key in self._idf

    def asked(self, terms: Iterable[Term]) -> list[Asked]:
        """The distinct terms of a question, unknown words replaced by near ones of the base."""
        distinct: dict[str, Asked] = {}
        for term in terms:
            if self.knows(term.key):
                asked = Asked(term.key, term.surface, term.surface, 1.0)
            elif near := self._speller.nearest(term.surface):
                asked = Asked(near.key, term.surface, near.surface, MISSPELT)
            else:
                asked = Asked(term.key, term.surface, term.surface, 1.0)
            distinct.setdefault(asked.key, asked)
        return list(distinct.values())

    def scores(self, asked: Sequence[Asked]) -> Floats:
        """BM25 of every document as a share (0..1) of the most that these terms could give."""
        scores = np.zeros(self.size, np.float32)
        mass = 0.0
        for term in asked:
            mass += self.idf(term.key) * (K1 + 1)
            posting = self._postings.get(term.key)
            if posting is not None:
                places, values = posting
                scores[places] += term.weight * values
        return scores / mass if mass else scores


class Overlap:
    """How much a question's terms are those of one of some known questions, weighed by idf."""

    def __init__(self, lexicon: Lexicon, questions: Sequence[Sequence[Term]]) -> None:
        self._idf = lexicon.idf
        places: dict[str, list[int]] = defaultdict(list)
        self._mass = np.zeros(len(questions), np.float32)
        for at, terms in enumerate(questions):
            for asked in lexicon.asked(terms):
                places[asked.key].append(at)
                self._mass[at] += lexicon.idf(asked.key)
        self._places = {key: np.array(found, np.int32) for key, found in places.items()}

    def best(self, asked: Sequence[Asked]) -> float:
        """The highest share (0..1, F1) that `asked` and one of the questions have in common."""
        shared = np.zeros_like(self._mass)
        mass = 0.0
        for term in asked:
            weight = self._idf(term.key)
            mass += weight
            if term.key in self._places:
                shared[self._places[term.key]] += weight * term.weight
        return float((2 * shared / (self._mass + mass + 1e-9)).max(initial=0.0))


def _contributions(
    places: list[tuple[int, int]], idf: float, norm: Floats
) -> tuple[npt.NDArray[np.int32], Floats]:
    where = np.array([at for at, _ in places], np.int32)
    counts = np.array([count for _, count in places], np.float32)
    return where, (idf * counts * (K1 + 1) / (counts + norm[where])).astype(np.float32)


class _Speller:
    """Finds the word of the base that an unknown one is a slip of, letter by letter or jamo."""

    def __init__(self, terms: Iterable[Term]) -> None:
        counts: Counter[Term] = Counter(terms)
        self._words: list[tuple[str, Term]] = []
        self._by_gram: dict[str, list[int]] = defaultdict(list)
        seen: set[str] = set()
        for term, _ in counts.most_common():
            letters = unicodedata.normalize("NFD", term.surface)
            if letters in seen or len(letters) < 4 or any(c.isdigit() for c in letters):
                continue
            seen.add(letters)
            for gram in _grams(letters):
                self._by_gram[gram].append(len(self._words))
            self._words.append((letters, term))

    def nearest(self, surface: str) -> Term | None:
        """The commonest word within one slip (two from nine letters on), or None."""
        letters = unicodedata.normalize("NFD", surface)
        if len(letters) < 5 or any(c.isdigit() for c in letters):
            return None
        allowed = 2 if len(letters) >= 9 else 1
        shared = Counter(at for gram in _grams(letters) for at in self._by_gram.get(gram, ()))
        best: tuple[int, int] | None = None
        for at, _ in shared.most_common(40):
            word = self._words[at][0]
            if abs(len(word) - len(letters)) > allowed or not _plausible(letters, word):
                continue
            slips = _slips(letters, word)
            if slips <= allowed and (best is None or (slips, at) < best):
                best = (slips, at)
        return self._words[best[1]][1] if best else None


def _plausible(slip: str, word: str) -> bool:
    """Whether `slip` looks like a slip of `word` rather than like another word of the language."""
    if not alike(slip[0], word[0]) and "h" not in (slip[0], word[0]):
        return False
    wrong = [pair for pair in zip(slip, word, strict=False) if pair[0] != pair[1]]
    replaced = len(slip) == len(word) and len(wrong) == 1
    return not replaced or len(slip) >= LONG or alike(*wrong[0])


def alike(one: str, other: str) -> bool:
    """Whether two letters are the same or sound alike to those who mix them up."""
    return one == other or any(one in group and other in group for group in ALIKE)


def _grams(letters: str) -> Iterable[str]:
    """The distinct ones, in the order of the word: equally near words are found alike each time."""
    framed = f"^{letters}$"
    return dict.fromkeys(framed[at : at + GRAM] for at in range(len(framed) - GRAM + 1))


def _slips(one: str, other: str) -> int:
    """Letters left out, put in, replaced or swapped (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            swapped = i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
    return row[-1]

"""Lexical search: BM25 over index terms, and the base's own spelling."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from knowledge import postings
from knowledge.analyser import Term
from knowledge.postings import K1, Floats, Numbers, Postings

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
    """Documents ranked by BM25 over their postings."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings
        self._speller = _Speller(word for word, _ in postings.words)

    def idf(self, key: str) -> float:
        """How telling a term is; one that the base never uses is the most telling."""
        return float(postings.idf(self._postings.frequency(key), self._postings.documents))

    def knows(self, key: str) -> bool:
        return self._postings.frequency(key) > 0

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
        scores = np.zeros(self._postings.documents, np.float32)
        mass = sum(self.idf(term.key) for term in asked) * (K1 + 1)
        for term in asked:
            places, impacts = self._postings.of(term.key)
            np.add.at(scores, places, np.float32(term.weight / mass) * impacts)
        return scores

    def phrases(self, asked: Sequence[Asked]) -> Iterator[tuple[Numbers, Floats]]:
        """Which documents say two of the terms side by side as they were asked.

        For each pair these documents, and its BM25 in them as a share of the most that all pairs
        could give together.
        """
        pairs = self._postings.pairs
        rows = [self._postings.pair(one.key, other.key) for one, other in pairwise(asked)]
        telling = (postings.idf(pairs.frequency(row), self._postings.documents) for row in rows)
        mass = np.float32(sum(telling) * (K1 + 1))
        for row in rows:
            places, impacts = pairs.of(row)
            yield places, impacts / mass

    def said(self, asked: Sequence[Asked], documents: Sequence[int]) -> list[frozenset[str]]:
        """Which of these terms each of the documents has."""
        found: list[set[str]] = [set() for _ in documents]
        for term in asked:
            places, _ = self._postings.of(term.key)
            at = np.searchsorted(places, documents)
            for n, place in enumerate(at.tolist()):
                if place < len(places) and places[place] == documents[n]:
                    found[n].add(term.key)
        return [frozenset(keys) for keys in found]


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

    def likest(self, asked: Sequence[Asked], count: int) -> tuple[npt.NDArray[np.int64], Floats]:
        """The questions that have most in common with `asked`, and what share (0..1, F1) it is."""
        shared = np.zeros_like(self._mass)
        mass = 0.0
        for term in asked:
            weight = self._idf(term.key)
            mass += weight
            if term.key in self._places:
                shared[self._places[term.key]] += weight * term.weight
        shares: Floats = (2 * shared / (self._mass + mass + 1e-9)).astype(np.float32)
        first = np.argsort(-shares, kind="stable")[:count]
        return first, shares[first]


class _Speller:
    """Finds the word of the base that an unknown one is a slip of, letter by letter or jamo."""

    def __init__(self, words: Iterable[Term]) -> None:
        """`words` come the commonest first."""
        self._words: list[tuple[str, Term]] = []
        self._by_gram: dict[str, list[int]] = defaultdict(list)
        seen: set[str] = set()
        for term in words:
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


def _apart(one: str, other: str) -> tuple[str, str]:
    """Both without the letters that they begin and end with alike, where no slip can be."""
    shorter = min(len(one), len(other))
    begin = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    left = shorter - begin
    end = next((at for at in range(left) if one[-1 - at] != other[-1 - at]), left)
    return one[begin : len(one) - end], other[begin : len(other) - end]


def _slips(one: str, other: str) -> int:
    """Letters left out, put in, replaced or swapped (optimal string alignment)."""
    one, other = _apart(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            swapped = i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
    return row[-1]

"""What a message wants, and whether the desk knows such wishes at all.

Two linear heads, one on a sentence vector and one on character n-grams, whose scores are added;
one fitted temperature makes their shares mean something. The same class serves in Rasa's pipeline
and in measurements outside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.intents import fitting
from bot.intents.characters import Characters, Row
from bot.intents.scope import Scope, Signs, nearness

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[np.generic]]
Encode = Callable[[Sequence[str]], Floats]

_TEMPERATURES = np.geomspace(0.2, 5.0, 60)


@dataclass(frozen=True, slots=True)
class Settings:
    """`strength` is the inverse of the ridge; `rejected` the share of trained intents, held out,
    that the bar of the scope leaves outside; `outside` are trained intents that are no wishes.

    With one fold nothing is held out: which intent leads is the same, but neither its chance nor
    the scope means anything.
    """

    strength: float = 10.0
    folds: int = 3
    rejected: float = 0.02
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """`chances` by intent, adding up to one; `scope` is below `bar` for what is like no intent."""

    chances: Mapping[str, float]
    scope: float
    bar: float

    @property
    def best(self) -> str:
        return max(self.chances, key=lambda name: self.chances[name])

    @property
    def in_scope(self) -> bool:
        return self.scope >= self.bar


@dataclass(frozen=True, slots=True)
class _Heads:
    """Weights (features, intents) and bias of each head, both centred on the same intents."""

    sentence: Floats
    sentence_bias: Floats
    middle: Floats
    character: Floats
    character_bias: Floats

    @classmethod
    def learn(
        cls, vectors: Floats, rows: Sequence[Row], width: int, intents: npt.NDArray[np.int64],
        kinds: int, strength: float,
    ) -> "_Heads":  # fmt: skip
        middle = vectors.mean(axis=0)
        sentence = fitting.fit([_centred(vectors, middle)], intents, kinds, strength)
        character = fitting.fit([fitting.sparse(rows, width)], intents, kinds, strength)
        return cls(*sentence, middle, *character)

    def of_sentences(self, vectors: Floats) -> Floats:
        scores: Floats = _centred(vectors, self.middle) @ self.sentence + self.sentence_bias
        return scores

    def of_characters(self, rows: Sequence[Row]) -> Floats:
        scores = [row.weights @ self.character[row.columns] for row in rows]
        return np.asarray(np.stack(scores) + self.character_bias, np.float32)


class Understanding:
    """Learnt from utterances by intent. Immutable, so threads may share it."""

    def __init__(
        self, encode: Encode, characters: Characters, intents: Sequence[str], heads: _Heads,
        known: Floats, scope: Scope, temperature: float,
    ) -> None:  # fmt: skip
        self._encode, self._characters, self._heads = encode, characters, heads
        self._intents, self._known = tuple(intents), known
        self._scope, self._temperature = scope, temperature

    @classmethod
    def learn(
        cls, texts: Sequence[str], intents: Sequence[str], encode: Encode, settings: Settings
    ) -> "Understanding":
        names = sorted(set(intents))
        target = np.array([names.index(intent) for intent in intents], np.int64)
        characters = Characters.learn(texts)
        vectors, rows = encode(texts), [characters.row(text) for text in texts]

        def heads(at: npt.NDArray[np.int64]) -> _Heads:
            some = [rows[n] for n in at.tolist()]
            return _Heads.learn(
                vectors[at], some, len(characters), target[at], len(names), settings.strength
            )

        inside = np.array([intent not in settings.outside for intent in intents], np.bool_)
        held = _HeldOut.of(vectors, rows, target, inside, settings.folds, heads)
        return cls(
            encode, characters, names, heads(np.arange(len(texts))), vectors[inside],
            Scope.learn(held.signs, settings.rejected), _best_temperature(held.scores, target),
        )  # fmt: skip

    @classmethod
    def of(cls, arrays: Arrays, encode: Encode) -> "Understanding":
        """From what `arrays` gave."""
        heads = _Heads(*(np.asarray(arrays[name], np.float32) for name in _Heads.__slots__))
        return cls(
            encode, Characters.of(arrays), arrays["intents"].tolist(), heads,
            np.asarray(arrays["known"], np.float32), Scope.of(arrays),
            float(np.asarray(arrays["temperature"], np.float64)),
        )  # fmt: skip

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Plain arrays: a stored model can run nothing."""
        return {
            **{name: getattr(self._heads, name) for name in _Heads.__slots__},
            **self._characters.arrays(),
            **self._scope.arrays(),
            "intents": np.array(self._intents),
            "known": self._known.astype(np.float16),
            "temperature": np.array(self._temperature),
        }

    def judge(self, texts: Sequence[str]) -> list[Judged]:
        vectors, rows = self._encode(texts), [self._characters.row(text) for text in texts]
        sentence, character = self._heads.of_sentences(vectors), self._heads.of_characters(rows)
        signs = Signs.of(sentence, character, nearness(vectors, self._known))
        chances = _shares((sentence + character) / self._temperature)
        return [
            Judged(
                dict(zip(self._intents, one.tolist(), strict=True)), float(score), self._scope.bar
            )
            for one, score in zip(chances, self._scope.score(signs), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """What each trained utterance gets from heads and neighbours that never saw it."""

    scores: Floats
    signs: Signs

    @classmethod
    def of(
        cls, vectors: Floats, rows: Sequence[Row], target: npt.NDArray[np.int64],
        inside: npt.NDArray[np.bool_], folds: int,
        learn: Callable[[npt.NDArray[np.int64]], _Heads],
    ) -> "_HeldOut":  # fmt: skip
        sentence = np.zeros((len(rows), int(target.max()) + 1), np.float32)
        character, near = np.zeros_like(sentence), np.zeros(len(rows), np.float32)
        fold = _folds(target, folds)
        for held in range(folds):
            unseen = np.flatnonzero(fold == held)
            seen = np.flatnonzero(fold != held) if folds > 1 else unseen
            heads = learn(seen)
            sentence[unseen] = heads.of_sentences(vectors[unseen])
            character[unseen] = heads.of_characters([rows[n] for n in unseen.tolist()])
            near[unseen] = nearness(vectors[unseen], vectors[seen[inside[seen]]])
        signs = Signs.of(sentence[inside], character[inside], near[inside])
        return cls(sentence + character, signs)


def _folds(target: npt.NDArray[np.int64], folds: int) -> npt.NDArray[np.int64]:
    """Each intent spread evenly over the folds, by chance but always the same."""
    fold = np.zeros(len(target), np.int64)
    chance = np.random.default_rng(7)
    for intent in range(int(target.max()) + 1):
        at = np.flatnonzero(target == intent)
        fold[chance.permutation(at)] = np.arange(len(at)) % folds
    return fold


def _centred(vectors: Floats, middle: Floats) -> Floats:
    # Sentence vectors share most of their length; without it C means the same as for n-grams.
    apart: Floats = (vectors - middle) / np.sqrt(1 - float(middle @ middle) + 1e-6)
    return apart


def _shares(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return shares


def _best_temperature(scores: Floats, target: npt.NDArray[np.int64]) -> float:
    """The one with the least log loss."""
    rows = np.arange(len(target))
    losses = [-np.log(_shares(scores / t)[rows, target] + 1e-12).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])

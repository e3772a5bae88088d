"""What a message wants, and whether the desk knows such wishes at all.

Two linear heads for all languages, one on a sentence vector and one on character n-grams, whose
scores are added. A third one reads English alone, with an encoder that knows nothing else. One
fitted temperature makes shares of the scores that mean something; it and the scope are fitted
apart for English and for the rest. The same class serves in Rasa's pipeline and in measurements
outside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.intents.characters import Characters
from bot.intents.heads import Arrays, Floats, Target
from bot.intents.reading import Encoders, Heads, Read, Scores, held_out
from bot.intents.scope import Scope

ENGLISH = "en"
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
class _Calibration:
    """What the scores of texts read in one way are worth."""

    scope: Scope
    temperature: float

    @classmethod
    def learn(
        cls, held_out: Scores, intents: npt.NDArray[np.int64], inside: npt.NDArray[np.bool_],
        rejected: float,
    ) -> "_Calibration":  # fmt: skip
        return cls(
            Scope.learn(held_out.at(inside).signs, rejected),
            _best_temperature(held_out.both, intents),
        )

    @classmethod
    def of(cls, arrays: Arrays, name: str) -> "_Calibration":
        return cls(Scope.of(arrays, name), float(np.asarray(arrays[f"{name}_temperature"])))

    def arrays(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        return {**self.scope.arrays(name), f"{name}_temperature": np.array(self.temperature)}


class Understanding:
    """Learnt from utterances by intent. Immutable, so threads may share it."""

    def __init__(
        self, encoders: Encoders, characters: Characters, intents: Sequence[str], heads: Heads,
        calibration: _Calibration, in_english: _Calibration,
    ) -> None:  # fmt: skip
        self._encoders, self._characters, self._heads = encoders, characters, heads
        self._intents = tuple(intents)
        self._calibration, self._in_english = calibration, in_english

    @classmethod
    def learn(
        cls, texts: Sequence[str], intents: Sequence[str], languages: Sequence[str],
        encoders: Encoders, settings: Settings,
    ) -> "Understanding":  # fmt: skip
        """From at least one text of each intent; ValueError where too few are English."""
        names = sorted(set(intents))
        numbers = np.array([names.index(intent) for intent in intents], np.int64)
        target = Target(numbers, len(names), settings.strength)
        characters = Characters.learn(texts)
        inside = np.array([intent not in settings.outside for intent in intents], np.bool_)
        in_english = np.array([language == ENGLISH for language in languages], np.bool_)
        read = Read.of(texts, in_english, inside, encoders, characters)
        every, english = held_out(read, target, settings.folds)
        some = read.in_english
        return cls(
            encoders, characters, names, Heads.learn(read, target, np.arange(len(texts))),
            _Calibration.learn(every, numbers, inside, settings.rejected),
            _Calibration.learn(english, numbers[some], inside[some], settings.rejected),
        )  # fmt: skip

    @classmethod
    def of(cls, arrays: Arrays, encoders: Encoders) -> "Understanding":
        """From what `arrays` gave."""
        return cls(
            encoders, Characters.of(arrays), arrays["intents"].tolist(), Heads.of(arrays),
            _Calibration.of(arrays, "every"), _Calibration.of(arrays, "english"),
        )  # fmt: skip

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Plain arrays: a stored model can run nothing."""
        return {
            **self._heads.arrays(),
            **self._characters.arrays(),
            **self._calibration.arrays("every"),
            **self._in_english.arrays("english"),
            "intents": np.array(self._intents),
        }

    def judge(self, texts: Sequence[str], language: str) -> list[Judged]:
        """Texts of one language."""
        rows = [self._characters.row(text) for text in texts]
        scores = self._heads.scores(self._encoders.every(texts), rows)
        calibration = self._calibration
        if language == ENGLISH:
            vectors = self._encoders.english(texts)
            scores = scores.read_in_english(self._heads.english, vectors)
            calibration = self._in_english
        chances = _shares(scores.both / calibration.temperature)
        scope = calibration.scope
        return [
            Judged(dict(zip(self._intents, one.tolist(), strict=True)), float(score), scope.bar)
            for one, score in zip(chances, scope.score(scores.signs), strict=True)
        ]


def _shares(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return shares


def _best_temperature(scores: Floats, target: npt.NDArray[np.int64]) -> float:
    """The one with the least log loss."""
    rows = np.arange(len(target))
    losses = [-np.log(_shares(scores / t)[rows, target] + 1e-12).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])

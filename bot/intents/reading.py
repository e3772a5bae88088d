"""Texts as the heads take them, and what the heads say of texts that they have or have not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.intents.characters import Characters, Row
from bot.intents.heads import Arrays, CharacterHead, Floats, SentenceHead, Target
from bot.intents.scope import Signs

Encode = Callable[[Sequence[str]], Floats]

WEIGHT = 2  # of the English head: as much as the two others together


@dataclass(frozen=True, slots=True)
class Encoders:
    """`every` reads all languages, `english` nothing but English."""

    every: Encode
    english: Encode


@dataclass(frozen=True, slots=True)
class Scores:
    """Of each text, shape (texts, intents): by sentence and by characters; and how near it is."""

    sentence: Floats
    character: Floats
    near: Floats

    @property
    def both(self) -> Floats:
        return self.sentence + self.character

    @property
    def signs(self) -> Signs:
        return Signs.of(self.sentence, self.character, self.near)

    @classmethod
    def joined(cls, parts: Sequence["Scores"]) -> "Scores":
        return cls(
            np.concatenate([part.sentence for part in parts]),
            np.concatenate([part.character for part in parts]),
            np.concatenate([part.near for part in parts]),
        )

    def at(self, some: npt.NDArray[np.generic]) -> "Scores":
        return Scores(self.sentence[some], self.character[some], self.near[some])

    def read_in_english(self, head: SentenceHead, vectors: Floats) -> "Scores":
        """With what the English head says of the same texts."""
        return Scores(
            self.sentence + WEIGHT * head.scores(vectors),
            self.character,
            np.float32(0.5) * (self.near + head.nearness(vectors)),
        )


@dataclass(frozen=True, slots=True)
class Heads:
    every: SentenceHead
    character: CharacterHead
    english: SentenceHead

    @classmethod
    def learn(cls, read: "Read", target: Target, at: npt.NDArray[np.int64]) -> "Heads":
        """From the texts whose numbers are `at`, and those of them that are English.

        Raises ValueError where none of them is.
        """
        in_english = at[read.in_english[at]]
        if not len(in_english):
            raise ValueError(
                "Too few texts are known to be English. Training data is of the language whose "
                "folder it lies in, as in en/nlu, if the importer that config.yml names reads it."
            )
        return cls(
            SentenceHead.learn(read.every[at], target.at(at), read.inside[at]),
            CharacterHead.learn([read.rows[n] for n in at.tolist()], read.width, target.at(at)),
            SentenceHead.learn(
                read.english[in_english], target.at(in_english), read.inside[in_english]
            ),
        )

    @classmethod
    def of(cls, arrays: Arrays) -> "Heads":
        return cls(
            SentenceHead.of(arrays, "every"),
            CharacterHead.of(arrays, "character"),
            SentenceHead.of(arrays, "english"),
        )

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {
            **self.every.arrays("every"),
            **self.character.arrays("character"),
            **self.english.arrays("english"),
        }

    def scores(self, vectors: Floats, rows: Sequence[Row]) -> Scores:
        """What the heads of all languages say."""
        return Scores(
            self.every.scores(vectors), self.character.scores(rows), self.every.nearness(vectors)
        )


@dataclass(frozen=True, slots=True)
class Read:
    """Texts as the heads take them; `english` has rows of zeros for what is not English.

    `inside` are texts that anything could be near to, `width` is how many n-grams are known.
    """

    every: Floats
    english: Floats
    rows: Sequence[Row]
    width: int
    in_english: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls, texts: Sequence[str], in_english: npt.NDArray[np.bool_],
        inside: npt.NDArray[np.bool_], encoders: Encoders, characters: Characters,
    ) -> "Read":  # fmt: skip
        vectors = encoders.english([texts[n] for n in np.flatnonzero(in_english).tolist()])
        english = np.zeros((len(texts), vectors.shape[1]), np.float32)
        english[in_english] = vectors
        rows = [characters.row(text) for text in texts]
        return cls(encoders.every(texts), english, rows, len(characters), in_english, inside)


def held_out(read: Read, target: Target, folds: int) -> tuple[Scores, Scores]:
    """What each text gets from heads and neighbours that never saw it; and each English one, read
    in English."""
    fold = _folds(target.intents, folds)
    order, every, english = [], [], []
    for held in range(folds):
        unseen = np.flatnonzero(fold == held)
        heads = Heads.learn(read, target, np.flatnonzero(fold != held) if folds > 1 else unseen)
        scores = heads.scores(read.every[unseen], [read.rows[n] for n in unseen.tolist()])
        order.append(unseen)
        every.append(scores)
        english.append(scores.read_in_english(heads.english, read.english[unseen]))
    back = np.argsort(np.concatenate(order))
    return Scores.joined(every).at(back), Scores.joined(english).at(back[read.in_english])


def _folds(target: npt.NDArray[np.int64], folds: int) -> npt.NDArray[np.int64]:
    """Each intent spread evenly over the folds, by chance but always the same."""
    fold = np.zeros(len(target), np.int64)
    chance = np.random.default_rng(7)
    for intent in range(int(target.max()) + 1):
        at = np.flatnonzero(target == intent)
        fold[chance.permutation(at)] = np.arange(len(at)) % folds
    return fold

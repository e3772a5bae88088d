"""Asking a public set: through the library that serves people, and by words alone beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from knowledge import analyser, answer, decide, evidence, index, postings
from knowledge.abroad import Leader
from knowledge.encoder import Encoder, Vectors
from knowledge.index import Say
from knowledge.lexicon import Lexicon
from knowledge.port import Language
from knowledge.proof.collection import Asked, Collection, named
from knowledge.proof.figures import DEPTH, Rank
from knowledge.search import Library, joined
from knowledge.snapshot import PassageRecord

DAY = date(2026, 1, 1)


class Reading:
    """An encoder that has read a set's questions before; any other text it encodes as usual."""

    def __init__(self, encoder: Encoder, known: Mapping[tuple[str, str], Vectors]) -> None:
        self._encoder, self._known = encoder, known
        self.spec = encoder.spec

    def queries(self, texts: Sequence[str]) -> Vectors:
        rows = [self._known.get(("query", text)) for text in texts]
        return np.stack(
            [
                self._encoder.queries([text])[0] if row is None else row
                for text, row in zip(texts, rows, strict=True)
            ]
        )

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.passages(texts)


def stand(engine: Engine, encoder: Encoder, folder: Path, found: Collection, say: Say) -> Library:
    """A library of the collection's passages; vectors are kept in `engine` from run to run."""
    texts = index.texts_of(found.records)
    asked = [one for questions in found.asked.values() for one in questions]
    questions = [("query", one.text) for one in asked]
    questions += [("query", joined(one.history, one.text)) for one in asked if one.history]
    wanted = list(dict.fromkeys([*texts.values(), *questions]))
    vectors = index.embedded(engine, encoder, wanted, say)
    place = folder / found.name
    index.stand(place, encoder, found.records, texts, vectors)
    return Library(place, Reading(encoder, vectors), decide.load(names=evidence.NAMES))


def ranks(library: Library, asked: Sequence[Asked]) -> list[Rank]:
    """For each question the rank of its first right passage among the hits."""
    names = {
        answer.address(record): named(record)
        for tongue in library.tongues().values()
        for record in tongue.records
    }
    found = (library.hits(one.text, one.language, DAY, DEPTH, one.history) for one in asked)
    return [
        rank(one, [names[hit.url] for hit in hits]) for one, hits in zip(asked, found, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Sides:
    """One question of a partly translated base: which side's leader is right, and by how much.

    `ahead` is the strength of the own language's leader above that of the other's.
    """

    own_right: bool
    other_right: bool
    ahead: float


def sides(library: Library, asked: Sequence[Asked]) -> list[Sides]:
    """The leaders of both languages for each question, for the curve between them."""
    return [_sides(one, library.leaders(one.text, one.language, DAY, DEPTH)) for one in asked]


def _sides(one: Asked, found: Sequence[Leader]) -> Sides:
    by_own = {leader.tongue.language == one.language: leader for leader in found}
    own, other = by_own[True], by_own[False]
    return Sides(
        own.record.article in one.right,
        other.record.article in one.right,
        own.strength - other.strength,
    )


def trade_off(
    own: Sequence[Sides], other: Sequence[Sides], more: Sequence[float]
) -> list[tuple[float, float]]:
    """(loss in the own language, recall@1 in the other) as the own one is put ahead by `more`."""
    alone = sum(one.own_right for one in own) / len(own)
    return [(alone - _right(own, ahead), _right(other, ahead)) for ahead in more]


def _right(asked: Sequence[Sides], more: float) -> float:
    right = (one.own_right if one.ahead + more > 0 else one.other_right for one in asked)
    return sum(right) / len(asked)


class Words:
    """BM25 alone over the same passages, with the analyser of the language they are written in."""

    def __init__(self, records: Sequence[PassageRecord]) -> None:
        self._names = [named(record) for record in records]
        self._lexicon = Lexicon(postings.of(index.index_terms(record) for record in records))

    def ranks(self, asked: Sequence[Asked]) -> list[Rank]:
        return [rank(one, self._best(joined(one.history, one.text), one.language)) for one in asked]

    def _best(self, text: str, language: Language) -> list[str]:
        scores = self._lexicon.scores(self._lexicon.asked(analyser.terms(text, language)))
        return [self._names[at] for at in np.argsort(-scores, kind="stable")[:DEPTH].tolist()]


def rank(one: Asked, names: Sequence[str]) -> Rank:
    """The place of the first right passage among `names`, best first."""
    found = (at for at, name in enumerate(names, 1) if name in one.right)
    return next(found, None)

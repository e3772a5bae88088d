"""Passages that exist in other languages only: found by meaning, ranked apart, then compared.

Vectors keep something of the language they were written in, so the direction of the question's
language is taken off it, and scores of two languages are never compared as they are: what counts
is how far a language's leader stands out among its own passages, and how much of the question it
says word for word.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.encoder import Encoder, Vectors
from knowledge.pairs.port import Reranker
from knowledge.pairs.reordering import reordered
from knowledge.port import LANGUAGES, Language
from knowledge.ranking import Scores, Tongue, highest
from knowledge.snapshot import PassageRecord

SAMPLE = Path(__file__).with_name("calibration")
SAMPLED = 48  # questions of each language that tell where its questions lie
TAKEN_OFF = 0.4  # of the mean of a language's questions; .3 to .6 find alike across languages
LEXICAL = 0.15  # names, figures and codes are spelt alike in two languages
COMPARED = 8  # of each language's passages, at least

# A leader's strength: how far it stands out and its share of the words, weighed apart for the own
# language and another, fitted on XQuAD in two folds (English and Spanish, each paragraph in one of
# them only). The own language is AHEAD by so much that 2.5 % of what it holds is lost to the other,
# and 88 % of what only the other holds is found. All are free of any scale of cosines.
OWN, OTHER = (1.85, 13.0), (2.6, 9.0)
AHEAD = -0.35

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Leader:
    """The best passages of one language by place, the best first, and how strong that one is."""

    tongue: Tongue
    best: Sequence[int]
    scores: Scores
    strength: float  # comparable between languages, as scores are not

    @property
    def record(self) -> PassageRecord:
        return self.tongue.records[self.best[0]]


class Abroad:
    """The languages beside a question's own. Threads may share it."""

    def __init__(
        self, tongues: Mapping[str, Tongue], encoder: Encoder, reranker: Reranker | None = None
    ) -> None:
        self._tongues, self._encoder, self._reranker = tongues, encoder, reranker
        self._centres = _centres(encoder) if self._lacking() else {}
        self._masks: dict[tuple[str, str, date], Mask] = {}

    def leaders(
        self, text: str, language: Language, as_of: date, limit: int = COMPARED
    ) -> list[Leader]:
        """The best of each other language among what the own one does not have, if anything."""
        others = [
            (tongue, only)
            for tongue in self._tongues.values()
            if tongue.language != language and (only := self._only(language, tongue, as_of)).any()
        ]
        if not others:
            return []
        vector = self._encoder.queries([text])
        turned = vector - np.float32(TAKEN_OFF) * self._centres[language]
        found = []
        for tongue, only in others:
            scores = tongue.scores_of(turned, tongue.asked(text), LEXICAL)
            scores = reordered(self._reranker, text, tongue, scores, only)
            found.append(_leader_among(tongue, only, scores, limit))
        return found

    def _lacking(self) -> bool:
        """Whether any article is not there in all the languages of the base."""
        named = [{record.article for record in one.records} for one in self._tongues.values()]
        return len(self._tongues) < len(LANGUAGES) or any(one != named[0] for one in named)

    def _only(self, language: Language, tongue: Tongue, as_of: date) -> Mask:
        """Passages in force whose article has none in force in `language`; kept for a day."""
        key = (language, tongue.language, as_of)
        known = self._masks.get(key)
        if known is None:
            own = self._tongues.get(language)
            there = own.articles(as_of) if own else frozenset()
            elsewhere = [record.article not in there for record in tongue.records]
            known = np.array(elsewhere, np.bool_) & tongue.in_force(as_of)
            if len(self._masks) > len(LANGUAGES) ** 2:
                self._masks.clear()
            self._masks[key] = known
        return known


def leader(
    tongue: Tongue, scores: Scores, best: Sequence[int], weights: tuple[float, float] = OWN
) -> Leader:
    """How strong `best[0]` is; `best` are places of passages, the best first."""
    at = best[0]
    out = tongue.stands_out(scores.vector, float(scores.closeness[at]))
    strength = weights[0] * out + weights[1] * float(scores.lexical[at])
    return Leader(tongue, best, scores, strength)


def _leader_among(tongue: Tongue, only: Mask, scores: Scores, limit: int) -> Leader:
    fused = np.where(only, scores.fused, -np.inf)
    best = [at for at in highest(fused, max(limit, COMPARED)) if only[at]]
    return leader(tongue, scores, best, OTHER)


def _centres(encoder: Encoder) -> dict[str, Vectors]:
    """Where the questions of each language lie, of shape (dim,)."""
    found: dict[str, Vectors] = {}
    for language in LANGUAGES:
        path = SAMPLE / f"questions.{language}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        asked = [json.loads(line)["question"] for line in lines[:: len(lines) // SAMPLED]]
        found[language] = encoder.queries(asked).mean(axis=0)
    return found

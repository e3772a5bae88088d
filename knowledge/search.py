"""Asking the index: hits for a reader, a finding for the bot. Holds no database session."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from knowledge import (
    abroad,
    analyser,
    answer,
    decide,
    elsewhere,
    evidence,
    index,
    ranking,
    snapshot,
    trial,
)
from knowledge.abroad import Abroad, Leader
from knowledge.encoder import Encoder
from knowledge.index import MissingIndex
from knowledge.pairs.port import Reader, Reranker
from knowledge.pairs.reordering import reordered
from knowledge.port import Finding, Hit, Language, Query
from knowledge.ranking import Floats, Scores, Tongue
from knowledge.snapshot import PassageRecord
from knowledge.trial import Trial

CANDIDATES = 8
JOINED_TURNS = 2  # earlier questions that a follow-up may lean on
# Of a piece of a document: a follow-up's own words choose the piece, the talk so far the document.
# Chosen on every other talk of a fifth of Doc2Dial's later turns: the rest finds the same.
OWN_WORDS, SUBJECT = 0.8, 2.0
LEANING = 3  # content words up to which a turn may be a follow-up
NEIGHBOURS = 8  # sections that the talk before leaves to a follow-up
APART = np.float32(-1)  # the score of the others, below all that is found
ANOTHER_MATTER = 0.6  # share of unanswered questions among its nearest from which a turn is none
MOST_CHARACTERS = 2000  # of a question; the rest cannot matter to a passage of 90 words


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates of one question, likeliest first, with the chance that each holds the fact.

    `words` are the content words of what was asked, with the earlier turns where it leans on them.
    """

    records: Sequence[PassageRecord]
    chances: Sequence[float]
    words: int

    @property
    def sure(self) -> float:
        """The chance that any of them holds the fact."""
        return decide.any_of(self.chances)


class _Shelf:
    """One complete index in memory."""

    def __init__(self, place: Path, encoder: Encoder, reranker: Reranker | None) -> None:
        self.place = place
        own = place / decide.OWN
        self.model = decide.load(own) if own.exists() else None
        records = snapshot.read(place / "passages.jsonl")
        tongues: dict[str, Tongue] = {}
        unanswered = index.read_unanswered(place)
        for language, vectors in index.read_vectors(place, encoder.spec.dim).items():
            rows = [row for row, record in enumerate(records) if record.language == language]
            tongues[language] = Tongue(
                records[rows[0]].language,
                rows,
                [records[row] for row in rows],
                index.read_postings(place, language),
                vectors,
                unanswered.get(language),
            )
        self.tongues: Mapping[str, Tongue] = tongues
        self.abroad = Abroad(tongues, encoder, reranker)


class Library:
    """The index in use. `find` is the Search of knowledge.port; threads may share a library."""

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        model: decide.Model,
        ahead: float = abroad.AHEAD,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Raises MissingIndex when `folder` holds no index of this encoder.

        `ahead` is what a question's own language has before the others in a list of hits. A
        `reranker` orders what is found first in a language, a `reader` looks into what is said.
        """
        self._folder, self._ahead = folder, ahead
        self._reranker, self._reader = reranker, reader
        self._abroad_model = decide.load(elsewhere.CALIBRATED)
        self._encoder = encoder
        self._shipped = model
        self._shelf = self._load()

    @property
    def place(self) -> Path:
        """The folder of the index in use."""
        return self._shelf.place

    @property
    def model(self) -> decide.Model:
        """How it is decided: by the index's own bar, if it has one, else as it was shipped."""
        return self._shelf.model or self._shipped

    def reload(self) -> bool:
        """Take a newly built index into use; answers of the old one go on meanwhile."""
        standing = index.current(self._folder, self._encoder)
        if standing is None or standing[0] == self._shelf.place:
            return False
        self._shelf = self._load()
        return True

    def find(self, query: Query) -> Finding:
        """Answer, ask back or say that the base does not hold it.

        What the own language does not answer may be answered by an article that exists in another
        language only; the finding then names that language.
        """
        text = query.text[:MOST_CHARACTERS].strip()
        if not text:
            return Finding("none", language=query.language)
        tongue = self._shelf.tongues.get(query.language)
        if tongue is not None and (named := tongue.named(text, query.as_of)) is not None:
            return answer.of_one(named, text)
        own = self._own_ranked(text, query)
        found = self._said(text, own, self.model, query.language)
        if found.verdict != "none":
            return found
        other = self._elsewhere(text, query, own.sure)
        foreign = self._said(text, other, self._abroad_model, query.language)
        return foreign if foreign.verdict == "answer" else found

    def _said(self, text: str, ranked: Ranked, model: decide.Model, language: Language) -> Finding:
        return answer.compose(
            text, ranked.records, ranked.chances, model, language, ranked.words, self._reader
        )

    def hits(
        self,
        text: str,
        language: Language,
        as_of: date,
        limit: int = 10,
        history: Sequence[str] = (),
    ) -> list[Hit]:
        """The best passages in order, for people who search themselves.

        Those of articles that exist in other languages only stand among them, first where they
        are likelier. `history` holds the person's earlier questions, oldest first.
        """
        return in_turn(self.leaders(text, language, as_of, limit, history), limit)

    def leaders(
        self,
        text: str,
        language: Language,
        as_of: date,
        limit: int = 10,
        history: Sequence[str] = (),
    ) -> list[Leader]:
        """The best of each language that has something to say, the likeliest language first."""
        text = text[:MOST_CHARACTERS].strip()
        if not text:
            return []
        found = self._shelf.abroad.leaders(text, language, as_of, limit)
        if own := self._own(text, language, as_of, limit, history):
            found.append(own)
        return sorted(found, key=lambda one: -one.strength)

    def _own(
        self, text: str, language: Language, as_of: date, limit: int, history: Sequence[str]
    ) -> Leader | None:
        tongue = self._shelf.tongues.get(language)
        if tongue is None:
            return None
        scores = tongue.scores(text, self._encoder)
        if history:
            talk = tongue.scores(joined(history, text), self._encoder)
            scores = _followed(tongue, scores, talk, as_of)
        asked, in_force = joined(history, text), tongue.in_force(as_of)
        scores = reordered(self._reranker, asked, tongue, scores, in_force)
        best = _best(tongue, scores, as_of, limit)
        if not best:
            return None
        own = abroad.leader(tongue, scores, best)
        return replace(own, strength=own.strength + self._ahead)

    def _elsewhere(self, text: str, query: Query, own: float) -> Ranked:
        """The likeliest passage of an article that exists in another language only, if any does.

        `own` is the chance that the question's own language holds the fact.
        """
        rows, records = self.foreign_evidence(text, query.language, query.as_of, own)
        if not records:
            return Ranked((), (), 0)
        chances = self._abroad_model.chances(rows)
        best = int(np.argmax(chances))
        return Ranked([records[best]], [float(chances[best])], len(text.split()))

    def sure(self, text: str, language: Language, as_of: date) -> float:
        """The chance that the question's own language holds the fact."""
        return self._own_ranked(text, Query(text, language, as_of)).sure

    def foreign_evidence(
        self, text: str, language: Language, as_of: date, own: float
    ) -> tuple[Floats, list[PassageRecord]]:
        """What the decision on other languages sees of a question: signs and their passages."""
        leaders = self._shelf.abroad.leaders(text, language, as_of)
        question = elsewhere.Question(text, language, own)
        tongue = self._shelf.tongues.get(language)
        if leaders and tongue is not None:
            alike = tongue.scores(text, self._encoder).unanswered or evidence.USUAL
            question = elsewhere.Question(tongue.spelt(text), language, own, alike)
        return elsewhere.weigh(question, leaders)

    def partly(self, tongues: Mapping[str, Tongue]) -> "Library":
        """This library as if its base were of these passages, for those who measure."""
        twin = copy(self)
        twin._shelf = copy(self._shelf)  # noqa: SLF001 - its own twin
        twin._shelf.tongues = tongues  # noqa: SLF001
        twin._shelf.abroad = Abroad(tongues, self._encoder, self._reranker)  # noqa: SLF001
        return twin

    def deciding(self, model: decide.Model) -> "Library":
        """This library with `model` for its index's own, for those who measure."""
        twin = copy(self)
        twin._shelf = copy(self._shelf)  # noqa: SLF001 - its own twin
        twin._shelf.model = model  # noqa: SLF001 - its own twin
        return twin

    def tongues(self) -> Mapping[str, Tongue]:
        """The passages of each language in the index in use, for those who measure."""
        return self._shelf.tongues

    def near(self, text: str, language: str, limit: int) -> list[PassageRecord]:
        """The sections whose words and meaning lie nearest to a text, in force or not."""
        tongue = self._shelf.tongues.get(language)
        if tongue is None:
            return []
        scores = tongue.scores(text[:MOST_CHARACTERS], self._encoder)
        return [tongue.records[at] for at in ranking.highest(scores.fused, limit)]

    def trial(self, draft: Sequence[PassageRecord]) -> Trial:
        """This library beside one that holds a draft too; the one in use is left as it is."""
        drafted = copy(self)
        drafted._shelf = copy(self._shelf)  # noqa: SLF001 - its own twin
        changed = trial.tongue(self._shelf.place, draft, self._encoder)
        drafted._shelf.tongues = {**self._shelf.tongues, changed.language: changed}  # noqa: SLF001
        return Trial(self, drafted, draft)

    def evidence(
        self, text: str, language: Language, as_of: date, limit: int, hidden: str = ""
    ) -> tuple[Floats, list[PassageRecord]]:
        """What the decision model sees of a question: evidence rows and their passages.

        The article `hidden` is taken to be missing from the base.
        """
        tongue = self._shelf.tongues[language]
        scores = tongue.scores(text, self._encoder)
        there = tongue.in_force(as_of)
        if hidden:
            away = np.array([record.article == hidden for record in tongue.records])
            scores = replace(scores, fused=np.where(away, np.float32(-1), scores.fused))
            there = there & ~away
        scores = reordered(self._reranker, text, tongue, scores, there)
        best = _best(tongue, scores, as_of, limit)
        best = [at for at in best if tongue.records[at].article != hidden]
        return evidence.weigh(text, tongue, scores, best), [tongue.records[at] for at in best]

    def _own_ranked(self, text: str, query: Query) -> Ranked:
        tongue = self._shelf.tongues.get(query.language)
        return self._rank(tongue, text, query) if tongue is not None else Ranked((), (), 0)

    def _rank(self, tongue: Tongue, text: str, query: Query) -> Ranked:
        scores = tongue.scores(text, self._encoder)
        alone = self._judge(tongue, text, scores, query.as_of)
        leaning = query.history and _leans(tongue, scores)
        if not leaning or max(alone.chances, default=0.0) >= self.model.answer:
            return alone
        whole = joined(query.history, text)
        talk = tongue.scores(whole, self._encoder)
        turn = _followed(tongue, scores, talk, query.as_of)
        followed = self._judge(tongue, whole, turn, query.as_of)
        return followed if decide.any_of(followed.chances) >= self.model.answer else alone

    def _judge(self, tongue: Tongue, text: str, scores: Scores, as_of: date) -> Ranked:
        scores = reordered(self._reranker, text, tongue, scores, tongue.in_force(as_of))
        best = _best(tongue, scores, as_of, CANDIDATES)
        chances = self.model.chances(evidence.weigh(text, tongue, scores, best))
        order = np.argsort(-chances, kind="stable")
        return Ranked(
            [tongue.records[best[at]] for at in order],
            [float(chances[at]) for at in order],
            len(scores.asked),
        )

    def _load(self) -> _Shelf:
        standing = index.current(self._folder, self._encoder)
        if standing is None:
            raise MissingIndex("There is no search index: run ./desk index.")
        return _Shelf(standing[0], self._encoder, self._reranker)


def _best(tongue: Tongue, scores: Scores, as_of: date, limit: int) -> list[int]:
    fused = np.where(tongue.in_force(as_of), scores.fused, -np.inf)
    return [at for at in ranking.highest(fused, limit) if np.isfinite(fused[at])]


def _leans(tongue: Tongue, scores: Scores) -> bool:
    """Whether a turn can be a follow-up: short, in words that the base knows ("and who pays it?").

    "Who won the match last night?" is short too, but begins another matter.
    """
    known = all(tongue.lexicon.knows(term.key) for term in scores.asked)
    another = scores.unanswered is not None and scores.unanswered.share >= ANOTHER_MATTER
    return len(scores.asked) <= LEANING and known and not another


def joined(history: Sequence[str], text: str) -> str:
    """A turn behind the first and the last questions before it, for it may lean on them."""
    said = dict.fromkeys([*history[:1], *history[-JOINED_TURNS:], text])
    return " ".join(said)[:MOST_CHARACTERS]


def in_turn(lists: Sequence[Leader], limit: int) -> list[Hit]:
    """One of each list after another, the best of the first list first."""
    hits = [
        (rank, order, _hit(one.tongue.records[at], float(one.scores.fused[at])))
        for order, one in enumerate(lists)
        for rank, at in enumerate(one.best)
    ]
    return [hit for _, _, hit in sorted(hits, key=lambda one: one[:2])[:limit]]


def _followed(tongue: Tongue, turn: Scores, talk: Scores, as_of: date) -> Scores:
    """The scores of a turn that leans on the `talk` before it.

    Of sections whose ways to be asked for are known the talk chooses a few and the turn's own words
    one of these, by the mean of both: "since when?" alone is near to many of other matters.
    """
    held = np.where(tongue.in_force(as_of), talk.fused, np.float32(-np.inf))
    chosen = OWN_WORDS * turn.fused + (1 - OWN_WORDS) * talk.fused
    chosen += SUBJECT * tongue.by_article(held)
    near = ranking.highest(np.where(tongue.plain, np.float32(-np.inf), held), NEIGHBOURS)
    both, fused = _middle(turn.fused, talk.fused), np.where(tongue.plain, chosen, APART)
    fused[near] = np.where(tongue.plain[near], fused[near], both[near])
    return replace(
        talk,
        question=_middle(turn.question, talk.question),
        section=_middle(turn.section, talk.section),
        lexical=_middle(turn.lexical, talk.lexical),
        closeness=_middle(turn.closeness, talk.closeness),
        fused=fused.astype(np.float32),
    )


def _middle(one: Floats, other: Floats) -> Floats:
    middle: Floats = ((one + other) / 2).astype(np.float32)
    return middle


def _hit(record: PassageRecord, score: float) -> Hit:
    return Hit(
        article=record.article,
        title=record.title,
        version=record.version,
        language=record.language,
        passage=record.text,
        score=round(score, 4),
        url=answer.address(record),
    )


def warm(library: Library, languages: Sequence[Language]) -> None:
    """Load what is only loaded at first use, so that no person waits for it."""
    for language in languages:
        analyser.terms("1", language)
        library.hits("1", language, date.max, 1)

"""The base as it would be with a draft in force: for the draft's writer, and for nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np

from knowledge import index, postings, snapshot
from knowledge import passages as sections
from knowledge.encoder import Encoder
from knowledge.index import SLOTS
from knowledge.models import Article, ArticleVersion
from knowledge.port import Finding, Query
from knowledge.ranking import Tongue
from knowledge.snapshot import PassageRecord

NEAR = 6  # sections around each of the draft's whose questions are asked again
MOST_ASKED = 40


class Base(Protocol):
    """What a trial asks of either library."""

    def find(self, query: Query) -> Finding: ...

    def near(self, text: str, language: str, limit: int) -> list[PassageRecord]: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A question that articles in force answer, and what would be found for it instead."""

    question: str
    before: Finding
    after: Finding


@dataclass(frozen=True, slots=True)
class Trial:
    """Two bases to ask: the standing one, and the same with the draft's passages in it."""

    standing: Base
    drafted: Base
    draft: Sequence[PassageRecord]

    def changes(self, as_of: date) -> list[Change]:
        """Which questions of the sections around the draft would be answered otherwise."""
        found = []
        for question in self._questions():
            query = Query(question, self.draft[0].language, as_of)
            before, after = self.standing.find(query), self.drafted.find(query)
            if _said(before) != _said(after):
                found.append(Change(question, before, after))
        return found

    def _questions(self) -> list[str]:
        language = self.draft[0].language
        around = [
            record.heading
            for section in self.draft
            for record in self.standing.near(section.embedded, language, NEAR)
        ]
        return list(dict.fromkeys(around))[:MOST_ASKED]


def passages(article: Article, version: ArticleVersion) -> list[PassageRecord]:
    """The passages that a version would have in force."""
    return [
        PassageRecord(
            id=0,
            article=article.id,
            language=version.language,  # type: ignore[arg-type]  # checked when it was written
            version=version.number,
            title=version.title,
            topic=article.topic,
            anchor=passage.anchor,
            heading=passage.heading,
            alternates=passage.alternates,
            text=passage.text,
            valid_from=version.valid_from,
            valid_until=version.valid_until,
        )
        for passage in sections.of(version.title, version.body)
    ]


def tongue(place: Path, draft: Sequence[PassageRecord], encoder: Encoder) -> Tongue:
    """One language of the index at `place`, with the draft in the place of what it supersedes."""
    records = snapshot.read(place / "passages.jsonl")
    language = draft[0].language
    standing = [row for row, record in enumerate(records) if record.language == language]
    kept = {row: held for row in standing if (held := _beside(records[row], draft[0])) is not None}
    first = len(records)
    rows = [*kept, *range(first, first + len(draft))]
    return Tongue(
        language,
        rows,
        [*kept.values(), *draft],
        index.read_postings(place, language).revised(
            [at for at, row in enumerate(standing) if row in kept],
            postings.of(index.index_terms(record) for record in draft),
        ),
        _vectors(place, kept, draft, first, encoder),
        index.read_unanswered(place).get(language),
    )


def _beside(record: PassageRecord, draft: PassageRecord) -> PassageRecord | None:
    """A standing passage once the draft is in force: as it is, ended the day before, or gone."""
    if record.article != draft.article:
        return record
    if record.valid_from >= draft.valid_from:
        return None
    day_before = draft.valid_from - timedelta(days=1)
    return replace(record, valid_until=min(record.valid_until or day_before, day_before))


def _vectors(
    place: Path,
    kept: dict[int, PassageRecord],
    draft: Sequence[PassageRecord],
    first: int,
    encoder: Encoder,
) -> faiss.Index:
    standing = {at: row for at, row in index.vectors_by_id(place).items() if at // SLOTS in kept}
    texts = index.texts_of(draft)
    encode = {"query": encoder.queries, "passage": encoder.passages}
    fresh = {first * SLOTS + at: encode[kind]([said])[0] for at, (kind, said) in texts.items()}
    every = standing | fresh
    flat = faiss.IndexIDMap2(faiss.IndexFlatIP(encoder.spec.dim))
    flat.add_with_ids(np.stack(list(every.values())), np.array(list(every), np.int64))
    return flat


def _said(finding: Finding) -> tuple[object, ...]:
    """What a person would notice of a finding: not a version's number."""
    cited = tuple((one.article, one.quote) for one in finding.citations)
    return finding.verdict, cited, tuple(finding.options)

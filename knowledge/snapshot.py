"""What an index holds beside its vectors: the passages as they stood when it was built."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm.db import Session
from knowledge.analyser import Term
from knowledge.models import Article, ArticleVersion, Passage
from knowledge.port import Language

SHARED = ("article", "language", "title", "topic")  # of many passages; kept in memory once


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A section of a published version with all that an answer shows or search weighs."""

    id: int
    article: str
    language: Language
    version: int
    title: str
    topic: str
    anchor: str
    heading: str
    alternates: tuple[str, ...]
    text: str
    valid_from: date
    valid_until: date | None

    @property
    def embedded(self) -> str:
        """What stands for the whole section among the vectors."""
        head = ". ".join(part for part in (self.title, self.heading) if part)
        return f"{head}\n{self.text}" if head else self.text

    @property
    def questions(self) -> tuple[str, ...]:
        """The ways to ask for this section that have a vector of their own, if any are known."""
        return tuple(question for question in (self.heading, *self.alternates) if question)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


NAMES = tuple(field.name for field in fields(PassageRecord))


def published(s: Session) -> list[PassageRecord]:
    """Every passage that may answer on some day, in a stable order."""
    rows = s.execute(
        select(Passage, ArticleVersion, Article)
        .join(ArticleVersion, ArticleVersion.id == Passage.version_id)
        .join(Article, Article.id == ArticleVersion.article_id)
        .where(ArticleVersion.status == "published")
        .order_by(ArticleVersion.language, Article.id, ArticleVersion.number, Passage.position)
    )
    return [_record(passage, version, article) for passage, version, article in rows]


def _record(passage: Passage, version: ArticleVersion, article: Article) -> PassageRecord:
    return PassageRecord(
        id=passage.id,
        article=article.id,
        language=version.language,  # type: ignore[arg-type]  # checked when the article was read
        version=version.number,
        title=version.title,
        topic=article.topic,
        anchor=passage.anchor,
        heading=passage.heading,
        alternates=tuple(passage.alternates),
        text=passage.text,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
    )


def plain(
    name: str, language: Language, text: str, title: str = "", heading: str = "", anchor: str = ""
) -> PassageRecord:
    """A passage of a text `name` that is no article of the record, in force on every day."""
    return PassageRecord(
        id=0,
        article=name,
        language=language,
        version=1,
        title=title,
        topic="",
        anchor=anchor,
        heading=heading,
        alternates=(),
        text=text,
        valid_from=date.min,
        valid_until=None,
    )


def write(path: Path, records: Sequence[PassageRecord]) -> None:
    """One JSON line for each passage."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            line = {name: getattr(record, name) for name in NAMES}
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def read(path: Path) -> list[PassageRecord]:
    """What `write` wrote."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return [_from_line(json.loads(line)) for line in file]


def write_terms(path: Path, terms: Sequence[Sequence[Term]]) -> None:
    """One JSON line for each text."""
    lines = [json.dumps([[t.key, t.surface] for t in found], ensure_ascii=False) for found in terms]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_terms(path: Path) -> list[list[Term]]:
    """What `write_terms` wrote."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[Term(key, surface) for key, surface in json.loads(line)] for line in lines]


def _from_line(line: dict[str, Any]) -> PassageRecord:
    until = line["valid_until"]
    for name in SHARED:
        line[name] = sys.intern(line[name])
    line["alternates"] = tuple(line["alternates"])
    line["valid_from"] = _day(line["valid_from"])
    line["valid_until"] = _day(until) if until else None
    return PassageRecord(**line)


@lru_cache(1024)
def _day(written: str) -> date:
    return date.fromisoformat(written)

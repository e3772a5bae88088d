"""Measuring the room on question sets: retrieval, right facts, abstention, invented figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge import facts
from knowledge.port import LANGUAGES, Finding, Language, Query
from knowledge.search import Library

DEPTH = 10
ASIDE: dict[Language, str] = {
    "en": "Hello, I have a question. ",
    "es": "Buenos días, tengo una pregunta. ",
    "ko": "안녕하세요, 질문이 있습니다. ",
}
SHARES = (
    "recall_1",
    "recall_5",
    "reciprocal_rank",
    "answered",
    "asked_back",
    "right",
    "abstained",
    "abstained_near",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One question, what was said to it, and the rank of the first passage that holds the fact."""

    question: dict[str, Any]
    finding: Finding
    rank: int | None

    @property
    def right(self) -> bool:
        """Answered with a citation, and every asked fact stands in the text."""
        said = self.finding
        return (
            said.verdict == "answer"
            and bool(said.citations)
            and facts.holds(said.text, self.question["facts"])
        )

    @property
    def invented(self) -> list[str]:
        return facts.invented(self.finding.text, [cite.quote for cite in self.finding.citations])


@dataclass(frozen=True, slots=True)
class Report:
    """Shares between 0 and 1. The first six are over answerable questions of one language.

    recall_1, recall_5: the fact is in the first, in one of the first five passages found;
    reciprocal_rank: mean of 1/rank within ten. abstained is over unanswerable questions;
    invented counts answers with a figure that no quote holds, over all.
    """

    language: Language
    questions: int
    recall_1: float
    recall_5: float
    reciprocal_rank: float
    answered: float
    asked_back: float
    right: float
    abstained: float
    abstained_near: float
    invented: int


def run(library: Library, questions: Sequence[dict[str, Any]], as_of: date) -> list[Result]:
    """Ask every question as a person would."""
    return [_ask(library, question, as_of) for question in questions]


def _ask(library: Library, question: dict[str, Any], as_of: date) -> Result:
    text, language = question["question"], question["language"]
    hits = library.hits(text, language, as_of, DEPTH) if question["answerable"] else []
    ranks = (n for n, hit in enumerate(hits, 1) if facts.holds(hit.passage, question["facts"]))
    finding = library.find(Query(text, language, as_of))
    return Result(question, finding, next(ranks, None))


def report(results: Sequence[Result], language: Language) -> Report:
    """The figures of one language."""
    ours = [one for one in results if one.question["language"] == language]
    able = [one for one in ours if one.question["answerable"]]
    unable = [one for one in ours if not one.question["answerable"]]
    near = [one for one in unable if one.question.get("near")]
    return Report(
        language=language,
        questions=len(ours),
        recall_1=_share(one.rank == 1 for one in able),
        recall_5=_share((one.rank or DEPTH + 1) <= 5 for one in able),
        reciprocal_rank=sum(1 / one.rank for one in able if one.rank) / max(len(able), 1),
        answered=_share(one.finding.verdict == "answer" for one in able),
        asked_back=_share(one.finding.verdict == "ask" for one in able),
        right=_share(one.right for one in able),
        abstained=_share(one.finding.verdict == "none" for one in unable),
        abstained_near=_share(one.finding.verdict == "none" for one in near),
        invented=sum(bool(one.invented) for one in ours),
    )


def _share(hits: Any) -> float:
    flags = list(hits)
    return sum(flags) / len(flags) if flags else 0.0


def table(results: Sequence[Result]) -> str:
    """All languages as lines of text, one column each."""
    reports = [report(results, language) for language in LANGUAGES]
    rows = [("language", *(one.language for one in reports))]
    rows.append(("questions", *(str(one.questions) for one in reports)))
    rows += [(name, *(f"{getattr(one, name):.3f}" for one in reports)) for name in SHARES]
    rows.append(("invented", *(str(one.invented) for one in reports)))
    return "\n".join(f"{name:<16}" + "".join(f"{v:>8}" for v in values) for name, *values in rows)


def risk_by_coverage(results: Sequence[Result], language: Language) -> list[tuple[float, float]]:
    """(share of all questions answered, share of these answers that are wrong), surest first."""
    ours = [one for one in results if one.question["language"] == language]
    said = [one for one in ours if one.finding.verdict == "answer"]
    said.sort(key=lambda one: -one.finding.confidence)
    points: list[tuple[float, float]] = []
    wrong = 0
    for count, one in enumerate(said, 1):
        wrong += not one.right
        points.append((count / len(ours), wrong / count))
    return points


def near_forms(question: str, language: Language) -> tuple[str, ...]:
    """The same question as others type it: without marks, in small or large letters, greeting."""
    bare = question.strip(" ¿?¡!.")
    return (bare, bare.lower(), question.upper(), ASIDE[language] + question)


def steadiness(library: Library, questions: Sequence[dict[str, Any]], as_of: date) -> float:
    """Of all near forms of the questions, the share that is answered from the same article."""
    same: list[bool] = []
    for question in questions:
        text, language = question["question"], question["language"]
        said = _gist(library.find(Query(text, language, as_of)))
        others = (Query(form, language, as_of) for form in near_forms(text, language))
        same.extend(_gist(library.find(query)) == said for query in others)
    return _share(same)


def _gist(finding: Finding) -> tuple[str, str]:
    return finding.verdict, finding.citations[0].article if finding.citations else ""

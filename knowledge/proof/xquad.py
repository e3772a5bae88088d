"""XQuAD (Artetxe et al. 2020, CC BY-SA 4.0): 240 paragraphs and 1,190 questions, in parallel."""

import json
from collections.abc import Iterator
from pathlib import Path

from knowledge import snapshot
from knowledge.port import Language
from knowledge.proof.collection import Asked, Collection, file
from knowledge.snapshot import PassageRecord

PAIR: tuple[Language, Language] = ("en", "es")


def same_language(folder: Path, language: Language) -> Collection:
    """Questions and paragraphs of one language."""
    paragraphs, questions = read(folder, language)
    return Collection(f"xquad-{language}", paragraphs, {f"XQuAD {language}": questions})


def across(folder: Path, asked_in: Language, written_in: Language) -> Collection:
    """Questions of one language, paragraphs of the other alone."""
    paragraphs, _ = read(folder, written_in)
    _, questions = read(folder, asked_in)
    name = f"XQuAD {asked_in} → {written_in}"
    return Collection(f"xquad-{written_in}", paragraphs, {name: questions})


def partly_translated(folder: Path, fold: int) -> Collection:
    """Each paragraph in one language only, every other one in the other, asked for in both.

    `fold` 0 or 1 says which half is English. Own and other language are told apart.
    """
    records: list[PassageRecord] = []
    asked: dict[str, list[Asked]] = {}
    for parity, language in enumerate(PAIR):
        paragraphs, questions = read(folder, language)
        here = {one.article for at, one in enumerate(paragraphs) if at % 2 == parity ^ fold}
        records += [one for one in paragraphs if one.article in here]
        for one in questions:
            own = one.right <= here
            asked.setdefault(f"XQuAD {language}, {'own' if own else 'other'}", []).append(one)
    return Collection(f"xquad-partly-{fold}", records, asked)


def read(folder: Path, language: Language) -> tuple[list[PassageRecord], list[Asked]]:
    """The paragraphs of a language in order, and all questions on them."""
    path = file(folder, "xquad", f"xquad.{language}.json")
    paragraphs: list[PassageRecord] = []
    questions: list[Asked] = []
    for name, paragraph in _paragraphs(json.loads(path.read_text(encoding="utf-8"))):
        paragraphs.append(snapshot.plain(name, language, paragraph["context"].lstrip("\ufeff")))
        questions += [
            Asked(one["question"], language, frozenset({name})) for one in paragraph["qas"]
        ]
    return paragraphs, questions


def _paragraphs(told: dict) -> Iterator[tuple[str, dict]]:  # type: ignore[type-arg]  # as it was read
    for at, article in enumerate(told["data"]):
        for number, paragraph in enumerate(article["paragraphs"]):
            yield f"{at}-{number}", paragraph

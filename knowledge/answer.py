"""From judged passages to what is said: the passage itself, its citation, or a question back."""

from collections.abc import Sequence

from knowledge.decide import Model
from knowledge.port import Citation, Finding, Language
from knowledge.snapshot import PassageRecord

OPTIONS = 4
RIVAL = 0.5  # share of the best chance from which another passage counts as a rival


def compose(
    records: Sequence[PassageRecord],
    chances: Sequence[float],
    model: Model,
    language: Language,
) -> Finding:
    """The finding for passages ordered by chance; `language` is that of the question."""
    if not records or chances[0] < model.ask:
        confidence = 1 - chances[0] if records else 1.0
        return Finding("none", language=language, confidence=confidence)
    if chances[0] < model.answer:
        return _ask(records, chances, language)
    return _say(records[0], chances[0])


def address(record: PassageRecord) -> str:
    """Where the public page shows this section in this wording."""
    return (
        f"/articles/{record.article}?language={record.language}"
        f"&version={record.version}#{record.anchor}"
    )


def cite(record: PassageRecord) -> Citation:
    return Citation(
        article=record.article,
        title=record.title,
        version=record.version,
        url=address(record),
        quote=record.text,
    )


def _say(record: PassageRecord, chance: float) -> Finding:
    return Finding(
        "answer",
        text=record.text,
        language=record.language,
        citations=(cite(record),),
        confidence=chance,
        topic=record.topic,
    )


def _ask(records: Sequence[PassageRecord], chances: Sequence[float], language: Language) -> Finding:
    rivals = [
        record.heading
        for record, chance in zip(records, chances, strict=True)
        if chance >= RIVAL * chances[0]
    ]
    options = tuple(dict.fromkeys(rivals))[:OPTIONS]
    if len(options) < 2:
        return Finding("none", language=language, confidence=1 - chances[0])
    return Finding(
        "ask", language=language, options=options, confidence=chances[0], topic=records[0].topic
    )

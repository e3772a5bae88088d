"""From judged passages to what is said: the passages themselves, cited, or a question back."""

from collections.abc import Sequence

from knowledge import sentences
from knowledge.decide import Model
from knowledge.port import Citation, Finding, Language
from knowledge.snapshot import PassageRecord

OPTIONS = 4
RIVAL = 0.5  # share of the best chance from which another passage counts as a rival
MOST_WORDS = 110  # said at once; beyond it a passage is cut to the sentences that answer best


def compose(
    question: str,
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
    return _say(question, _rivals(records, chances)[:2], chances[0])


def address(record: PassageRecord) -> str:
    """Where the public page shows this section in this wording."""
    return (
        f"/articles/{record.article}?language={record.language}"
        f"&version={record.version}#{record.anchor}"
    )


def _rivals(records: Sequence[PassageRecord], chances: Sequence[float]) -> list[PassageRecord]:
    return [
        record
        for record, chance in zip(records, chances, strict=True)
        if chance >= RIVAL * chances[0]
    ]


def _say(question: str, chosen: Sequence[PassageRecord], chance: float) -> Finding:
    """The best passage, and beside it the second where it is nearly as likely to be meant."""
    first = chosen[0]
    citations = [_cite(first, sentences.best(first.text, question, first.language, MOST_WORDS))]
    for second in chosen[1:]:
        left = MOST_WORDS - sentences.words(citations[0].quote)
        quote = sentences.best(second.text, question, second.language, left)
        if quote and quote != citations[0].quote:
            citations.append(_cite(second, quote))
    return Finding(
        "answer",
        text="\n\n".join(citation.quote for citation in citations),
        language=first.language,
        citations=tuple(citations),
        confidence=chance,
        topic=first.topic,
    )


def _cite(record: PassageRecord, quote: str) -> Citation:
    return Citation(
        article=record.article,
        title=record.title,
        version=record.version,
        url=address(record),
        quote=quote,
    )


def _ask(records: Sequence[PassageRecord], chances: Sequence[float], language: Language) -> Finding:
    options = tuple(dict.fromkeys(record.heading for record in _rivals(records, chances)))
    if len(options) < 2:
        return Finding("none", language=language, confidence=1 - chances[0])
    return Finding(
        "ask",
        language=language,
        options=options[:OPTIONS],
        confidence=chances[0],
        topic=records[0].topic,
    )

"""From judged passages to what is said: the passages themselves, cited, or a question back."""

from collections.abc import Sequence

from knowledge import sentences
from knowledge.decide import Model, any_of
from knowledge.port import Citation, Finding, Language
from knowledge.snapshot import PassageRecord

OPTIONS = 4
RIVAL = 0.25  # share of the best chance from which another passage counts as a rival
SAID = 4  # passages at most, and only as many as are rivals
MOST_WORDS = 150  # said at once; beyond it a passage is cut to the sentences that answer best


def compose(
    question: str,
    records: Sequence[PassageRecord],
    chances: Sequence[float],
    model: Model,
    language: Language,
) -> Finding:
    """The finding for passages ordered by chance; `language` is that of the question."""
    sure = any_of(chances)
    if sure < model.answer - model.ask:
        return Finding("none", language=language, confidence=1 - sure)
    if sure < model.answer:
        return _ask(records, chances, language)
    return _say(question, _rivals(records, chances)[:SAID], sure)


def address(record: PassageRecord) -> str:
    """Where the public page shows this section in this wording."""
    return f"/help/{record.language}/{record.article}?v={record.version}#{record.anchor}"


def _rivals(records: Sequence[PassageRecord], chances: Sequence[float]) -> list[PassageRecord]:
    return [
        record
        for record, chance in zip(records, chances, strict=True)
        if chance >= RIVAL * chances[0]
    ]


def _say(question: str, chosen: Sequence[PassageRecord], chance: float) -> Finding:
    """The best passage, and beside it those that are nearly as likely to be meant."""
    citations: list[Citation] = []
    left = MOST_WORDS
    for record in chosen:
        quote = sentences.best(record.text, question, record.language, left)
        if quote and all(quote != cited.quote for cited in citations):
            citations.append(_cite(record, quote))
            left -= sentences.words(quote)
    return Finding(
        "answer",
        text="\n\n".join(cited.quote for cited in citations),
        language=chosen[0].language,
        citations=tuple(citations),
        confidence=chance,
        topic=chosen[0].topic,
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

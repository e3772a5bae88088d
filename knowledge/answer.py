"""From judged passages to what is said: the passages themselves, cited, or a question back."""

from collections.abc import Sequence
from dataclasses import replace

from knowledge import asking, sentences
from knowledge.decide import Model, any_of
from knowledge.pairs import answering
from knowledge.pairs.port import Reader
from knowledge.port import Citation, Finding, Language
from knowledge.snapshot import PassageRecord

RIVAL = 0.25  # share of the best chance from which another passage counts as a rival
SAID = 4  # passages at most, and only as many as are rivals
MOST_WORDS = 180  # said at once; beyond it a passage is cut to the sentences that answer best


def compose(
    question: str,
    records: Sequence[PassageRecord],
    chances: Sequence[float],
    model: Model,
    language: Language,
    words: int,
    reader: Reader | None = None,
) -> Finding:
    """The finding for passages ordered by chance; `language` is that of the question.

    `words` are the question's content words. A single one that several articles are equally near to
    is asked back about; with two, the answer is said and the other meanings stand beside it. A
    `reader` looks into what would be said.
    """
    sure = any_of(chances)
    options = asking.options(records, chances, words)
    chosen = _rivals(records, chances)[:SAID]
    if reader is not None and sure >= model.answer:
        chosen, trusted = answering.read(reader, question, chosen)
        sure *= trusted
    said = _say(question, chosen, sure) if sure >= model.answer else None
    if options and (said is None or words < asking.VAGUE):
        return _ask(options, said, language, sure, records[0].topic)
    if said is not None:
        return replace(said, options=options)
    return Finding("none", language=language, confidence=1 - sure)


def of_one(record: PassageRecord, question: str) -> Finding:
    """The answer for whoever named this very passage."""
    return _say(question, [record], 1.0)


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


def _ask(
    options: Sequence[str], said: Finding | None, language: Language, sure: float, topic: str
) -> Finding:
    """The question back, and what would be said to somebody who was asked back before."""
    return Finding(
        "ask",
        text=said.text if said else "",
        language=language,
        citations=said.citations if said else (),
        options=tuple(options),
        confidence=sure,
        topic=topic,
    )

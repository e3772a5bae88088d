"""When a question means too little to be answered, and what may have been meant.

"How do I register?" is as near to the account in one system as to that in another. Which passages
hold the fact is then a guess, although one of them likely does; the person is asked instead.
"""

from collections.abc import Mapping, Sequence

from knowledge import analyser
from knowledge.snapshot import PassageRecord

VAGUE = 2  # content words up to which a question may mean several things
LIKELY = 0.5  # a passage with this chance is what was meant
WORTH = 0.4  # the least chance that any passage holds the fact, for the question to be worth asking
EQUAL = 0.5  # share of the best chance from which another passage is as near
MOST, FEWEST = 4, 2
TELLING = 3  # content words of a heading that says by itself what it is about


def options(
    records: Sequence[PassageRecord], chances: Sequence[float], words: int
) -> tuple[str, ...]:
    """Two to four questions that may have been meant, likeliest first; none when it is clear."""
    missed = 1.0
    for chance in chances:
        missed *= 1 - chance
    if words > VAGUE or not records or chances[0] >= LIKELY or 1 - missed < WORTH:
        return ()
    near = [
        record
        for record, chance in zip(records, chances, strict=True)
        if chance >= EQUAL * chances[0]
    ]
    articles = list(dict.fromkeys(record.article for record in near))
    if len(articles) < FEWEST:
        return ()
    # One of each article first: the choice is between matters, not between sections of one.
    first = [next(record for record in near if record.article == one) for one in articles]
    chosen = [*first, *(record for record in near if record not in first)]
    return tuple(dict.fromkeys(label(record) for record in chosen))[:MOST]


def label(record: PassageRecord) -> str:
    """The passage's own question, behind its article's title where it leans on that."""
    telling = len(analyser.terms(record.heading, record.language)) >= TELLING
    return record.heading if telling else f"{record.title}: {record.heading}"


def named(records: Sequence[PassageRecord]) -> Mapping[str, tuple[int, ...]]:
    """The places of the passages that each label stands for: of one, but for other versions."""
    places: dict[str, tuple[int, ...]] = {}
    for place, record in enumerate(records):
        if not record.heading:
            continue  # nothing that could be picked
        key = label(record)
        places[key] = (*places.get(key, ()), place)
    return places

"""What a reader makes of passages that would be said: the sentences that answer, and its doubt."""

from collections.abc import Sequence
from dataclasses import replace

from knowledge import sentences
from knowledge.pairs.port import Reader, Reading
from knowledge.snapshot import PassageRecord

FOUND = 0.5  # chance from which an answer is likelier than none


def read(
    reader: Reader, question: str, records: Sequence[PassageRecord]
) -> tuple[list[PassageRecord], float]:
    """The passages in which an answer is found, each cut to the sentences that hold it.

    The other number (0..1) is what the chance of a right answer is to be multiplied by: 1 where one
    is found, the less the surer it is that none is there. A reader thus never adds to that chance.
    """
    readings = [_read(reader, question, record) for record in records]
    best = max(one.chance for one in readings)
    if best < FOUND:
        return list(records), best / FOUND
    pairs = zip(records, readings, strict=True)
    return [_cut(record, one) for record, one in pairs if one.chance >= FOUND], 1.0


def _read(reader: Reader, question: str, record: PassageRecord) -> Reading:
    """Title and heading stand before the text, as its sentences lean on them."""
    before = len(record.embedded) - len(record.text)
    found = reader.read(question, record.embedded, before)
    return Reading(found.start - before, found.end - before, found.chance)


def _cut(record: PassageRecord, found: Reading) -> PassageRecord:
    return replace(record, text=sentences.around(record.text, found.start, found.end))

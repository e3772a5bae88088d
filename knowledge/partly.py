"""A base translated in part, drawn from one that is translated whole: for fitting and measuring."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import faiss
import numpy as np

from knowledge import index, postings, snapshot
from knowledge.encoder import Vectors
from knowledge.index import SLOTS
from knowledge.ranking import Tongue
from knowledge.snapshot import PassageRecord

KEPT = 0.5  # of the translations of an article, and always one


def drawn(place: Path, seed: int) -> Mapping[str, Tongue]:
    """The languages of the index at `place`, each without the translations that `seed` takes."""
    records = snapshot.read(place / "passages.jsonl")
    kept = _kept(records, seed)
    vectors, unanswered = index.vectors_by_id(place), index.read_unanswered(place)
    found: dict[str, Tongue] = {}
    for language in dict.fromkeys(record.language for record in records):
        all_rows = [row for row, one in enumerate(records) if one.language == language]
        places = [at for at, row in enumerate(all_rows) if (records[row].article, language) in kept]
        if not places:
            continue
        rows = [all_rows[at] for at in places]
        held = set(rows)
        ids = [at for at in vectors if at // SLOTS in held]
        found[language] = Tongue(
            language,
            rows,
            [records[row] for row in rows],
            index.read_postings(place, language).revised(places, postings.of(())),
            _store([vectors[at] for at in ids], ids),
            unanswered.get(language),
        )
    return found


def _kept(records: Sequence[PassageRecord], seed: int) -> set[tuple[str, str]]:
    """Article and language of the translations that stay."""
    draw = random.Random(seed)
    kept: set[tuple[str, str]] = set()
    for article in sorted({record.article for record in records}):
        there = sorted({one.language for one in records if one.article == article})
        kept.add((article, draw.choice(there)))
        kept |= {(article, language) for language in there if draw.random() < KEPT}
    return kept


def _store(vectors: Sequence[Vectors], ids: Sequence[int]) -> faiss.Index:
    rows = np.stack(vectors)
    stored = faiss.IndexIDMap2(faiss.IndexFlatIP(rows.shape[1]))
    stored.add_with_ids(rows, np.array(ids, np.int64))
    return stored

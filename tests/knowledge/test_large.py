"""A base beyond exact search: built, loaded and asked by the same classes, nearly as exact."""

from pathlib import Path

import numpy as np
import pytest

from knowledge import index, ranking, snapshot
from knowledge.encoder import HashEncoder, unit
from knowledge.proof.measuring import DAY
from knowledge.search import Library
from tests.knowledge.conftest import TRUSTING

PASSAGES = 3000


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Library, np.ndarray]:
    """A base of scattered vectors, with the bound of exact search put below its size."""
    monkeypatch.setattr(index, "EXACT", 1000)
    monkeypatch.setattr(ranking, "MANY", 1000)
    records = [snapshot.plain(str(n), "en", f"passage {n}") for n in range(PASSAGES)]
    encoder = HashEncoder()
    draw = np.random.default_rng(2)
    around = draw.standard_normal((60, encoder.spec.dim))[draw.integers(0, 60, PASSAGES)]
    drawn = draw.standard_normal((PASSAGES, encoder.spec.dim))
    rows = unit((around + drawn / 2).astype(np.float32))
    texts = index.texts_of(records)
    index.stand(tmp_path, encoder, records, texts, dict(zip(texts.values(), rows, strict=True)))
    return Library(tmp_path, encoder, TRUSTING), rows


def test_lists_find_nearly_what_comparing_all_finds(large: tuple[Library, np.ndarray]) -> None:
    library, rows = large
    tongue = library.tongues()["en"]
    found = 0
    for n in range(50):
        scores = tongue.scores_of(rows[n : n + 1], [])
        best = set(ranking.highest(scores.fused, 10))
        found += len(best & set(np.argsort(-(rows @ rows[n]))[:10].tolist()))
    assert found / 500 > 0.95
    assert tongue.stands_out(rows[:1], 1.0) > 3


def test_vectors_can_be_read_again_from_lists(large: tuple[Library, np.ndarray]) -> None:
    library, rows = large
    stored = index.vectors_by_id(library.place)
    assert len(stored) == PASSAGES
    assert np.allclose(stored[7 * index.SLOTS], rows[7])


def test_hits_of_a_large_base_are_as_many_as_asked_and_come_best_first(
    large: tuple[Library, np.ndarray],
) -> None:
    library, _ = large
    hits = library.hits("passage 2999", "en", DAY, 3)
    assert len({hit.article for hit in hits}) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_words_do_not_lift_what_means_something_else(
    large: tuple[Library, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not among the nearest vectors is weighed by its own before it is shown."""
    monkeypatch.setattr(ranking, "NEAREST", 50)
    library, rows = large
    tongue = library.tongues()["en"]
    order = np.argsort(-(rows @ rows[0]))
    near, far = int(order[40]), int(order[-1])
    scores = tongue.scores_of(rows[:1], tongue.asked(f"passage {far}"))
    assert scores.lexical.argmax() == far
    assert np.isclose(scores.closeness[far], rows[far] @ rows[0], atol=1e-6)
    assert scores.fused[near] > scores.fused[far]


def test_the_highest_of_many_are_those_of_sorting(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).integers(0, 50, 400).astype(np.float32)
    sorted_all = np.argsort(-values, kind="stable")[:9].tolist()
    assert ranking.highest(values, 9) == sorted_all
    monkeypatch.setattr(ranking, "MANY", 10)
    assert ranking.highest(values, 9) == sorted_all

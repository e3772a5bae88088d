"""Articles that exist in another language only: found, told apart, and never before their own."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge import decide, elsewhere, index, partly
from knowledge.encoder import HashEncoder
from knowledge.ingest import Taken
from knowledge.port import Query
from knowledge.search import Library
from tests.knowledge.conftest import TRUSTING, silent, write

TODAY = date(2026, 11, 22)
# What the hashing encoder can see across languages: words that are spelt alike.
ASKED = "¿CompraNet network loan banks?"


@pytest.fixture
def daring(library: Library) -> Library:
    """A library that believes any leader of another language that shares words with a question."""
    library._abroad_model = _trusting("words", 40.0, -2.0)
    return library


def _trusting(sign: str, weight: float, bias: float) -> decide.Model:
    weights = [weight if name == sign else 0.0 for name in elsewhere.NAMES]
    return decide.Model(elsewhere.NAMES, weights, bias, 0.5, 0.0, "")


def test_what_only_another_language_has_is_found_and_says_so(daring: Library) -> None:
    hits = daring.hits(ASKED, "es", TODAY)
    assert "loan" in [hit.article for hit in hits]
    assert {hit.language for hit in hits if hit.article == "loan"} == {"en"}
    said = daring.find(Query(ASKED, "es", TODAY))
    assert (said.verdict, said.language) == ("answer", "en")
    assert "80%" in said.text
    assert said.citations[0].url == "/help/en/loan?v=1#loan"


def test_an_article_that_is_there_in_the_own_language_is_shown_in_no_other(
    daring: Library,
) -> None:
    for asked, language in (("anticipo advance payment", "es"), ("advance payment", "en")):
        hits = daring.hits(asked, language, TODAY)
        assert {hit.language for hit in hits if hit.article == "advance"} == {language}


def test_a_language_without_any_article_finds_the_others(daring: Library) -> None:
    hits = daring.hits("network loan", "ko", TODAY)
    assert hits[0].article == "loan"


def test_what_is_in_force_on_no_language_that_day_is_not_found(daring: Library) -> None:
    assert daring.hits(ASKED, "es", date(2020, 12, 31)) == []
    assert daring.find(Query(ASKED, "es", date(2020, 12, 31))).verdict == "none"


def test_a_wording_that_has_run_out_leaves_the_article_to_the_other_language(
    engine: Engine, articles: Path, take_in: Callable[[], Taken], tmp_path: Path
) -> None:
    body = "## ¿Qué es el préstamo en red? {#loan}\n? network loan\nUn crédito sobre el contrato.\n"
    loan = write("loan", body, "es", "Préstamo", end="2024-12-31")
    (articles / "loan.es.md").write_text(loan)
    take_in()
    encoder = HashEncoder()
    index.build(engine, encoder, tmp_path / "index", silent)
    library = Library(tmp_path / "index", encoder, TRUSTING)
    for day, language in ((date(2024, 6, 1), "es"), (date(2025, 6, 1), "en")):
        hits = library.hits("network loan", "es", day)
        assert {hit.language for hit in hits if hit.article == "loan"} == {language}


def test_the_own_language_is_ahead_as_far_as_it_is_told(library: Library) -> None:
    asked = "network loan anticipo"
    library._ahead = 1000.0
    assert library.hits(asked, "es", TODAY)[0].language == "es"
    library._ahead = -1000.0
    assert library.hits(asked, "es", TODAY)[0].language == "en"


def test_what_the_own_language_answers_is_asked_nowhere_else(library: Library) -> None:
    asked = Query("¿Qué porcentaje del anticipo?", "es", TODAY)
    said = []
    for bias in (-30.0, 30.0):  # however sure the others are
        library._abroad_model = _trusting("words", 0.0, bias)
        said.append(library.find(asked))
    assert said[0] == said[1]
    assert (said[0].verdict, said[0].language) == ("answer", "es")


def test_a_question_and_a_passage_are_each_read_in_their_own_language(library: Library) -> None:
    """A share is asked for in Spanish, and the English passage gives one; a date it does not."""
    for asked, given in (("¿Qué porcentaje del crédito?", 1.0), ("¿En qué fecha vence?", 0.0)):
        rows, records = library.foreign_evidence(asked, "es", TODAY, 0.0)
        assert [record.article for record in records] == ["loan"]
        signs = elsewhere.Signs(*rows[0])
        assert (signs.kind_given, signs.kind_missing) == (given, 1 - given)


def test_a_base_drawn_in_part_keeps_every_article_somewhere(library: Library) -> None:
    whole = {one.article for tongue in library.tongues().values() for one in tongue.records}
    seen = set()
    for seed in range(8):
        tongues = partly.drawn(library.place, seed)
        kept = {(one.article, at) for at, tongue in tongues.items() for one in tongue.records}
        assert {article for article, _ in kept} == whole
        seen.add(frozenset(kept))
        hits = library.partly(tongues).hits("network loan anticipo", "es", TODAY)
        assert {(hit.article, hit.language) for hit in hits} <= kept
    assert len(seen) > 1

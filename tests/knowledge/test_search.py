from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from crm import db, events
from knowledge import decide, editing, evidence, index
from knowledge.encoder import HashEncoder
from knowledge.facts import invented
from knowledge.index import MissingIndex
from knowledge.ingest import Taken
from knowledge.port import Query
from knowledge.search import Library
from tests.knowledge.conftest import LOAN, TRUSTING, silent, text

TODAY = date(2026, 11, 22)
HOW_MUCH = "How much of a contract can be paid in advance?"


def test_an_answer_holds_the_fact_and_its_citation(library: Library) -> None:
    said = library.find(Query(HOW_MUCH, "en", TODAY))
    assert said.verdict == "answer"
    assert "70%" in said.text
    cited = said.citations[0]
    assert (cited.article, cited.title, cited.version) == ("advance", "Advance payment", 1)
    assert cited.quote in said.text
    assert cited.url == "/help/en/advance?v=1#share"
    assert invented(said.text, [one.quote for one in said.citations]) == []


def test_the_own_language_answers(library: Library) -> None:
    said = library.find(
        Query("¿Qué parte del contrato se puede pagar por adelantado?", "es", TODAY)
    )
    assert said.language == "es"
    assert "70 %" in said.text


@pytest.mark.parametrize(
    "asked",
    ["Where do penguins sleep?", "", "   ", "🙂🙂🙂", "\x00\x01", "<script>", "x" * 20_000],
)
def test_what_the_base_does_not_hold_is_declined(library: Library, asked: str) -> None:
    said = library.find(Query(asked, "en", TODAY))
    assert said.verdict == "none"
    assert said.text == ""


def test_a_language_without_articles_has_no_answer(library: Library) -> None:
    assert library.find(Query("선금은 얼마까지 받을 수 있나요?", "ko", TODAY)).verdict == "none"
    assert all(hit.language != "ko" for hit in library.hits("선금", "ko", TODAY))


def test_only_what_is_in_force_answers(library: Library) -> None:
    assert library.find(Query(HOW_MUCH, "en", date(2020, 12, 31))).verdict == "none"
    assert library.hits(HOW_MUCH, "en", date(2020, 12, 31)) == []


def test_a_slip_of_the_pen_still_finds(library: Library) -> None:
    said = library.find(Query("how much of a contrct can be paid in advence", "en", TODAY))
    assert said.verdict == "answer"
    assert "70%" in said.text


def test_a_follow_up_leans_on_the_question_before(library: Library) -> None:
    alone = library.find(Query("and over there?", "en", TODAY))
    leaning = library.find(Query("and over there?", "en", TODAY, ("How long must the bond run?",)))
    assert alone.verdict == "none"
    assert "60 days" in leaning.text


def test_hits_come_best_first(library: Library) -> None:
    hits = library.hits("network loan banks", "en", TODAY, 2)
    assert hits[0].article == "loan"
    assert hits[0].score >= hits[1].score
    assert "80%" in hits[0].passage


def test_a_new_index_is_taken_into_use_whole(
    library: Library, engine: Engine, tmp_path: Path
) -> None:
    assert not library.reload()
    with db.transaction(engine) as s:
        changed = text("loan", LOAN.replace("14 banks", "15 banks"), title="Network loan")
        editing.edit(s, events.SYSTEM, changed)
        editing.publish(s, events.SYSTEM, "loan")
    asked = Query("What can a company borrow through the network loan?", "en", TODAY)
    assert "14 banks" in library.find(asked).text
    index.build(engine, HashEncoder(), tmp_path / "index", silent)
    assert library.reload()
    assert "15 banks" in library.find(asked).text
    assert library.find(asked).citations[0].version == 2


def test_only_new_texts_are_embedded(
    engine: Engine, take_in: Callable[[], Taken], tmp_path: Path, articles: Path
) -> None:
    take_in()
    encoder = CountingEncoder()
    index.build(engine, encoder, tmp_path / "index", silent)
    first = encoder.texts
    index.build(engine, encoder, tmp_path / "index", silent)
    assert encoder.texts == first
    path = articles / "loan.en.md"
    path.write_text(path.read_text().replace("14 banks", "15 banks"))
    take_in()
    with db.transaction(engine) as s:
        assert index.stale(s, encoder, tmp_path / "index")
    index.build(engine, encoder, tmp_path / "index", silent)
    assert encoder.texts == first + 1
    with db.transaction(engine) as s:
        assert not index.stale(s, encoder, tmp_path / "index")


def test_without_an_index_the_way_to_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingIndex, match=r"\./desk index"):
        Library(tmp_path, HashEncoder(), TRUSTING)


class CountingEncoder(HashEncoder):
    """Counts the texts it was given."""

    texts = 0

    def _encode(self, texts):
        self.texts += len(texts)
        return super()._encode(texts)


def test_a_question_known_to_have_no_answer_speaks_against_every_passage(
    engine: Engine, take_in: Callable[[], Taken], tmp_path: Path
) -> None:
    take_in()
    asked = "Which banks give the loan?"
    encoder = HashEncoder()
    index.build(engine, encoder, tmp_path / "plain", silent)
    index.build(engine, encoder, tmp_path / "known", silent, {"en": (asked,)})
    names = evidence.NAMES
    model = decide.Model(names, [0.0] * len(names), 0.0, 0.5, 0.0, encoder.spec.fingerprint)
    plain = Library(tmp_path / "plain", encoder, model)
    known = Library(tmp_path / "known", encoder, model)
    column = names.index("unanswered")
    before = plain.evidence(asked, "en", date(2026, 1, 1), 3)[0][:, column]
    after = known.evidence(asked, "en", date(2026, 1, 1), 3)[0][:, column]
    assert (before == np.float32(evidence.USUAL.share)).all()
    assert (after > before).all()
    with db.reading(engine) as s:
        assert index.stale(s, encoder, tmp_path / "plain", {"en": (asked,)})
        assert not index.stale(s, encoder, tmp_path / "known", {"en": (asked,)})


def test_words_shared_with_a_question_without_an_answer_speak_too(
    engine: Engine, take_in: Callable[[], Taken], tmp_path: Path
) -> None:
    take_in()
    encoder = HashEncoder()
    index.build(engine, encoder, tmp_path, silent, {"en": ("Which banks give the loan?",)})
    names = evidence.NAMES
    model = decide.Model(names, [0.0] * len(names), 0.0, 0.5, 0.0, encoder.spec.fingerprint)
    library = Library(tmp_path, encoder, model)
    column = names.index("unanswered_words")

    def shared(question: str) -> float:
        return float(library.evidence(question, "en", date(2026, 1, 1), 3)[0][0, column])

    assert shared("Which banks give the loan?") == pytest.approx(1)
    assert shared("loan banks") == pytest.approx(1)
    assert 0 < shared("How long does the loan run?") < 0.5
    assert shared("How much is paid in advance?") < 0.1

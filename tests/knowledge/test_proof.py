"""The public sets' forms, and the figures made of them; the texts here are our own."""

import itertools
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge import cutting, sentences, snapshot
from knowledge.encoder import HashEncoder
from knowledge.proof import baseline, doc2dial, drawing, figures, measuring, parakqc, sets, xquad
from knowledge.proof.collection import Asked, Collection, MissingSet
from knowledge.proof.measuring import Sides, Words
from tests.knowledge.conftest import silent

PARAGRAPHS = {
    "en": ["The drum stood at the palace gate.", "Ships carried rice along the coast."],
    "es": ["El tambor estaba ante la puerta del palacio.", "Barcos llevaban arroz por la costa."],
}
QUESTIONS = {
    "en": ["Where did the drum stand?", "What did ships carry?"],
    "es": ["¿Dónde estaba el tambor?", "¿Qué llevaban los barcos?"],
}
PAGE = "How to ask\n" + "Write to the desk. " * 30 + "\n\nFees\n" + "A copy costs two coins. " * 30


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    for name in ("xquad", "doc2dial", "paraKQC/data"):
        (folder / name).mkdir(parents=True)
    for language, texts in PARAGRAPHS.items():
        told = [
            {"context": text, "qas": [{"question": asked}]}
            for text, asked in zip(texts, QUESTIONS[language], strict=True)
        ]
        path = folder / "xquad" / f"xquad.{language}.json"
        path.write_text(json.dumps({"data": [{"paragraphs": told}]}))
    _lines(folder / "doc2dial" / "docs.jsonl", [{"doc_id": "Copies#3_0", "text": PAGE}])
    asked = {
        "doc_id": "Copies#3_0",
        "question": "What does a copy cost?",
        "gold_start": PAGE.index("A copy"),
        "history": [],
    }
    earlier = [{"role": "user", "text": "Copies?"}, {"role": "agent", "text": "Yes?"}]
    later = asked | {"question": "And its fee?", "history": earlier}
    _lines(folder / "doc2dial" / "questions.jsonl", [asked, later])
    groups = [f"0\t0\t{subject} 물음 {n}" for subject in ("입찰", "보증금") for n in range(10)]
    (folder / "paraKQC" / "data" / "paraKQC_v1.txt").write_text("\n".join(groups))
    return folder


def _lines(path: Path, told: list[dict]) -> None:
    path.write_text("\n".join(json.dumps(one) for one in told))


def test_pieces_cover_the_page_and_keep_their_length() -> None:
    pieces = cutting.pieces(PAGE, "Copies", 60)
    assert all(
        sentences.words(PAGE[one.start : one.end]) + sentences.words(one.heading) <= 59
        for one in pieces
    )
    covered = {at for one in pieces for at in range(one.start, one.end)}
    assert all(at in covered for at, letter in enumerate(PAGE) if not letter.isspace())
    assert next(one.heading for one in pieces) == "How to ask"
    assert pieces[-1].heading == "Fees"
    assert any(one.start < before.end for before, one in itertools.pairwise(pieces))


@pytest.mark.parametrize("page", ["", "   \n\n ", "word " * 1000, "no end " * 90 + "\nTitle\nx"])
def test_pages_without_sentences_are_cut_too(page: str) -> None:
    pieces = cutting.pieces(page, "", 50)
    assert all(sentences.words(page[one.start : one.end]) <= 50 for one in pieces)
    assert sum(1 for one in pieces) >= len(page.split()) / 50


def test_the_library_that_serves_is_what_is_measured(
    engine: Engine, tmp_path: Path, public: Path
) -> None:
    found = {}
    for one in sets.read(public, sets.RETRIEVAL, silent):
        library = measuring.stand(engine, HashEncoder(), tmp_path / "index", one, silent)
        for name, asked in one.asked.items():
            found[name] = figures.of(name, "desk", measuring.ranks(library, asked))
            Words(one.records).ranks(asked)
    assert found["XQuAD es"].recall_1.mean == found["XQuAD en"].recall_5.mean == 1
    assert found["paraKQC"].recall_1.mean == 1
    assert found[doc2dial.FIRST].recall_5.mean == 1
    assert found[doc2dial.LATER].recall_5.mean == 1


def test_a_follow_up_stays_with_the_article_that_the_talk_is_about(
    engine: Engine, tmp_path: Path
) -> None:
    told = {
        "copies": ["The desk makes copies of maps.", "Copies of maps last.", "The fee is small."],
        "ships": ["Ships carry rice.", "The fee is paid.", "Rice is heavy."],
    }
    records = [
        snapshot.plain(name, "en", text, anchor=str(at))
        for name, texts in told.items()
        for at, text in enumerate(texts)
    ]
    what, earlier = "Is the fee paid?", ("Who makes copies of maps?",)
    asked = [Asked(what, "en", frozenset()), Asked(what, "en", frozenset(), earlier)]
    one = Collection("talks", records, {"both": asked})
    library = measuring.stand(engine, HashEncoder(), tmp_path, one, silent)
    first, later = (
        library.hits(turn.text, "en", measuring.DAY, 1, turn.history)[0] for turn in asked
    )
    assert (first.article, later.article) == ("ships", "copies")
    assert later.passage == "The fee is small."


def test_a_partly_translated_base_keeps_each_paragraph_in_one_language(public: Path) -> None:
    for fold in (0, 1):
        one = xquad.partly_translated(public, fold)
        assert sorted(record.article for record in one.records) == ["0-0", "0-1"]
        assert {record.language for record in one.records} == {"en", "es"}
        here = {(record.article, record.language) for record in one.records}
        for name, asked in one.asked.items():
            own = {(next(iter(a.right)), a.language) in here for a in asked}
            assert own == {name.endswith("own")}


def test_a_set_that_is_not_there_is_left_out_with_a_word(tmp_path: Path) -> None:
    said: list[str] = []
    assert list(sets.read(tmp_path, sets.RETRIEVAL, said.append)) == []
    assert len(said) == len(sets.RETRIEVAL)
    with pytest.raises(MissingSet, match=r"paraKQC_v1\.txt is not there"):
        parakqc.read(tmp_path)


def test_the_more_the_own_language_is_ahead_the_less_it_loses() -> None:
    own = [Sides(True, False, -1.0), Sides(True, False, 3.0)]
    other = [Sides(False, True, -2.0), Sides(False, True, 0.5)]
    curve = measuring.trade_off(own, other, [-9.0, 0.0, 1.5, 9.0])
    assert curve == [(1.0, 1.0), (0.5, 0.5), (0.0, 0.5), (0.0, 0.0)]


def test_figures_come_with_an_interval_around_them() -> None:
    told = figures.of("a set", "desk", [1, 1, 2, None] * 50)
    assert (told.recall_1.mean, told.recall_5.mean, told.reciprocal.mean) == (0.5, 0.75, 0.625)
    assert told.recall_1.low < 0.5 < told.recall_1.high
    assert figures.of("a set", "desk", [1, 1, 2, None] * 50) == told
    assert figures.of("nothing", "desk", []).recall_1.mean == 0


def test_a_baseline_is_kept_and_compared_with(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    before = baseline.of([figures.of("a set", "desk", [1, None])])
    baseline.write(before, path)
    baseline.write(baseline.of([figures.of("another", "desk", [1])]), path)
    now = baseline.of([figures.of(name, "desk", [1, 1]) for name in ("a set", "a third")])
    told = baseline.deltas(now, baseline.read(path)).splitlines()
    assert "recall_1 1.000 (+0.500)" in told[0]
    assert "not in the baseline" in told[1]
    assert set(baseline.read(path)) == {"a set", "another"}


def test_a_picture_is_well_formed_and_stays_within_its_frame() -> None:
    picture = drawing.curves("A & B", "x", "y", {"<one>": [(0, 0), (1, 1)]})
    assert "A &amp; B" in picture
    assert "&lt;one&gt;" in picture
    assert 'points="56.0,304.0 504.0,56.0"' in picture

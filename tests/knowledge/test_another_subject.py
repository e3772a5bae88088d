"""The measure of a base on another subject: what is asked of it, and by which bar it answers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge import own_bar
from knowledge.encoder import HashEncoder
from knowledge.proof import another_subject, measuring
from knowledge.proof.another_subject import HELD, NEAR, OUT
from knowledge.proof.collection import MissingSet
from tests.knowledge.conftest import TRUSTING, silent

PAGES = 60
FAR = ["who won the match", "how tall is the tower"]


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """Sixty pages, each with one question on it, and two questions on nothing of theirs."""
    folder = tmp_path / "public"
    pages = [
        {"doc_id": f"Harbour{n}#1_0", "text": f"Harbour{n}\nBoats leave harbour{n} at {n} o'clock."}
        for n in range(PAGES)
    ]
    asked = [
        {
            "doc_id": page["doc_id"],
            "question": f"When do boats leave harbour{n}?",
            "gold_start": page["text"].index("Boats"),
            "history": [],
        }
        for n, page in enumerate(pages)
    ]
    for name, told in (("docs", pages), ("questions", asked)):
        path = folder / "doc2dial" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(json.dumps(one) for one in told))
    path = folder / "clinc150" / "data_full.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"oos_test": [[text, "oos"] for text in FAR]}))
    return folder


def test_the_pages_left_out_are_what_the_near_questions_ask_of(public: Path) -> None:
    one = another_subject.read(public, 0)
    assert len({record.article for record in one.records}) == another_subject.PAGES
    assert {kind: len(asked) for kind, asked in one.asked.items()} == {
        HELD: another_subject.PAGES,
        NEAR: PAGES - another_subject.PAGES,
        OUT: len(FAR),
    }
    assert another_subject.read(public, 0) == one
    assert another_subject.read(public, 1).records != one.records


def test_what_a_base_says_is_judged_by_the_bar_it_found(
    engine: Engine, tmp_path: Path, public: Path
) -> None:
    one = another_subject.read(public, 0)
    stood = measuring.stand(engine, HashEncoder(), tmp_path / "index", one, silent)
    library = stood.deciding(TRUSTING)
    told = another_subject.measure(library, one.asked)
    assert told.bar == own_bar.fit(library, measuring.DAY).answer != library.model.answer
    timid = library.deciding(replace(library.model, answer=1.0))
    assert another_subject.measure(timid, one.asked) == told
    shares = (told.answered, told.from_page, told.near, told.far)
    assert [one.mean for one in shares] == [1, 1, 1, 1]


def test_the_set_of_far_questions_is_named_when_it_is_not_there(public: Path) -> None:
    (public / "clinc150" / "data_full.json").unlink()
    with pytest.raises(MissingSet, match=r"data_full\.json is not there"):
        another_subject.read(public, 0)

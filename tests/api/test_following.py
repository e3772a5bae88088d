"""Answers follow what is published, and go on following after an index that could not be built."""

import time
from datetime import date
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import app, following
from api.knowledge import DeskKnowledge
from crm import db
from crm.events import SYSTEM
from knowledge import article_text, editing, index, unanswered
from knowledge.encoder import HashEncoder
from knowledge.port import Query
from knowledge.search import Library
from tests.conftest import NoKnowledge, settings_for
from tests.knowledge.conftest import ADVANCE, TRUSTING, silent, write
from tests.scripted_bot import ScriptedBot


class Unbuildable(NoKnowledge):
    """The first index cannot be written."""

    def __init__(self) -> None:
        self.tried = 0

    def refresh(self) -> None:
        self.tried += 1
        if self.tried == 1:
            raise OSError("no space left on device")


def test_an_index_that_could_not_be_built_is_tried_again(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(following, "FOLLOW_SECONDS", 0.05)
    knowledge = Unbuildable()
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    served = app.create(settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=knowledge)
    with TestClient(served):
        time.sleep(0.2)
        with db.transaction(sqlite_engine) as s:
            editing.take_in(s, SYSTEM, article_text.parse(write("advance", ADVANCE)))
        ends = time.monotonic() + 10
        while knowledge.tried < 2 and time.monotonic() < ends:
            time.sleep(0.05)
    assert knowledge.tried >= 2


def test_a_second_process_takes_up_the_index_that_another_built(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(unanswered, "read", lambda _: unanswered.NONE)
    encoder = HashEncoder()
    index.build(sqlite_engine, encoder, tmp_path / "index", silent)
    settings = settings_for(tmp_path)
    opened = [DeskKnowledge(settings, sqlite_engine, encoder) for _ in range(2)]
    followed = [following.Following(sqlite_engine, knowledge) for knowledge in opened]
    with db.transaction(sqlite_engine) as s:
        editing.take_in(s, SYSTEM, article_text.parse(write("advance", ADVANCE)))
    for one in followed:
        one.look()
    assert all(knowledge.hits("advance payment", "en", 5) for knowledge in opened)
    assert len({knowledge._library.place for knowledge in opened}) == 1


def test_a_withdrawn_article_answers_no_more_before_a_new_index_stands(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch
) -> None:
    with db.transaction(sqlite_engine) as s:
        editing.take_in(s, SYSTEM, article_text.parse(write("advance", ADVANCE)))
    folder, encoder = tmp_path / "index", HashEncoder()
    index.build(sqlite_engine, encoder, folder, silent)
    knowledge = DeskKnowledge(settings_for(tmp_path), sqlite_engine, encoder)
    monkeypatch.setattr(knowledge, "_library", Library(folder, encoder, TRUSTING))
    asked = Query("How much of a contract can be paid in advance?", "en", date(2026, 11, 22))
    assert knowledge.search(asked).verdict == "answer"
    assert knowledge.hits(asked.text, "en", 5) != []
    with db.transaction(sqlite_engine) as s:
        editing.withdraw(s, SYSTEM, "advance")
    assert knowledge.search(asked).verdict == "none"
    assert knowledge.hits(asked.text, "en", 5) == []

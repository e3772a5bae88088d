"""The answer before publishing: the real search and the real bot, with a tiny base."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import app
from bot.phrases import catalogue
from bot.rasa_http import RasaClient
from bot.turn import DeskBot
from crm import clock, db, events
from knowledge import article_text, editing, index
from knowledge.encoder import HashEncoder
from knowledge.port import Finding, Hit, Query
from knowledge.search import Library
from knowledge.trial import Trial
from tests.api.test_article_pages import Visitor
from tests.api.test_articles import ask, create
from tests.conftest import DeskClient, settings_for, sign_up_everyone
from tests.knowledge.conftest import ADVANCE, ANTICIPO, LOAN, TRUSTING, silent, write

QUESTION = "How long must the bond run?"
TRY = "/api/v1/articles/advance/try"


class SmallKnowledge:
    """A real index of few articles, encoded by hashing and judged by words alone."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder, self.encoder = engine, folder, HashEncoder()
        self.refresh()

    def refresh(self) -> None:
        index.build(self.engine, self.encoder, self.folder, silent)
        self.library = Library(self.folder, self.encoder, TRUSTING)

    def search(self, query: Query) -> Finding:
        return self.library.find(query)

    def hits(self, text: str, language: str, limit: int) -> list[Hit]:
        return self.library.hits(text, language, clock.today(), limit)

    def trial(self, draft: list) -> Trial:
        return self.library.trial(draft)

    def ready(self) -> bool:
        return True


@pytest.fixture
def desk(sqlite_engine: Engine, tmp_path: Path) -> Iterator[DeskClient]:
    """A desk whose dialogue engine is down, so that answers come from knowledge alone."""
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    events.use_key(b"a key for tests")
    with db.transaction(sqlite_engine) as s:
        for id_, body, language, title in (
            ("advance", ADVANCE, "en", "Advance payment"),
            ("advance", ANTICIPO, "es", "Anticipo"),
            ("loan", LOAN, "en", "Network loan"),
        ):
            text = article_text.parse(write(id_, body, language, title))
            editing.take_in(s, events.SYSTEM, text)
    knowledge = SmallKnowledge(sqlite_engine, tmp_path / "index")
    bot = DeskBot(knowledge.search, RasaClient("http://127.0.0.1:9", timeout=1), catalogue())
    served = app.create(settings, engine=sqlite_engine, bot=bot, knowledge=knowledge)
    with TestClient(served) as http:
        yield DeskClient(http, served, sqlite_engine, settings, sign_up_everyone(sqlite_engine))


def change(desk: DeskClient, **fields: object) -> None:
    ask(desk, "editor", "PATCH", "/api/v1/articles/advance", language="en", **fields)


def answers(tried: dict) -> tuple[str, str]:
    return tried["today"]["texts"][0], tried["drafted"]["texts"][0]


def test_the_draft_answers_for_its_writer_and_for_nobody_else(desk: DeskClient) -> None:
    change(desk, body=ADVANCE.replace("60 days longer", "90 days longer"))
    tried = ask(desk, "editor", "POST", TRY, language="en", question=QUESTION)
    now, drafted = answers(tried)
    assert "60 days" in now
    assert "90 days" in drafted
    assert "60 days" not in drafted
    assert tried["drafted"]["act"] == "answer"
    assert tried["drafted"]["citations"][0]["version"] == tried["version"] == 2
    assert "60 days" in desk.guest(language="en").outcome(QUESTION)["text"]
    # Nothing of a trial is in the record: no talk, no message, no event.
    journal = ask(desk, "admin", "GET", "/api/v1/events?limit=200")["events"]
    assert [e["kind"] for e in journal if "trial" in str(e)] == []


def test_what_else_would_change_is_told(desk: DeskClient) -> None:
    change(desk, body=ADVANCE.replace("60 days longer", "90 days longer"))
    changes = ask(desk, "editor", "POST", TRY, language="en", question=QUESTION)["changes"]
    told = {one["question"]: (one["before"]["text"], one["after"]["text"]) for one in changes}
    assert "60 days" in told[QUESTION][0]
    assert "90 days" in told[QUESTION][1]
    assert not any("borrow" in question for question in told)


def test_a_draft_of_a_coming_day_is_asked_as_of_that_day(desk: DeskClient) -> None:
    body = ADVANCE.replace("60 days longer", "90 days longer")
    change(desk, body=body, valid_from="2999-01-01")
    tried = ask(desk, "editor", "POST", TRY, language="en", question=QUESTION)
    assert tried["as_of"] == "2999-01-01"
    assert "90 days" in answers(tried)[1]


def test_a_new_article_and_a_new_language_can_be_tried(desk: DeskClient) -> None:
    create(
        desk, id="fine", title="The fine", body="## What does lateness cost? {#fine}\n9 units.\n"
    )
    asked = {"language": "en", "question": "What does lateness cost?"}
    tried = ask(desk, "editor", "POST", "/api/v1/articles/fine/try", **asked)
    assert tried["today"]["act"] == "abstain"
    assert tried["drafted"]["texts"][0].startswith("9 units.")
    create(desk, id="fine", language="ko", title="벌금", body="## 지연 벌금은? {#fine}\n9 단위.\n")
    asked = {"language": "ko", "question": "지연 벌금은?"}
    tried = ask(desk, "editor", "POST", "/api/v1/articles/fine/try", **asked)
    assert "9 단위." in tried["drafted"]["texts"][0]


def test_only_who_writes_may_try_and_only_what_is_there(desk: DeskClient) -> None:
    asked = {"language": "en", "question": QUESTION}
    ask(desk, "counselor", "POST", TRY, 403, **asked)
    ask(desk, "editor", "POST", TRY, 404, **(asked | {"language": "ko"}))
    ask(desk, "editor", "POST", TRY, 422, **(asked | {"question": ""}))


def test_the_page_shows_both_answers(desk: DeskClient) -> None:
    change(desk, body=ADVANCE.replace("60 days longer", "90 days longer"))
    page = Visitor(desk, "editor").get(f"/console/articles/advance/try/en?q={QUESTION}").text
    assert "60 days longer" in page
    assert "90 days longer" in page

"""The help centre as anybody reads it: what holds when, in which language, and what is gone."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from api import app
from api.pages import words
from crm import clock, contacts, conversations, db, messages
from crm.events import Actor
from crm.messages import Draft
from crm.models import Turn
from knowledge import article_text, editing
from knowledge.models import Passage
from knowledge.port import LANGUAGES, Hit
from routing import work
from tests.api.test_articles import BODY, PATH, ask, create
from tests.conftest import DeskClient, NoKnowledge, settings_for, sign_up_everyone
from tests.scripted_bot import ScriptedBot

SAY = words.of("en")


class TwoHits(NoKnowledge):
    """Finds the same article twice, then one of another topic."""

    def hits(self, text: str, language: str, limit: int) -> list[Hit]:
        del text, limit
        found = [("the-fee", "The **fee** is 10 units."), ("the-fee", "x"), ("loan", "| a | b |")]
        return [
            Hit(name, name.title(), 1, language, passage, 1.0, f"/help/{language}/{name}?v=1#fee")
            for name, passage in found
        ]


@pytest.fixture
def desk(sqlite_engine: Engine, tmp_path: Path) -> Iterator[DeskClient]:
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    served = app.create(settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=TwoHits())
    with TestClient(served) as http:
        yield DeskClient(http, served, sqlite_engine, settings, sign_up_everyone(sqlite_engine))


@pytest.fixture
def fee(desk: DeskClient) -> DeskClient:
    """A desk with one published article in English and Spanish."""
    create(desk)
    create(desk, language="es", title="La tasa")
    ask(desk, "editor", "POST", f"{PATH}/publish")
    return desk


def read(desk: DeskClient, path: str, status: int = 200) -> str:
    answer = desk.http.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def publish(desk: DeskClient, **changes: object) -> None:
    ask(desk, "editor", "PATCH", PATH, language="en", **changes)
    ask(desk, "editor", "POST", f"{PATH}/publish", language="en")


def test_an_article_says_as_of_when_it_holds_and_keeps_its_language_switch(fee):
    page = read(fee, "/help/en/the-fee")
    assert "In force since 1 January 2021" in page
    for language in LANGUAGES:
        assert f'href="/help/{language}/the-fee?lang={language}"' in page
    assert '<link rel="alternate" hreflang="es" href="/help/es/the-fee">' in page


def test_what_held_on_another_day_is_shown(fee):
    publish(fee, valid_from="2024-07-01", body=BODY.replace("10", "20"))
    assert "20 units" in read(fee, "/help/en/the-fee")
    assert "10 units" in read(fee, "/help/en/the-fee?on=2024-06-30")
    assert "20 units" in read(fee, "/help/en/the-fee?on=2024-07-01")
    before = read(fee, "/help/en/the-fee?on=2020-01-01", 404)
    assert SAY("article.not_on_day", day="1 January 2020") in before
    read(fee, "/help/en/the-fee?on=2024-02-31", 422)
    assert "1 January 2021 to 30 June 2024" in read(fee, "/help/en/the-fee")


def test_a_rule_of_a_coming_day_is_not_shown_before_it(fee):
    publish(fee, valid_from="2999-01-01", body=BODY.replace("10", "20"))
    assert "10 units" in read(fee, "/help/en/the-fee")
    assert "20 units" in read(fee, "/help/en/the-fee?on=2999-01-01")


def test_a_withdrawn_article_says_so_and_keeps_its_address(fee):
    ask(fee, "editor", "POST", f"{PATH}/withdraw", language="en")
    gone = read(fee, "/help/en/the-fee", 410)
    assert SAY("article.gone") in gone
    assert "10 units" not in gone
    assert 'role="search"' in gone
    # Who was given the wording can still read it, and is told.
    cited = read(fee, "/help/en/the-fee?v=1", 410)
    assert SAY("article.withdrawn") in cited
    assert "10 units" in cited
    assert "La tasa" in read(fee, "/help/es/the-fee")


def test_an_article_that_has_run_out_is_still_there_and_says_so(fee):
    publish(fee, valid_until="2021-12-31")
    page = read(fee, "/help/en/the-fee")
    assert SAY("article.not_in_force") in page
    assert "31 December 2021" in page


def test_a_language_that_is_missing_names_the_others(fee):
    page = read(fee, "/help/ko/the-fee", 404)
    assert '<html lang="ko">' in page
    assert words.of("ko")("article.missing") in page
    assert 'href="/help/en/the-fee"' in page
    assert SAY("article.no_version") in read(fee, "/help/en/the-fee?v=7", 404)
    read(fee, "/help/en/no-such-article", 404)


def test_a_draft_is_nobody_s_to_read(desk):
    create(desk)
    read(desk, "/help/en/the-fee", 404)
    read(desk, "/help/en/the-fee?v=1", 404)


def test_a_translation_behind_its_original_says_so_and_points_to_it(fee):
    publish(fee, body=BODY.replace("10", "20"))
    page = read(fee, "/help/es/the-fee")
    assert words.of("es")("article.read_original", language="English") in page
    assert "stale" not in read(fee, "/help/en/the-fee")


def test_a_topic_has_an_address_and_a_search_of_its_own(fee):
    create(fee, id="loan", title="Credit", topic="sme")
    ask(fee, "editor", "POST", "/api/v1/articles/loan/publish")
    page = read(fee, "/help/en?topic=payment")
    assert "<h1>Payment</h1>" in page
    entries = re.search(r'<ul class="entries">(.*?)</ul>', page, re.DOTALL)[1]
    assert "the-fee" in entries
    assert "loan" not in entries
    every = read(fee, "/help/en?q=fee")
    assert SAY("site.found", n=2) in every
    assert "The fee is 10 units." in every
    assert "**" not in every
    assert SAY("site.found", n=1) in read(fee, "/help/en?q=fee&topic=payment")
    nothing = read(fee, "/help/en?q=fee&topic=legal")
    assert SAY("site.search_everywhere") in nothing
    assert "<h1>Help centre</h1>" in read(fee, "/help/en?topic=weather")
    read(fee, "/help/fr", 422)


def test_a_topic_of_the_folder_s_own_is_shown_by_its_words_after_the_known_ones(fee):
    own = article_text.parse(
        "---\nid: hours\nlanguage: en\ntopic: opening-hours\naudience: public\n"
        "valid-from: 2020-01-01\nsource: A sign\nowner: workshop\n---\n# Hours\n\nFrom 9 to 18.\n"
    )
    with db.transaction(fee.engine) as s:
        editing.take_in(s, Actor("system", None), own)
    home = read(fee, "/help/en")
    assert home.index("<h3>Payment</h3>") < home.index("<h3>Opening hours</h3>")
    assert "<h1>Opening hours</h1>" in read(fee, "/help/en?topic=opening-hours")
    shown = read(fee, "/help/en/hours")
    assert '<section id="part-1">' in shown
    assert "<p>From 9 to 18.</p>" in shown
    assert 'href="/help/en?topic=opening-hours">Opening hours</a>' in shown
    create(fee, id="closed", topic="opening-hours")
    refused = fee.as_(
        "editor",
        "PATCH",
        "/api/v1/articles/closed",
        json={"language": "en", "topic": "opening-hour"},
    )
    assert refused.status_code == 422


def test_a_long_section_has_a_place_for_each_of_its_passages(fee):
    body = "## How? {#how}\n" + "It is done by hand and with care. " * 60
    create(fee, id="wheel", body=body)
    ask(fee, "editor", "POST", "/api/v1/articles/wheel/publish")
    with db.reading(fee.engine) as s:
        anchors = [one.anchor for one in s.scalars(select(Passage)) if one.anchor.startswith("how")]
    assert len(anchors) > 3
    shown = read(fee, "/help/en/wheel")
    assert all(shown.count(f'id="{anchor}"') == 1 for anchor in anchors)


def test_the_language_of_an_address_wins_and_a_chosen_one_is_remembered(fee):
    assert '<html lang="es">' in read(fee, "/help/es?q=tasa")
    fee.http.get("/help/ko?lang=ko")
    assert '<html lang="ko">' in read(fee, "/help")
    assert '<html lang="es">' in read(fee, "/help/es")


@pytest.mark.parametrize(
    "place", ["/", "/help", "/help/ko", "/healthz", "/openapi.json", "/nothing"]
)
def test_head_is_answered_as_get_without_the_body(sqlite_desk: DeskClient, place: str) -> None:
    whole, head = sqlite_desk.http.get(place), sqlite_desk.http.head(place)
    assert head.status_code == whole.status_code
    assert head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_head_opens_no_other_door(sqlite_desk: DeskClient) -> None:
    assert sqlite_desk.http.head("/api/v1/chat/sessions").status_code == 405
    assert sqlite_desk.http.head("/api/v1/conversations").status_code == 401


def test_a_new_rule_holds_from_the_first_hour_of_the_desks_own_day(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Morning of the 27th in Seoul, evening of the 26th in UTC."""
    morning = datetime(2026, 11, 26, 20, tzinfo=UTC)
    create(desk, valid_from="2026-11-27")
    ask(desk, "editor", "POST", f"{PATH}/publish")
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        talk, _ = conversations.start(s, contact, channel="web", language="en")
        message = messages.say(s, talk, Draft(Actor("contact"), "How much is the fee?", "en"))
        turn = Turn(
            id="t", attempt=1, conversation_id=talk.id, message_id=message.id,
            position=message.position,
        )  # fmt: skip
        monkeypatch.setattr(clock, "now", lambda: morning)
        assert work.begun(s, turn, talk, message).request.as_of == date(2026, 11, 27)
    assert "The fee is 10 units." in read(desk, "/help/en/the-fee")

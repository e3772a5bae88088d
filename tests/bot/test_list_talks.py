"""Lists and what is chosen from them by its place: over HTTP with the real engine and the sandbox
core, in each language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.phrases import catalogue
from routing.tenders import crawl
from tests.acting.talks import Talks, talks_on
from tests.procurement.cores import BUYER as TOWN
from tests.procurement.cores import Actor, tender_values

pytestmark = pytest.mark.rasa
LANGUAGES = ("en", "es", "ko")
SEARCH = {
    "en": "find tenders for office chairs",
    "es": "busca licitaciones de office chairs",
    "ko": "office chairs 공고 찾아 주세요",
}
PLACES = {
    "en": [("the first one", 0), ("number 3", 2), ("2", 1), ("the last one please", 2)],
    "es": [("el primero", 0), ("la segunda", 1), ("3", 2), ("el último", 2), ("número 1", 0)],
    "ko": [("첫 번째", 0), ("두번째 거", 1), ("마지막", 2), ("3번", 2), ("1", 0)],
}
FOLLOW = {
    "en": "follow the second one",
    "es": "quiero seguir la segunda",
    "ko": "두 번째 공고 관심 등록해 주세요",
}
BID = {
    "en": "I want to submit a bid",
    "es": "quiero presentar una oferta",
    "ko": "투찰하고 싶습니다",
}


@pytest.fixture
def talks(rasa: Any, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(sqlite_engine, tmp_path, rasa.url) as talks:
        yield talks


def put_up_three(talks: Talks) -> None:
    """Three tenders for chairs, known to the desk's index."""
    for title in ("Office chairs for the hall", "Office chairs for the school", "Office chairs"):
        Actor(talks.core.core, TOWN).act(
            "publish_tender", **tender_values(talks.core.core, title=title)
        )
    crawl(talks.desk.engine, talks.core.core, "core")


def _numbers(text: str) -> list[str]:
    return [line.split(" ")[1] for line in text.split("\n") if line[:2] in ("1)", "2)", "3)")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_of_the_tenders_shown_is_chosen_by_its_place(talks: Talks, language: str) -> None:
    put_up_three(talks)
    person = talks.person("supplier", "Ficticia Ltd.", language)
    assert person.act(SEARCH[language]) == "answer"
    shown = _numbers(person.last["text"])
    assert len(shown) == 3, person.last
    for said, place in PLACES[language]:
        assert person.act(said) == "answer", said
        assert person.last["text"].startswith(shown[place]), (said, person.last)
    assert person.act({"en": "the seventh", "es": "la séptima", "ko": "7번"}[language]) == "clarify"
    assert person.last["text"] == catalogue()(language, "listed_beyond", count="3")
    assert person.act(FOLLOW[language]) == "action_preview"
    assert shown[1] in person.last["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_that_answers_a_question_is_no_place_in_a_list(
    talks: Talks, language: str
) -> None:
    put_up_three(talks)
    person = talks.person("supplier", "Ficticia Ltd.", language)
    person.say(SEARCH[language])
    shown = _numbers(person.last["text"])
    talks.core.ahead(days=4)
    assert person.act(BID[language]) == "clarify"
    assert person.act({"en": "the first one", "es": "el primero", "ko": "첫 번째"}[language])
    assert shown[0] in person.last["text"]
    assert person.act("3") == "action_preview"  # the price
    assert "3 UAH" in person.last["text"]
    assert shown[0] in person.last["text"]
    assert shown[2] not in person.last["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_list_a_place_means_nothing(talks: Talks, language: str) -> None:
    person = talks.person("supplier", "Ficticia Ltd.", language)
    said = {"en": "the second one", "es": "la segunda", "ko": "두 번째 거"}[language]
    assert person.act(said) in ("clarify", "abstain", "answer", "smalltalk")
    assert "UA-" not in person.last["text"]
    assert person.actions() == []

"""Bids on tenders of several items and lots, from the wish to the receipt, over HTTP with the real
engine and the sandbox core, in each language."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.phrases import catalogue
from bot.procurement.port import Credential, Wanted
from tests.acting.talks import Person, Talks, talks_on
from tests.procurement.cores import BUYER as TOWN
from tests.procurement.cores import Actor, published

pytestmark = pytest.mark.rasa
ITEMS = (("Chair", 60, "piece"), ("Desk", 10, "piece"), ("Lamp", 5, "piece"))
CLARIFY, PREVIEW, DONE, ANSWER = "clarify", "action_preview", "action_done", "answer"
LANGUAGES = ("en", "es", "ko")
WISH = {
    "en": "I want to submit a bid on tender {number}",
    "es": "quiero presentar una oferta en la licitación {number}",
    "ko": "공고 {number}에 투찰하고 싶습니다",
}
AMEND = {
    "en": "I want to change my bid on tender {number}",
    "es": "quiero cambiar mi oferta en la licitación {number}",
    "ko": "공고 {number} 투찰 금액을 변경하고 싶습니다",
}
# A bid line by line, with a look aside, corrections, a change and a change after that.
TALKS: dict[str, list[tuple[str, str, str]]] = {
    "en": [
        ("50", CLARIFY, "Desk"),
        ("how do I register as a supplier?", ANSWER, ""),
        ("200 UAH", CLARIFY, "Lamp"),
        ("no, the second is 350", CLARIFY, "3,500 UAH"),
        ("20", PREVIEW, "6,600 UAH"),
        ("change item 2", CLARIFY, "Desk"),
        ("150", PREVIEW, "4,600 UAH"),
        ("yes", DONE, ""),
    ],
    "es": [
        ("50", CLARIFY, "Desk"),
        ("¿cómo me registro como proveedor?", ANSWER, ""),
        ("200 UAH", CLARIFY, "Lamp"),
        ("no, la segunda es 350", CLARIFY, "3,500 UAH"),
        ("20", PREVIEW, "6,600 UAH"),
        ("cambia la partida 2", CLARIFY, "Desk"),
        ("150", PREVIEW, "4,600 UAH"),
        ("sí", DONE, ""),
    ],
    "ko": [
        ("50", CLARIFY, "Desk"),
        ("공급업체 등록은 어떻게 하나요?", ANSWER, ""),
        ("200 UAH", CLARIFY, "Lamp"),
        ("아니요, 두 번째는 350", CLARIFY, "3,500 UAH"),
        ("20", PREVIEW, "6,600 UAH"),
        ("2번 품목을 바꿔 주세요", CLARIFY, "Desk"),
        ("150", PREVIEW, "4,600 UAH"),
        ("네", DONE, ""),
    ],
}
SECOND = {"en": "the second, 160", "es": "la segunda, 160", "ko": "두 번째, 160"}
YES = {"en": "yes", "es": "sí", "ko": "네"}
STATUS = {
    "en": "what is the status of my bid?",
    "es": "¿cuál es el estado de mi oferta?",
    "ko": "제 투찰 상태가 어떻게 되나요?",
}


@pytest.fixture
def talks(rasa: Any, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(sqlite_engine, tmp_path, rasa.url) as talks:
        yield talks


def open_for_bids(talks: Talks, **more: Any) -> tuple[str, Credential]:
    number, owner = published(talks.core.core, ITEMS, worth=7000, **more)
    talks.core.ahead(days=4)
    return number, owner


def bids_at(talks: Talks, number: str, owner: Credential) -> tuple[str, list[Any]]:
    """The bids at the core, once they are opened."""
    talks.core.ahead(days=8)
    tender = talks.core.core.find_tenders(Wanted(number=number))[0].id
    del owner
    return tender, list(talks.core.core.bids(tender))


def say_all(person: Person, lines: list[tuple[str, str, str]]) -> None:
    for said, act, part in lines:
        assert person.act(said) == act, (said, person.last)
        assert part in person.last["text"], (said, person.last)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bid_is_priced_item_by_item_changed_and_opened_as_it_was_said(
    talks: Talks, language: str
) -> None:
    number, owner = open_for_bids(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    words = catalogue()
    assert supplier.act(WISH[language].format(number=number)) == CLARIFY
    assert "60 piece" in supplier.last["text"]
    say_all(supplier, TALKS[language])
    receipt = supplier.last["action"]["receipt"]
    assert re.fullmatch(rf"{number}-B\d{{6}}", receipt["number"])
    assert receipt["number"] in supplier.last["text"]
    assert re.fullmatch(r"[0-9a-f]{32}", receipt["object"])
    assert receipt["object"] not in supplier.last["text"]
    assert supplier.act(AMEND[language].format(number=number)) == CLARIFY
    assert words(language, "act_ask_line") in supplier.last["text"]
    assert supplier.act(SECOND[language]) == PREVIEW
    assert "4,700 UAH" in supplier.last["text"]
    assert supplier.act(YES[language]) == DONE
    assert supplier.last["action"]["receipt"]["number"] == receipt["number"]
    done = [a["kind"] for a in supplier.actions() if a["state"] == "done"]
    assert done == ["bid", "amend_bid"]
    tender, [bid] = bids_at(talks, number, owner)
    assert bid.amount.amount == 4700
    own = talks.core.core.bid(tender, bid.id)
    assert sorted(own.prices.values()) == [20, 50, 160]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bid_on_two_lots_of_three_is_awarded_lot_by_lot(talks: Talks, language: str) -> None:
    number, owner = open_for_bids(talks, lots={"North": [0], "East": [1], "South": [2]})
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    assert supplier.act(WISH[language].format(number=number)) == CLARIFY
    assert len(supplier.last["choices"]) == 4
    both = {"en": "the first and the third", "es": "el primero y el tercero", "ko": "1번, 3번"}
    assert supplier.act(both[language]) == CLARIFY
    assert supplier.act("50, 20") == PREVIEW
    assert "3,100 UAH" in supplier.last["text"]
    assert "East" not in supplier.last["text"]
    assert supplier.act(YES[language]) == DONE
    tender, [bid] = bids_at(talks, number, owner)
    assert sorted(bid.amounts.values()) == [100, 3000]
    buyer = Actor(talks.core.core, TOWN, owner)
    for award in talks.core.core.awards(tender):
        buyer.act("award", tender, award.id)
    amounts = {c.amount.amount for c in talks.core.core.contracts(tender)}
    assert amounts == {100, 3000}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_price_finer_than_coins_is_asked_back(talks: Talks, language: str) -> None:
    words = catalogue()
    number, _ = open_for_bids(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    supplier.say(WISH[language].format(number=number))
    assert supplier.act("0.125") == CLARIFY
    assert supplier.last["text"].startswith(words(language, "act_invalid_cents"))
    assert "60 piece" in supplier.last["text"]  # the same price once more
    single, _ = published(talks.core.core, ITEMS[:1], worth=7000)
    talks.core.ahead(days=4)
    supplier = talks.person("supplier", "Ficticia Ltd.", language, n=2)
    supplier.say(WISH[language].format(number=single))
    assert supplier.act("0.125") == CLARIFY
    assert supplier.last["text"].startswith(words(language, "act_invalid_cents"))
    assert supplier.act("6999.99") == PREVIEW


def test_a_priced_bid_can_be_called_off_and_nothing_is_sent(talks: Talks) -> None:
    number, owner = open_for_bids(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    supplier.say(WISH["en"].format(number=number))
    supplier.say("50")
    assert supplier.act("never mind") == "cancel"
    supplier.say(WISH["en"].format(number=number))
    assert supplier.act("50, 150, 20") == PREVIEW
    assert supplier.act("no") == "cancel"
    talks.core.ahead(days=8)
    tender = talks.core.core.find_tenders(Wanted(number=number))[0]
    assert tender.status == "unsuccessful"  # nobody bid
    del owner


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_of_ones_own_sealed_bid_is_sealed_too(talks: Talks, language: str) -> None:
    number, _ = open_for_bids(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    supplier.say(WISH[language].format(number=number))
    assert supplier.act("50, 151.37, 20") == PREVIEW
    assert supplier.act(YES[language]) == DONE
    assert supplier.act(STATUS[language]) == ANSWER
    assert "4,613.70" in supplier.last["text"]
    supplier.say(WISH[language].format(number=number))  # there is one, and its price is told
    assert "4,613.70" in supplier.last["text"]
    person = {"en": "let me talk to a person", "es": "quiero hablar con una persona",
              "ko": "상담원 바꿔주세요"}  # fmt: skip
    assert supplier.act(person[language]) == "handoff"
    talk = supplier.guest.conversation_id
    for role in ("counselor", "supervisor", "admin", "auditor"):
        for path in (f"/api/v1/conversations/{talk}", "/api/v1/tickets", "/api/v1/events?after=0"):
            answer = talks.desk.as_(role, "GET", path)
            assert answer.status_code == 200, (role, path)
            assert not re.search(r"4,?613\.70?|151\.37", answer.text), (role, path)

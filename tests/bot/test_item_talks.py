"""A tender of several items put up by conversation: over HTTP with the real engine and the sandbox
core, in each language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.acting import items
from bot.phrases import catalogue
from bot.procurement.port import Refused, Tender, Wanted
from tests.acting.talks import Person, Talks, talks_on
from tests.procurement.cores import BUYER as TOWN
from tests.procurement.cores import Actor, Sandbox, sandbox, tender_values

pytestmark = pytest.mark.rasa
CLARIFY, PREVIEW, DONE = "clarify", "action_preview", "action_done"
LANGUAGES = ("en", "es", "ko")
OPENING = {
    "en": ("I want to publish a tender", "Furniture for the school", "goods", "39112000-0", "60",
           "pieces"),
    "es": ("quiero publicar una licitación", "Muebles para la escuela", "bienes", "39112000-0",
           "60", "piezas"),
    "ko": ("새 입찰 공고를 내고 싶어요", "학교 가구 구매", "물품", "39112000-0", "60", "개"),
}  # fmt: skip
# Another item, with what the first is called; a third; that is all; value and dates.
ITEMS = {
    "en": ("yes, there is another item", "Chairs", "Desks", "39121000-6", "12", "pieces",
           "one more", "Lamps", "31521000-4", "2.5", "boxes", "that is all", "9000 UAH",
           "in 5 days", "in 12 days"),
    "es": ("sí, hay otra partida", "Sillas", "Escritorios", "39121000-6", "12", "piezas",
           "otra más", "Lámparas", "31521000-4", "2.5", "cajas", "eso es todo", "9000 UAH",
           "en 5 días", "en 12 días"),
    "ko": ("네, 품목이 더 있어요", "의자", "책상", "39121000-6", "12", "개",
           "하나 더 있어요", "조명", "31521000-4", "2.5", "상자", "그게 다예요", "9000 UAH",
           "5일 후", "12일 후"),
}  # fmt: skip
LESS = {"en": "remove item 3", "es": "quita la partida 3", "ko": "3번 품목은 빼 주세요"}
MANY = {"en": "item 2: 15", "es": "partida 2: 15", "ko": "2번 품목 15"}
ADD = {"en": "add another item", "es": "agrega otra partida", "ko": "품목을 추가해 주세요"}
MORE = {
    "en": ("Shelves", "39141100-3", "4", "metres", "no"),
    "es": ("Estantes", "39141100-3", "4", "metros", "no"),
    "ko": ("선반", "39141100-3", "4", "미터", "아니요"),
}
YES = {"en": "yes", "es": "sí", "ko": "네"}


@pytest.fixture
def talks(rasa: Any, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(sqlite_engine, tmp_path, rasa.url) as talks:
        yield talks


@pytest.fixture
def core() -> Iterator[Sandbox]:
    with sandbox() as running:
        yield running


def say_all(person: Person, lines: tuple[str, ...], last: str = CLARIFY) -> None:
    for n, said in enumerate(lines, start=1):
        wanted = last if n == len(lines) else CLARIFY
        assert person.act(said) == wanted, (said, person.last)


def as_listed(tender: Tender) -> list[tuple[str, str, str, str]]:
    return [(i.description, f"{i.quantity:f}", i.unit, i.code) for i in tender.items]


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_are_told_one_by_one_shown_put_right_and_published(
    talks: Talks, language: str
) -> None:
    buyer = talks.person("buyer", "Town of Examples", language)
    words = catalogue()
    say_all(buyer, OPENING[language])
    assert buyer.last["text"].endswith(words(language, "act_ask_more"))
    assert buyer.last["choices"] == [
        words(language, "act_option_another"), words(language, "act_option_that_is_all")
    ]  # fmt: skip
    told = ITEMS[language]
    say_all(buyer, told, last=PREVIEW)
    shown = buyer.last["text"]
    for n, name in ((1, told[1]), (2, told[2]), (3, told[7])):
        assert f"{n}) {name}" in shown
    assert "2.50" in shown
    assert "31521000-4" in shown
    assert buyer.act(LESS[language]) == PREVIEW
    assert told[7] not in buyer.last["text"]
    assert buyer.act(MANY[language]) == PREVIEW
    assert "15" in buyer.last["text"]
    assert buyer.act(ADD[language]) == CLARIFY
    say_all(buyer, MORE[language], last=PREVIEW)
    assert buyer.act(YES[language]) == DONE
    number = buyer.last["action"]["receipt"]["number"]
    unit, more = told[5], MORE[language]
    assert as_listed(talks.core.core.find_tenders(Wanted(number=number))[0]) == [
        (told[1], "60", OPENING[language][5], "39112000-0"),
        (told[2], "15", unit, "39121000-6"),
        (more[0], "4", more[3], more[1]),
    ]


def test_a_tender_of_one_item_is_called_as_the_tender_is(talks: Talks) -> None:
    buyer = talks.person("buyer", "Town of Examples", "en")
    say_all(buyer, OPENING["en"])
    say_all(buyer, ("that is all", "9000 UAH", "in 5 days", "in 12 days"), last=PREVIEW)
    assert "60" in buyer.last["text"]
    assert buyer.act("yes") == DONE
    number = buyer.last["action"]["receipt"]["number"]
    [item] = talks.core.core.find_tenders(Wanted(number=number))[0].items
    assert item.description == "Furniture for the school"


def test_there_are_no_more_items_than_a_talk_can_show() -> None:
    slots = {"more": "another"}
    for _ in range(items.MOST * 2):
        slots = items.one_more(slots) or slots
    assert items.count(slots) == items.MOST
    assert len(list(items.wanted(slots))) == 1 + (items.MOST - 1) * 5 - 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([{"description": "Chairs", "code": "39112000-0", "quantity": "0", "unit": "pc"}],
         "malformed"),
        ([{"description": "Chairs", "code": "39112000-0", "quantity": "NaN", "unit": "pc"}],
         "malformed"),
        ([{"description": "", "code": "39112000-0", "quantity": "1", "unit": "pc"}], "incomplete"),
        ([{"description": "Chairs", "quantity": "1", "unit": "pc"}], "incomplete"),
        ("chairs", "malformed"),
        ([{"description": "C", "code": "39112000-0", "quantity": "1", "unit": "pc"}] * 101,
         "malformed"),
    ],
)  # fmt: skip
def test_items_that_no_core_could_take_are_refused(core: Sandbox, given: Any, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        Actor(core.core, TOWN).preview("publish_tender", **tender_values(core.core, items=given))
    assert refused.value.reason == reason

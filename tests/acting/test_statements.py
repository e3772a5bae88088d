"""What bidders say to what a tender asks of them: words alone, in three languages."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.acting import asks, consent, stating
from bot.acting.state import Filling
from bot.answering import Moment
from bot.phrases import catalogue
from bot.port import Turn
from bot.procurement.port import Criterion, Requirement, RequirementGroup
from bot.wording import Wording
from routing.calls.acting import keyed
from tests.acting.test_words import NOW


def one_of(key: str, title: str, form: Any, **more: Any) -> Requirement:
    return Requirement(key, title, form, **more)


def criterion(
    key: str, *groups: tuple[str, Sequence[Requirement]], exclusion: bool = False
) -> Criterion:
    return Criterion(key, key, [RequirementGroup(name, rows) for name, rows in groups], exclusion)


def ground(key: str) -> Criterion:
    return criterion(
        key,
        ("A company", [one_of(f"{key}-company", f"No director: {key}", "boolean", wanted="true")]),
        ("A person", [one_of(f"{key}-person", f"I have not: {key}", "boolean", wanted="true")]),
        exclusion=True,
    )


DAYS = one_of("days", "Validity of the bid", "integer", unit="days", least=Decimal(90))
VEHICLES = one_of("vehicles", "Vehicles", "string")
OTHERS = one_of("others", "Subcontractors take part", "boolean")
CRITERIA = (
    ground("fraud"), criterion("validity", ("", [DAYS])),
    criterion("means", ("", [VEHICLES, OTHERS])),
)  # fmt: skip
PERSON = {
    "said_group:fraud": "A person", asks.ALL: "true", "said_number:days": "90",
    "said_text:vehicles": "two lorries", "said_yes_no:others": "true",
}  # fmt: skip
BID = Filling("bid", criteria=CRITERIA, slots={"amount": "3000", **PERSON}, asked="confirmed")


def ask(row: Requirement) -> asks.Ask:
    [found] = asks.asks_of([criterion("only", ("", [row]))], {})
    return found


@pytest.mark.parametrize(
    ("words", "yes"),
    [
        ("yes", True), ("sí, claro", True), ("네, 맞습니다", True), ("yes, go ahead", True),
        ("go ahead", False), ("send it", False), ("adelante", False), ("진행해 주세요", False),
        ("yes?", False), ("ok", False),
    ],
)  # fmt: skip
def test_an_order_states_nothing(words: str, yes: bool) -> None:
    assert consent.agrees(words) is yes
    assert asks.read(ask(OTHERS), words).value == ("true" if yes else None)


@pytest.mark.parametrize("words", ["oh, sorry", "ya, gracias", "아, 감사합니다"])
def test_courtesy_alone_is_no_no(words: str) -> None:
    assert not consent.is_plain_no(words)
    assert asks.read(ask(OTHERS), words) == asks.Said()


def test_what_must_not_be_so_is_denied() -> None:
    unwanted = ask(one_of("agents", "Agents are paid", "boolean", wanted="false"))
    assert asks.read(unwanted, "no") == asks.Said("false")
    assert asks.read(unwanted, "yes") == asks.Said(fault="needed_not")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("120 days", "120"), ("less than 90", None), ("menos de 90 días", None),
        ("90일 미만", None), ("no more than 90", None), ("more than 90", "90"),
    ],
)  # fmt: skip
def test_a_bound_on_the_wrong_side_is_no_number(words: str, value: str | None) -> None:
    assert asks.read(ask(DAYS), words).value == value


@pytest.mark.parametrize("words", ["-20", "minus 20 degrees", "menos 20 grados", "영하 20도"])
def test_a_number_below_naught_keeps_its_sign(words: str) -> None:
    cold = ask(one_of("cold", "Lowest temperature", "number", most=Decimal(-18)))
    assert asks.read(cold, words).value == "-20"
    assert asks.read(ask(DAYS), words).value is None


@pytest.mark.parametrize(
    "words", ["what does number 4 mean?", "¿qué significa el número 4?", "4번은 무슨 뜻인가요?"]
)
def test_a_question_about_an_answer_changes_nothing(words: str) -> None:
    assert stating.about(words, BID) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("change number 4", ""), ("number 4 is wrong", ""), ("cambia el número 4", ""),
        ("4번을 바꿔 주세요", ""), ("can you change number 4?", ""),
        ("no, number 4: three vans", "three vans"), ("4번: 밴 세 대", "밴 세 대"),
    ],
)  # fmt: skip
def test_own_words_are_what_stands_behind_a_colon(words: str, said: str) -> None:
    named = stating.about(words, BID)
    assert named is not None
    assert (named[0].slot, named[1]) == ("said_text:vehicles", said)


def test_an_answer_behind_its_number_is_read() -> None:
    named = stating.about("number 5: no", BID)
    assert named is not None
    assert asks.read(*named) == asks.Said("false")


def letter(text: str, channel: Any = "email") -> Moment:
    turn = Turn("talk", text, "en", NOW.date(), channel)
    return Moment(turn, text, "en", Wording(catalogue(), "en"), NOW)


def told(text: str, **more: Any) -> dict[str, asks.Said]:
    still = replace(BID, asked="said_text:vehicles", slots={"said_group:fraud": "A person"})
    return {one.slot: said for one, said in stating.several(letter(text, **more), still)}


def test_a_letter_answers_by_number_even_one_alone() -> None:
    assert told("Hello,\n3: 120\n5: no\nKim")["said_number:days"].value == "120"
    assert told("3) 120") == {"said_number:days": asks.Said("120")}
    assert told("3.50\n5.20") == {}


def test_numbers_that_no_mail_had_answer_nothing() -> None:
    assert told("2: yes\n3: 120", channel="chat") == {}


def test_the_question_quoted_is_no_answer() -> None:
    quoted = "3) The tender asks: Validity of the bid. Please give a number (90 or more, days)."
    assert told(f"{quoted}\n5: no") == {"said_yes_no:others": asks.Said("false")}


def test_grounds_with_the_same_groups_are_asked_once_other_criteria_each() -> None:
    two = [ground("fraud"), ground("bribery")]
    assert [a.form for a in asks.asks_of(two, {})] == ["group"]
    apart = [replace(one, exclusion=False) for one in two]
    assert [a.form for a in asks.asks_of(apart, {})] == ["group", "group"]


def test_what_a_bid_says_holds_only_where_the_tender_still_takes_it() -> None:
    given = {"fraud-person": ("true",), "days": ("90",), "vehicles": ("two",), "others": ("true",)}
    assert asks.slots_of(CRITERIA, given).keys() == PERSON.keys()
    changed = {**given, "fraud-person": ("false",), "days": ("60",)}
    assert asks.slots_of(CRITERIA, changed).keys() == PERSON.keys() - {asks.ALL, "said_number:days"}


@pytest.mark.parametrize(
    "row",
    [
        one_of("1", "x" * 601, "boolean"),
        one_of("1", "Form", "string", choices=[str(n) for n in range(41)]),
        one_of("1", "Form", "string", choices=["two\nlines", "one"]),
    ],
)
def test_what_cannot_be_shown_whole_is_for_a_person(row: Requirement) -> None:
    assert asks.can_be_asked(CRITERIA, heard=False)
    assert not asks.can_be_asked([*CRITERIA, criterion("long", ("", [row]))], heard=False)


def test_groups_that_cannot_be_told_apart_are_for_a_person() -> None:
    same = criterion("same", ("Yes", [OTHERS]), ("Yes", [OTHERS]))
    assert not asks.can_be_asked([same], heard=False)


def test_a_star_is_the_point_of_a_number_that_is_keyed() -> None:
    assert keyed("said_number:days", "3*5") == "3.5"


def test_what_was_said_is_shown_whole() -> None:
    words = " ".join(f"lorry{n}" for n in range(200))
    said = BID.with_slot("said_text:vehicles", words)
    [vehicles] = [one for one in said.asks if one.form == "text"]
    assert stating.answer(letter(""), said, vehicles).endswith(words)

"""Bids on tenders that ask their bidders for statements: over HTTP with the real engine and the
sandbox core, in each language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.phrases import catalogue
from bot.procurement.port import Wanted
from tests.acting.talks import Person, Talks, talks_on
from tests.bot.test_priced_bid_talks import AMEND, LANGUAGES, WISH, YES
from tests.procurement import recorded
from tests.procurement.cores import published

pytestmark = pytest.mark.rasa
CLARIFY, PREVIEW, DONE = "clarify", "action_preview", "action_done"
NO = {"en": "no", "es": "no", "ko": "아니요"}
LAST = {"en": "the second", "es": "la segunda", "ko": "두 번째"}
# A number that is too small, an aside, then one that fits.
DAYS = {
    "en": ("60 days", "how do I register as a supplier?", "90 days"),
    "es": ("60 días", "¿cómo me registro como proveedor?", "90 días"),
    "ko": ("60일", "공급업체 등록은 어떻게 하나요?", "90일"),
}
OWN_WORDS = {
    "en": "two lorries with a tail lift",
    "es": "dos camiones con plataforma elevadora",
    "ko": "리프트가 달린 트럭 두 대",
}
OTHER = {"en": "number 3: 120", "es": "el número 3: 120", "ko": "3번 120"}
ORDER = {"en": "go ahead", "es": "adelante", "ko": "진행해 주세요"}
MEANING = {
    "en": "what does number 1 mean?",
    "es": "¿qué significa el número 1?",
    "ko": "1번은 무슨 뜻인가요?",
}
WRONG = {"en": "number 1 is wrong", "es": "el número 1 está mal", "ko": "1번이 틀렸어요"}
PRICE = {"en": "change the price", "es": "cambia el precio", "ko": "가격을 바꿔 주세요"}
CHANGE = {"en": "change number 6", "es": "cambia el número 6", "ko": "6번을 바꿔 주세요"}


def requirement(title: str, form: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "dataType": form} | more


def criterion(kind: str, title: str, *groups: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": title, "source": "tenderer", "relatesTo": "tender",
        "classification": {"scheme": "LAW922", "id": kind}, "requirementGroups": list(groups),
    }  # fmt: skip


def group(title: str, *requirements: dict[str, Any]) -> dict[str, Any]:
    return {"description": title, "requirements": list(requirements)}


def _ground(title: str, company: str, person: str) -> dict[str, Any]:
    return criterion(
        "CRITERION.EXCLUSION.CONVICTIONS.FRAUD", title,
        group("A company confirms", requirement(company, "boolean", expectedValue=True)),
        group("A person confirms", requirement(person, "boolean", expectedValue=True)),
    )  # fmt: skip


CRITERIA = [
    _ground("Fraud", "No director was convicted of fraud", "I was not convicted of fraud"),
    _ground("Bribery", "No director was convicted of bribery", "I was not convicted of bribery"),
    criterion(
        "CRITERION.OTHER.BID.VALIDITY_PERIOD", "Validity",
        group("", requirement("How long the bid is valid", "integer", minValue=90,
                              unit={"code": "DAY", "name": "days"})),
    ),
    criterion(
        "CRITERION.OTHER.BID.LANGUAGE", "Language",
        group("", requirement("Language of the bid", "string", expectedValues=["eng", "kor", "spa"],
                              expectedMinItems=1)),
    ),
    criterion(
        "CRITERION.SELECTION.TECHNICAL", "Means",
        group("", requirement("Vehicles", "string"),
              requirement("Subcontractors take part", "boolean")),
    ),
]  # fmt: skip


@pytest.fixture
def talks(rasa: Any, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(sqlite_engine, tmp_path, rasa.url) as talks:
        yield talks


def asking(talks: Talks, criteria: list[dict[str, Any]]) -> str:
    number, _ = published(talks.core.core, (("Chair", 60, "piece"),), criteria=criteria)
    talks.core.ahead(days=4)
    return number


def own_bid(talks: Talks, supplier: Person, number: str) -> Any:
    """The supplier's bid at the core, once it is opened."""
    receipt = next(a for a in supplier.actions() if a["state"] == "done")["receipt"]
    talks.core.ahead(days=8)
    tender = talks.core.core.find_tenders(Wanted(number=number))[0].id
    return talks.core.core.bid(tender, receipt["object"])


def said(talks: Talks, number: str, bid: Any) -> dict[str, tuple[str, ...]]:
    """What a bid answers, by the requirements' titles."""
    tender = talks.core.core.find_tenders(Wanted(number=number))[0]
    rows = (r for c in tender.criteria for g in c.groups for r in g.requirements)
    titles = {row.id: row.title for row in rows}
    return {titles[key]: tuple(given) for key, given in bid.answers.items()}


def answer_all(person: Person, language: str) -> None:
    """From the price to the preview, with what cannot be taken on the way."""
    words = catalogue()
    assert person.act("3000") == CLARIFY
    assert person.last["choices"] == ["A company confirms", "A person confirms"]
    assert person.act(LAST[language]) == CLARIFY
    assert "- I was not convicted of fraud\n- I was not convicted of bribery" in person.last["text"]
    assert "director" not in person.last["text"]
    assert len(person.last["choices"]) == 2  # yes and no
    assert person.act(NO[language]) == CLARIFY
    assert words(language, "act_invalid_said_needed") in person.last["text"]
    assert person.act(YES[language]) == CLARIFY
    assert "days" in person.last["text"]
    small, aside, enough = DAYS[language]
    assert person.act(small) == CLARIFY
    assert "90" in person.last["text"]
    assert person.act(aside) == "answer"
    assert person.act(enough) == CLARIFY
    assert person.last["choices"] == ["eng", "kor", "spa"]
    assert person.act("1, 3") == CLARIFY
    assert "Vehicles" in person.last["text"]
    assert person.act(OWN_WORDS[language]) == CLARIFY
    assert "Subcontractors" in person.last["text"]
    assert person.act(NO[language]) == PREVIEW


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_tender_asks_is_answered_shown_put_right_and_handed_in(
    talks: Talks, language: str
) -> None:
    number = asking(talks, CRITERIA)
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    assert supplier.act(WISH[language].format(number=number)) == CLARIFY
    answer_all(supplier, language)
    shown = supplier.last["text"]
    for part in ("3,000 UAH", "A person confirms", "I was not convicted of bribery", "90 days",
                 "eng, spa", OWN_WORDS[language]):  # fmt: skip
        assert part in shown, (part, shown)
    assert supplier.act(OTHER[language]) == PREVIEW
    assert "120 days" in supplier.last["text"]
    assert supplier.act(CHANGE[language]) == CLARIFY
    assert supplier.act(YES[language]) == PREVIEW
    assert supplier.act(YES[language]) == DONE
    assert said(talks, number, own_bid(talks, supplier, number)) == {
        "I was not convicted of fraud": ("true",),
        "I was not convicted of bribery": ("true",),
        "How long the bid is valid": ("120",),
        "Language of the bid": ("eng", "spa"),
        "Vehicles": (OWN_WORDS[language],),
        "Subcontractors take part": ("true",),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_neither_a_question_nor_an_order_is_a_statement(talks: Talks, language: str) -> None:
    number = asking(talks, CRITERIA[-1:])
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    supplier.act(WISH[language].format(number=number))
    supplier.act("3000")
    assert supplier.act(OWN_WORDS[language]) == CLARIFY
    assert supplier.act(ORDER[language]) == CLARIFY
    assert supplier.act(NO[language]) == PREVIEW
    supplier.act(MEANING[language])
    assert OWN_WORDS[language] in supplier.last["text"]
    assert supplier.act(WRONG[language]) == CLARIFY
    assert supplier.act(OWN_WORDS[language]) == PREVIEW
    assert supplier.act(PRICE[language]) == CLARIFY
    assert supplier.act("2900") == PREVIEW
    for part in ("2,900 UAH", OWN_WORDS[language]):
        assert part in supplier.last["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_answer_of_a_bid_is_changed_and_the_others_stand(talks: Talks, language: str) -> None:
    number = asking(talks, CRITERIA)
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    supplier.act(WISH[language].format(number=number))
    answer_all(supplier, language)
    assert supplier.act(YES[language]) == DONE
    assert supplier.act(AMEND[language].format(number=number)) == CLARIFY
    assert catalogue()(language, "act_ask_line_or_answer") in supplier.last["text"]
    assert len(supplier.last["choices"]) == 7  # the amount and six answers
    assert supplier.act(OTHER[language]) == PREVIEW
    assert "120 days" in supplier.last["text"]
    assert "3,000 UAH" in supplier.last["text"]
    assert supplier.act(YES[language]) == DONE
    bid = own_bid(talks, supplier, number)
    answers = said(talks, number, bid)
    assert (bid.amount.amount, bid.status) == (3000, "active")
    assert answers["How long the bid is valid"] == ("120",)
    assert answers["Vehicles"] == (OWN_WORDS[language],)
    assert len(answers) == 6


def test_another_group_means_that_its_grounds_are_read(talks: Talks) -> None:
    number = asking(talks, CRITERIA[:2])
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    supplier.act(WISH["en"].format(number=number))
    supplier.act("3000")
    supplier.act("A person confirms")
    assert supplier.act("yes") == PREVIEW
    assert supplier.act("number 1: A company confirms") == CLARIFY
    assert "No director was convicted of bribery" in supplier.last["text"]
    assert supplier.act("yes") == PREVIEW
    assert "director" in supplier.last["text"]


def test_a_price_is_put_right_while_a_statement_is_asked_for(talks: Talks) -> None:
    items = (("Chair", 60, "piece"), ("Desk", 10, "piece"))
    number, _ = published(talks.core.core, items, criteria=CRITERIA[2:3])
    talks.core.ahead(days=4)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    supplier.act(WISH["en"].format(number=number))
    supplier.act("50, 200")
    assert "How long the bid is valid" in supplier.last["text"]
    assert supplier.act("no, the second is 150") == CLARIFY
    assert "1,500 UAH" in supplier.last["text"]
    assert supplier.act("change number 2") == CLARIFY
    assert "Desk" in supplier.last["text"]
    assert supplier.act("120") == CLARIFY
    assert supplier.act("no, 100") == PREVIEW  # days: no price is named
    assert "100 days" in supplier.last["text"]
    assert "4,200 UAH" in supplier.last["text"]


def test_what_is_asked_meanwhile_is_asked_of_the_bidder_too(talks: Talks) -> None:
    [first, second] = CRITERIA[2:4]
    number, owner = published(talks.core.core, (("Chair", 60, "piece"),), criteria=[first])
    talks.core.ahead(days=4)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    supplier.act(WISH["en"].format(number=number))
    supplier.act("3000")
    link = talks.core.core._access.link
    link.write("POST", f"/tenders/{owner.object}/criteria", [second], owner)
    assert supplier.act("90") == CLARIFY
    assert "Language of the bid" in supplier.last["text"]
    assert supplier.act("kor") == PREVIEW
    assert supplier.act("yes") == DONE


def test_the_criteria_of_a_recorded_tender_are_few_questions(talks: Talks) -> None:
    """Twelve criteria with grounds for exclusion, as a real core's tenders have them."""
    tender = {r.name: r for r in recorded.load("open")}["tender-activating"].answer["data"]
    number = asking(talks, [one | {"relatesTo": "tender"} for one in tender["criteria"]])
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    supplier.act(WISH["en"].format(number=number))
    asked = 0
    supplier.act("3000")
    while supplier.last["act"] == CLARIFY and asked < 20:
        asked += 1
        choices = supplier.last["choices"]
        text = supplier.last["text"]
        supplier.act(choices[0] if choices else "90" if "a number" in text else "yes")
    assert supplier.last["act"] == PREVIEW
    assert asked <= 9
    assert supplier.act("yes") == DONE


def test_statements_that_no_talk_can_take_make_a_ticket(talks: Talks) -> None:
    number = asking(
        talks,
        [criterion("CRITERION.OTHER", "When", group("", requirement("Since when", "date-time")))],
    )
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    assert supplier.act(WISH["en"].format(number=number)) == CLARIFY
    assert catalogue()("en", "asks_by_person") in supplier.last["text"]
    assert supplier.act("3000") == PREVIEW
    assert catalogue()("en", "goes_to_ticket") in supplier.last["text"]
    assert supplier.act("yes") == DONE
    assert supplier.last["action"]["receipt"]["number"].startswith("T-")

"""Answers to a tender's criteria: as recorded of a real server, by sandbox and client."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.acting import asks
from bot.procurement.openprocurement.criteria import answers_of, check, criteria_of, written
from bot.procurement.openprocurement.shapes import as_documented
from bot.procurement.port import Credential, Refused, Requirement
from tests.procurement import recorded
from tests.procurement.cores import RIVAL, SUPPLIER, Actor, Sandbox, published, sandbox

OPEN = {r.name: r for r in recorded.load("open")}
TENDER: dict[str, Any] = OPEN["tender-activating"].answer["data"]
ANSWERED = OPEN["add-requirement-responses-to-bidder"]
GIVEN: list[dict[str, Any]] = ANSWERED.body["data"]["requirementResponses"]
ANSWERS = answers_of({"requirementResponses": GIVEN})
CRITERIA = criteria_of(TENDER)
ITEMS = (("Chair", 60, "piece"),)


@pytest.fixture
def core() -> Iterator[Sandbox]:
    with sandbox() as running:
        yield running


def with_criteria(core: Sandbox, **more: Any) -> tuple[str, Credential]:
    """A tender that asks bidders what the recorded one asked, open for bids."""
    asked = [one | {"relatesTo": "tender"} for one in TENDER["criteria"]]
    _, owner = published(core.core, ITEMS, criteria=asked, **more)
    core.ahead(days=4)
    return owner.object, owner


def bid(core: Sandbox, tender: str, given: list[dict[str, Any]] | None) -> tuple[str, Credential]:
    """A draft made at the core itself: its path, and its owner's token."""
    access = core.core._access
    doc = access.data(f"/tenders/{tender}")
    [item] = doc["items"]
    price = {"amount": 50, "currency": "UAH", "valueAddedTaxIncluded": False}
    draft = {
        "status": "draft",
        "tenderers": [
            {"name": "Ficticia", "scale": "sme", "address": {"countryName": "Examples"},
             "identifier": {"scheme": "XX-DEMO", "id": "9"}, "contactPoint": {"name": "F"}}
        ],
        "value": {"amount": 3000},
        "items": [{n: item[n] for n in ("id", "description", "quantity")}
                  | {"unit": item["unit"] | {"value": price}}],
    }  # fmt: skip
    owner = access.create_owned("bid", f"/tenders/{tender}/bids", draft)
    path = f"/tenders/{tender}/bids/{owner.object}"
    if given is not None:
        access.change(path, {"requirementResponses": given}, owner)
    return path, owner


def test_answers_are_kept_as_the_recorded_server_kept_them(core: Sandbox) -> None:
    tender, _ = with_criteria(core)
    path, owner = bid(core, tender, GIVEN)
    kept = core.core._access.data(path, owner)["requirementResponses"]
    wanted = ANSWERED.answer["data"]["requirementResponses"]
    assert recorded.Likeness().differences(wanted, kept) == []
    handed_in = core.core._access.change(path, {"status": "pending"}, owner)
    assert handed_in["status"] == OPEN["activate-bidder"].answer["data"]["status"]


def _without(n: int) -> list[dict[str, Any]]:
    return [*GIVEN[:n], *GIVEN[n + 1 :]]


def _other_group() -> dict[str, Any]:
    """An answer to the group of a criterion that nobody chose."""
    groups = next(c.groups for c in CRITERIA if len(c.groups) > 1)
    other = next(g for g in groups if not any(r.id in ANSWERS for r in g.requirements))
    return {"requirement": {"id": other.requirements[0].id}, "value": True}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "Responses are required for all criteria with source tenderer/winner"),
        (_without(0), "Responses are required for all criteria with source tenderer/winner"),
        (_without(2), "Responses are required for all requirements in a requirement group"),
        ([*GIVEN, _other_group()], "allowed for only one group of requirements per criterion"),
        ([GIVEN[0] | {"value": 89}, *GIVEN[1:]], "lower then minimal required 90"),
        ([GIVEN[0] | {"value": "ninety"}, *GIVEN[1:]], "not of type integer"),
        ([GIVEN[0], GIVEN[1] | {"values": ["kor"]}, *GIVEN[2:]], "Values are not in requirement"),
        ([*GIVEN[:2], GIVEN[2] | {"value": False}, *GIVEN[3:]], "does not match expected value"),
        ([*GIVEN, GIVEN[0]], "should be uniq"),
    ],
)
def test_a_bid_that_does_not_answer_stays_a_draft(
    core: Sandbox, given: list[dict[str, Any]] | None, words: str
) -> None:
    tender, _ = with_criteria(core)
    path, owner = bid(core, tender, given)
    with pytest.raises(Refused, match=words):
        core.core._access.change(path, {"status": "pending"}, owner)
    assert core.core._access.data(path, owner)["status"] == "draft"


def test_the_client_writes_what_the_recorded_bidder_wrote() -> None:
    assert written(CRITERIA, ANSWERS) == GIVEN
    check(CRITERIA, ANSWERS)
    for key in ANSWERS:
        with pytest.raises(Refused, match="incomplete"):
            check(CRITERIA, {k: v for k, v in ANSWERS.items() if k != key})
    with pytest.raises(Refused, match="not_offered"):
        check(CRITERIA, {})
    with pytest.raises(Refused, match="malformed"):
        check(CRITERIA, {**ANSWERS, GIVEN[0]["requirement"]["id"]: ("89",)})


def test_only_what_bidders_answer_is_asked_of_them() -> None:
    sources = {one["title"]: one["source"] for one in TENDER["criteria"]}
    assert {sources[one.title] for one in CRITERIA} == {"tenderer", "winner"}
    assert "procuringEntity" in sources.values()
    assert any(one.exclusion for one in CRITERIA)
    assert not all(one.exclusion for one in CRITERIA)


def test_a_bid_with_answers_is_handed_in_read_changed_and_found_again(core: Sandbox) -> None:
    tender, _ = with_criteria(core)
    supplier = Actor(core.core, SUPPLIER)
    said = {key: list(given) for key, given in ANSWERS.items()}
    receipt = supplier.act("bid", tender, amount="3000", answers=said)
    assert (receipt.state, receipt.status) == ("done", "pending")
    own = core.core.bid(tender, receipt.object, supplier.credential)
    assert own.answers == ANSWERS
    first = GIVEN[0]["requirement"]["id"]
    with pytest.raises(Refused, match="already_done"):
        supplier.preview("amend_bid", tender, receipt.object, amount="3000", answers=said)
    longer = said | {first: ["120"]}
    supplier.act("amend_bid", tender, receipt.object, amount="3000", answers=longer)
    assert core.core.bid(tender, receipt.object, supplier.credential).answers[first] == ("120",)
    supplier.act("amend_bid", tender, receipt.object, amount="2900")  # the answers stand
    own = core.core.bid(tender, receipt.object, supplier.credential)
    assert (own.status, own.answers[first]) == ("pending", ("120",))


def test_criteria_of_another_lot_are_not_asked(core: Sandbox) -> None:
    number, owner = published(
        core.core, (("Chair", 60, "piece"), ("Desk", 10, "piece")),
        lots={"North": [0], "East": [1]},
    )  # fmt: skip
    del number
    tender = core.core.tender(owner.object)
    asked = TENDER["criteria"][0] | {"relatesTo": "lot", "relatedItem": tender.lots[1].id}
    access = core.core._access
    access.link.write("POST", f"/tenders/{tender.id}/criteria", [asked], owner)
    core.ahead(days=4)
    north, east = (lot.id for lot in tender.lots)
    prices = {tender.items[0].id: "50"}
    Actor(core.core, SUPPLIER).act(
        "bid", tender.id, amount="3000", amounts={north: "3000"}, prices=prices
    )
    with pytest.raises(Refused, match="not_offered"):
        Actor(core.core, RIVAL).act(
            "bid", tender.id, amount="500", amounts={east: "500"},
            prices={tender.items[1].id: "50"},
        )  # fmt: skip


FIELDS = (
    "id", "title", "description", "source", "relatesTo", "relatedItem", "dataType", "status",
    "classification", "requirementGroups", "requirements", "expectedValue", "expectedValues",
    "unit", "minValue", "maxValue", "expectedMinItems", "expectedMaxItems",
)  # fmt: skip


@pytest.mark.parametrize("odd", [None, 5, "x", ["x"], {"a": 1}, [None], [{"id": None}], True])
@pytest.mark.parametrize("where", ["criterion", "group", "requirement"])
def test_criteria_of_odd_shape_are_read_as_far_as_they_go(odd: Any, where: str) -> None:
    plain = {
        "criterion": {"id": "1", "title": "T", "source": "tenderer", "relatesTo": "tender"},
        "group": {"id": "2", "description": "G"},
        "requirement": {"id": "3", "title": "R", "dataType": "integer"},
    }
    for name in FIELDS:
        parts = {**plain, where: {**plain[where], name: odd}}
        group = {"requirements": [parts["requirement"]], **parts["group"]}
        criterion = {"requirementGroups": [group], **parts["criterion"]}
        told = json.dumps({"id": "9", "items": odd, "criteria": [criterion, odd]})
        read = criteria_of(json.loads(told, object_pairs_hook=as_documented))
        assert len(read) <= 1
        to_json = asks.to_json(read)
        assert asks.of_json(json.loads(json.dumps(to_json))) is not None


def test_a_choice_within_a_longer_one_is_not_chosen_with_it() -> None:
    options = ("solution", "solution for infusion", "powder")
    ask = asks.Ask("said_choice:1", "choice", "Form", [Requirement("1", "Form", "string")], options)
    assert asks.read(ask, "solution for infusion").value == "solution for infusion"
    assert asks.read(ask, "powder and solution").value == "solution\npowder"
    assert asks.read(ask, "the first").value == "solution"
    assert asks.read(ask, "something else").value is None

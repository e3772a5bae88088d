"""The client against a sandbox that runs: refusals before anything is sent, signing, failures."""

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.openprocurement.access import organisation
from bot.procurement.port import (
    KINDS,
    TARGETS,
    VALUES,
    Action,
    Credential,
    Kind,
    Receipt,
    Refused,
    Unknown,
    Unreachable,
    Wanted,
)
from tests.procurement.cores import (
    BUYER,
    RIVAL,
    SIGNATURE,
    SUPPLIER,
    Actor,
    Sandbox,
    published,
    sandbox,
    tender_values,
)


@pytest.fixture(scope="module")
def here() -> Iterator[Sandbox]:
    with sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def signing() -> Iterator[Sandbox]:
    with sandbox(signatures=True) as running:
        yield running


def put_up(here: Sandbox, **values: object) -> tuple[Actor, str]:
    buyer = Actor(here.core, BUYER)
    receipt = buyer.act("publish_tender", **tender_values(here.core, currency="UAH", **values))
    return buyer, receipt.object


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as no:
        act()
    return no.value


def test_every_kind_says_what_it_needs() -> None:
    assert set(VALUES) == KINDS
    assert set(TARGETS) <= KINDS
    assert OpenProcurement.capabilities < KINDS


def test_what_no_core_can_do_is_refused_as_not_offered(here: Sandbox) -> None:
    for kind in KINDS - here.core.capabilities:
        no = refused(lambda kind=kind: here.core.prepare(Action(kind, SUPPLIER, "0" * 32)))
        assert no.reason == "not_offered"


@pytest.mark.parametrize("number", ["0" * 32, "nonsense", "UA-2026-01-01-000001-a"])
def test_a_tender_that_is_not_there(here: Sandbox, number: str) -> None:
    assert refused(lambda: here.core.tender(number)).reason == "not_found"
    ask = Action("question", SUPPLIER, number, values={"text": "Is it there?"})
    assert refused(lambda: here.core.prepare(ask)).reason == "not_found"


def test_a_question_after_its_time_names_the_moment(here: Sandbox) -> None:
    _, tender = put_up(here)
    supplier = Actor(here.core, SUPPLIER)
    preview = supplier.preview("question", tender, text="Which colour?")
    here.ahead(days=4)
    no = refused(lambda: here.core.perform(preview, None, "k"))
    assert (no.reason, no.moment) == ("closed", here.core.tender(tender).enquiry_ends)
    assert here.core.tender(tender).questions == []


def test_a_bid_over_the_limit_names_the_limit(here: Sandbox) -> None:
    _, tender = put_up(here)
    here.ahead(days=4)
    no = refused(lambda: Actor(here.core, SUPPLIER).preview("bid", tender, amount="6000.01"))
    assert no.reason == "over_limit"
    assert no.limit
    assert (no.limit.amount, no.limit.currency) == (Decimal(6000), "UAH")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "amount"),
        ({"amount": ""}, "amount"),
        ({"amount": "a lot"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e30"}, "amount"),
        ({"amount": "5000", "amounts": {"no such lot": "5000"}}, "lot"),
    ],
)
def test_amounts_that_make_no_sense(here: Sandbox, values: dict[str, object], field: str) -> None:
    _, tender = put_up(here)
    here.ahead(days=4)
    no = refused(lambda: Actor(here.core, SUPPLIER).preview("bid", tender, **values))
    assert no.reason in {"incomplete", "malformed"}
    assert no.field == field


def test_an_amount_in_another_currency_names_the_right_one(here: Sandbox) -> None:
    _, tender = put_up(here)
    here.ahead(days=4)
    no = refused(
        lambda: Actor(here.core, SUPPLIER).preview("bid", tender, amount="5000", currency="EUR")
    )
    assert (no.reason, no.field) == ("other_currency", "amount")
    assert no.limit
    assert no.limit.currency == "UAH"


def test_a_preview_that_no_longer_holds_is_shown_anew(here: Sandbox) -> None:
    buyer, tender = put_up(here)
    here.ahead(days=4)
    supplier = Actor(here.core, SUPPLIER)
    preview = supplier.preview("bid", tender, amount="5000")
    later = here.core.now() + timedelta(days=9)
    buyer.act("extend", tender, tender_ends=later.isoformat())
    no = refused(lambda: here.core.perform(preview, None, "k"))
    assert (no.reason, no.moment) == ("changed", later)


def test_a_bid_is_sealed_from_everybody_but_its_owner(here: Sandbox) -> None:
    buyer, tender = put_up(here)
    here.ahead(days=4)
    supplier, rival = Actor(here.core, SUPPLIER), Actor(here.core, RIVAL)
    bid = supplier.act("bid", tender, amount="5000")
    rival.act("bid", tender, amount="5500")
    for credential in (None, buyer.credential, rival.credential):
        no = refused(lambda c=credential: here.core.bid(tender, bid.object, c))
        assert no.reason == "sealed"
    assert here.core.bid(tender, bid.object, supplier.credential).status == "pending"
    before = here.core.tender(tender).modified_at
    supplier.act("withdraw_bid", tender, bid.object)
    assert here.core.tender(tender).modified_at == before


def test_somebody_else_s_token_opens_nothing(here: Sandbox) -> None:
    _, tender = put_up(here)
    here.ahead(days=4)
    supplier, rival = Actor(here.core, SUPPLIER), Actor(here.core, RIVAL)
    bid = supplier.act("bid", tender, amount="5000")
    rival.act("bid", tender, amount="5500")
    for kind in ("amend_bid", "withdraw_bid"):
        no = refused(lambda kind=kind: rival.preview(kind, tender, bid.object, amount="1"))
        assert no.reason in {"sealed", "forbidden"}


def test_withdrawn_once_and_bid_again(here: Sandbox) -> None:
    _, tender = put_up(here)
    here.ahead(days=4)
    supplier = Actor(here.core, SUPPLIER)
    bid = supplier.act("bid", tender, amount="5000")
    assert supplier.act("withdraw_bid", tender, bid.object).status == "deleted"
    no = refused(lambda: supplier.act("withdraw_bid", tender, bid.object))
    assert no.reason == "not_found"
    assert supplier.act("bid", tender, amount="4000").status == "pending"


def test_a_bid_that_must_be_signed_waits_for_its_signature(signing: Sandbox) -> None:
    _, tender = put_up(signing)
    signing.ahead(days=4)
    supplier = Actor(signing.core, SUPPLIER, signs=False)
    waiting = supplier.act("bid", tender, amount="5000")
    assert (waiting.state, waiting.status) == ("awaiting_signature", "draft")
    supplier.signs = True
    done = supplier.act("submit_bid", tender, waiting.object)
    assert (done.state, done.status) == ("done", "pending")
    [document] = signing.core.bid(tender, waiting.object, supplier.credential).documents
    assert (document.kind, document.media_type) == ("proposal", SIGNATURE.media_type)
    assert httpx.get(document.url).content == SIGNATURE.content
    assert refused(lambda: supplier.act("submit_bid", tender, waiting.object)).reason == (
        "already_done"
    )


def test_a_signed_address_is_needed_to_fetch_a_file(signing: Sandbox) -> None:
    _, tender = put_up(signing)
    [notice] = [d for d in signing.core.tender(tender).documents if d.kind == "notice"]
    broken = re.sub(r"Signature=\w", "Signature=x", notice.url)
    assert httpx.get(broken).status_code == 403


def test_the_buyer_signs_at_each_step(signing: Sandbox) -> None:
    buyer = Actor(signing.core, BUYER, signs=False)
    waiting = buyer.act("publish_tender", **tender_values(signing.core, currency="UAH"))
    assert waiting.state == "awaiting_signature"
    buyer.signs = True
    done = buyer.act("publish_tender", **tender_values(signing.core, currency="UAH"))
    assert done.object == waiting.object  # the same draft, gone on with
    assert len(signing.core.tender(done.object).lots) == 1
    buyer.signs = False
    assert buyer.act("cancel_tender", done.object, reason="No need").state == "awaiting_signature"


def test_cancelling_tells_why_and_happens_once(here: Sandbox) -> None:
    buyer, tender = put_up(here)
    receipt = buyer.act("cancel_tender", tender, reason="The need is gone")
    assert (receipt.status, here.core.tender(tender).status) == ("active", "cancelled")
    no = refused(lambda: buyer.act("cancel_tender", tender, reason="Again"))
    assert no.reason == "already_done"


def test_a_complaint_has_a_number_and_a_fee_and_can_be_taken_back() -> None:
    with sandbox(demo=True) as here:
        tender = next(
            t for t in here.core.find_tenders(Wanted(text="chairs")) if "chairs" in t.title
        )
        supplier = Actor(here.core, SUPPLIER)
        filed = supplier.act("complaint", tender.id, title="Too narrow", text="One maker fits.")
        assert filed.state == "awaiting_payment"
        assert filed.number.startswith(tender.number)
        assert filed.fee
        assert filed.fee.amount == 2000
        taken = supplier.act("withdraw_complaint", tender.id, filed.object)
        assert taken.status == "mistaken"
        [complaint] = here.core.complaints(tender.id)
        assert complaint.status == "mistaken"


def test_a_paid_complaint_stays(here: Sandbox) -> None:
    with sandbox(demo=True) as demo:
        tender = demo.core.find_tenders(Wanted(statuses=frozenset({"active.tendering"})))[0]
        supplier = Actor(demo.core, SUPPLIER)
        filed = supplier.act("complaint", tender.id, title="Late answer", text="No answer came.")
        place = f"{demo.url}/api/2.5/tenders/{tender.id}/complaints/{filed.object}"
        paid = httpx.patch(place, json={"data": {"status": "pending"}},
                           headers={"Authorization": "Bearer bot"})  # fmt: skip
        assert paid.is_success
        no = refused(lambda: supplier.act("withdraw_complaint", tender.id, filed.object))
        assert no.reason == "wrong_state"
    assert refused(lambda: complain_where_none_is_heard(here)).reason == "not_offered"


def complain_where_none_is_heard(here: Sandbox) -> Receipt:
    _, tender = put_up(here)
    return Actor(here.core, SUPPLIER).act("complaint", tender, title="x", text="y")


def test_the_next_bid_is_considered_when_one_is_rejected(here: Sandbox) -> None:
    buyer, tender = put_up(here)
    here.ahead(days=4)
    Actor(here.core, SUPPLIER).act("bid", tender, amount="5000")
    Actor(here.core, RIVAL).act("bid", tender, amount="5500")
    here.ahead(days=3)
    [first] = here.core.awards(tender)
    buyer.act("reject_bid", tender, first.id, reason="No licence")
    second = here.core.awards(tender)[1]
    assert (second.supplier, second.status) == (RIVAL.name, "pending")
    buyer.act("award", tender, second.id)
    assert here.core.contracts(tender)[0].amount == second.amount


def test_a_tender_nobody_bids_for_fails(here: Sandbox) -> None:
    _, tender = put_up(here)
    here.ahead(days=7)
    assert here.core.tender(tender).status == "unsuccessful"
    assert here.core.bids(tender) == []


def test_demo_tenders_are_of_all_kinds_and_come_back(here: Sandbox) -> None:
    del here
    with sandbox(demo=True) as demo:
        tenders = demo.core.find_tenders(Wanted(limit=50))
        assert {t.category for t in tenders} == {"goods", "services", "works"}
        assert {t.status for t in tenders} == {"active.enquiries", "active.tendering"}
        sealed = next(t for t in tenders if "도로" in t.title)
        assert refused(lambda: demo.core.bids(sealed.id)).reason == "sealed"
        demo.ahead(days=6)
        assert len(demo.core.bids(sealed.id)) == 2
        again = demo.core.find_tenders(Wanted(statuses=frozenset({"active.tendering"})))
        assert any("도로" in t.title and t.id != sealed.id for t in again)


def test_each_language_has_a_demo_tender_of_several_items_and_one_of_lots(here: Sandbox) -> None:
    del here
    with sandbox(demo=True) as demo:
        tenders = demo.core.find_tenders(Wanted(limit=50))
        for currency in ("EUR", "MXN", "KRW"):
            own = [t for t in tenders if t.value and t.value.currency == currency]
            [listed] = [t for t in own if len(t.items) > 1 and len(t.lots) == 1]
            [divided] = [t for t in own if len(t.lots) > 1]
            assert listed.criteria
            assert {listed.status, divided.status} == {"active.tendering"}
            assert {i.lot for i in divided.items} == {lot.id for lot in divided.lots}
            assert divided.value
            assert sum(lot.value.amount for lot in divided.lots) == divided.value.amount
            said = {r.id: [r.wanted or "90"] for c in listed.criteria
                    for r in c.groups[0].requirements}  # fmt: skip
            prices = {item.id: "1" for item in listed.items}
            total = sum(item.quantity for item in listed.items)
            bid = Actor(demo.core, SUPPLIER).act(
                "bid", listed.id, amount=str(total), currency=currency, prices=prices, answers=said
            )
            assert bid.status == "pending"


# --- what goes wrong on the way ------------------------------------------------------------------


class Flaky(httpx.BaseTransport):
    """A road to a real server on which chosen requests fare badly."""

    def __init__(self, troubles: list[str], wanted: str = "") -> None:
        self.inner, self.troubles, self.wanted = httpx.HTTPTransport(), troubles, wanted
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        named = f"{request.method} {request.url.path}"
        trouble = self.troubles.pop(0) if self.troubles and self.wanted in named else ""
        if trouble == "refused":
            raise httpx.ConnectError("no connection")
        if trouble in {"429", "409", "500", "503"}:
            return httpx.Response(int(trouble), json={"status": "error", "errors": []})
        if trouble == "lost before":
            raise httpx.ReadTimeout("nothing came back")
        self.sent.append(named)
        answer = self.inner.handle_request(request)
        answer.read()
        if trouble == "lost after":
            raise httpx.ReadTimeout("nothing came back")
        if trouble == "half":
            return httpx.Response(answer.status_code, content=answer.content[:20])
        return answer

    def close(self) -> None:
        self.inner.close()


class by_a_bad_road:  # noqa: N801 - read as a phrase: `with by_a_bad_road(...) as (core, road)`
    def __init__(self, here: Sandbox, troubles: list[str], wanted: str = "") -> None:
        self.road = Flaky(troubles, wanted)
        self.core = OpenProcurement(
            here.url, "broker", Profile(), transport=self.road, sleep=lambda _: None
        )

    def __enter__(self) -> tuple[OpenProcurement, Flaky]:
        return self.core, self.road

    def __exit__(self, *_: object) -> None:
        self.core.close()


@pytest.mark.parametrize("trouble", ["refused", "429", "409"])
def test_what_was_surely_not_done_is_sent_again(here: Sandbox, trouble: str) -> None:
    _, tender = put_up(here)
    with by_a_bad_road(here, [trouble, trouble], "POST") as (core, road):
        Actor(core, SUPPLIER).act("question", tender, text="Which colour?")
    assert len([r for r in road.sent if r.startswith("POST")]) == 1
    assert len(here.core.tender(tender).questions) == 1


@pytest.mark.parametrize("trouble", ["refused", "429", "409"])
def test_a_core_that_stays_away_did_nothing(here: Sandbox, trouble: str) -> None:
    _, tender = put_up(here)
    with by_a_bad_road(here, [trouble] * 9, "POST") as (core, _), pytest.raises(Unreachable):
        Actor(core, SUPPLIER).act("question", tender, text="Which colour?")
    assert here.core.tender(tender).questions == []


@pytest.mark.parametrize("trouble", ["refused", "429", "500", "503", "half", "lost after"])
def test_reading_is_tried_again(here: Sandbox, trouble: str) -> None:
    _, tender = put_up(here)
    with by_a_bad_road(here, [trouble]) as (core, _):
        if trouble == "half":
            with pytest.raises(Unreachable):
                core.tender(tender)
        assert core.tender(tender).status == "active.enquiries"


@pytest.mark.parametrize("trouble", ["lost before", "lost after", "500", "half"])
def test_an_unanswered_question_is_looked_for_before_it_is_sent_again(
    here: Sandbox, trouble: str
) -> None:
    _, tender = put_up(here)
    action = Action("question", SUPPLIER, tender, values={"text": "Which colour?"})
    since, key = here.core.now(), secrets.token_hex(8)
    with by_a_bad_road(here, [trouble], "POST") as (core, _), pytest.raises(Unknown):
        core.perform(core.prepare(action), None, key)
    found = here.core.match(action, None, key, since=since)
    arrived = trouble in {"lost after", "half"}
    assert found.state == ("done" if arrived else "absent")
    if found.state == "absent":
        here.core.perform(here.core.prepare(action), None, key)
    [question] = here.core.tender(tender).questions
    again = here.core.match(action, None, key, since=since)
    assert again.receipt
    assert again.receipt.object == question.id
    other = here.core.match(action, None, "another key", since=since)
    assert other.state == "absent"


def kept(bid: list[Credential]) -> Credential | None:
    return bid[-1] if bid else None


@pytest.mark.parametrize("at", ["POST", "PATCH"])
@pytest.mark.parametrize("trouble", ["lost before", "lost after", "500"])
def test_a_bid_is_handed_in_once_wherever_the_answer_was_lost(
    here: Sandbox, at: str, trouble: str
) -> None:
    buyer, tender = put_up(here)
    here.ahead(days=4)
    action = Action("bid", SUPPLIER, tender, values={"amount": "5000"})
    tokens: list[Credential] = []
    since, key = here.core.now(), secrets.token_hex(8)
    with by_a_bad_road(here, [trouble], at) as (core, _), pytest.raises(Unknown):
        core.perform(core.prepare(action), None, key, keep=tokens.append)
    found = here.core.match(action, kept(tokens), key, since=since)
    assert found.state == ("done" if (at, trouble) == ("PATCH", "lost after") else "absent")
    if found.state == "absent":
        here.core.perform(
            here.core.prepare(action), kept(tokens), key, keep=tokens.append
        )  # fmt: skip
    here.ahead(days=3)
    assert len(here.core.bids(tender)) == 1
    del buyer


BUYERS_ACTS: list[tuple[Kind, dict[str, object]]] = [
    ("extend", {"tender_ends": "2099-01-01T00:00:00+00:00"}),
    ("cancel_tender", {"reason": "No need"}),
]


@pytest.mark.parametrize(("kind", "values"), BUYERS_ACTS)
@pytest.mark.parametrize("trouble", ["lost before", "lost after"])
def test_a_buyer_s_act_is_found_again(
    here: Sandbox, kind: Kind, values: dict[str, object], trouble: str
) -> None:
    buyer, tender = put_up(here)
    action = Action(kind, BUYER, tender, values=values)
    since, key = here.core.now(), secrets.token_hex(8)
    with by_a_bad_road(here, [trouble], "PATCH") as (core, _), pytest.raises(Unknown):
        core.perform(core.prepare(action, buyer.credential), buyer.credential, key)
    found = here.core.match(action, buyer.credential, key, since=since)
    assert found.state == ("done" if trouble == "lost after" else "absent")
    if found.state == "absent":
        preview = here.core.prepare(action, buyer.credential)
        here.core.perform(preview, buyer.credential, key)
    assert here.core.match(action, buyer.credential, key, since=since).state == "done"


def test_the_clock_that_counts_is_the_core_s(here: Sandbox) -> None:
    _, tender = put_up(here)
    here.ahead(days=3, minutes=-5)
    fresh = here.client()
    fresh.ready()
    left = here.core.tender(tender).enquiry_ends - fresh.now()  # type: ignore[operator]
    assert timedelta(minutes=4) < left < timedelta(minutes=6)
    assert str(fresh.now().tzinfo) == "Europe/Kyiv"
    fresh.close()


def test_moments_are_written_in_the_core_s_zone(here: Sandbox) -> None:
    buyer, tender = put_up(here)
    buyer.act("extend", tender, tender_ends="2099-01-01T00:00:00+00:00")
    written = httpx.get(f"{here.url}/api/2.5/tenders/{tender}").json()["data"]["tenderPeriod"]
    assert written["endDate"] == "2099-01-01T02:00:00+02:00"


def test_a_wrong_key_is_told_as_such(here: Sandbox) -> None:
    _, tender = put_up(here)
    stranger = OpenProcurement(here.url, "not the key", Profile())
    no = refused(lambda: Actor(stranger, SUPPLIER).act("question", tender, text="May I?"))
    assert no.reason == "key_refused"
    assert "not the key" not in str(no)
    stranger.close()


def test_a_core_that_is_not_there() -> None:
    nobody = OpenProcurement("http://127.0.0.1:9", "key", Profile(), sleep=lambda _: None)
    assert not nobody.ready()
    with pytest.raises(Unreachable):
        nobody.tender("0" * 32)
    nobody.close()


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ([("Chair", 50, False)], "Bid items ids should include all tender items ids"),
        ([("Chair", 50, False), ("Desk", 151, False)], "Total amount of unit values should be eq"),
        ([("Chair", 50, True), ("Desk", 150, True)], "valueAddedTaxIncluded of bid unit should be"),
        (
            [("Chair", 50, False), ("Desk", 150, False), ("", 1, False)],
            "Bid items ids should be on",
        ),
        ([("Chair", 50, False), ("Desk", 150, False)], ""),
    ],
)
def test_the_sandbox_checks_the_prices_of_a_bid_as_the_api_does(
    here: Sandbox, prices: list[tuple[str, int, bool]], said: str
) -> None:
    number, _ = published(here.core, [("Chair", 60, "piece"), ("Desk", 10, "piece")])
    here.ahead(days=4)
    tender = here.core.find_tenders(Wanted(number=number))[0]
    ids = {item.description: item.id for item in tender.items}
    items = [
        {"id": ids.get(name, "f" * 32), "description": name or "Other", "quantity": quantity,
         "unit": {"name": "piece", "code": "H87",
                  "value": {"amount": price, "currency": "UAH", "valueAddedTaxIncluded": vat}}}
        for (name, price, vat), quantity in zip(prices, (60, 10, 1), strict=False)
    ]  # fmt: skip
    bidder = organisation(SUPPLIER, Profile()) | {"scale": "sme"}
    bid = {"status": "draft", "tenderers": [bidder], "value": {"amount": 4500}, "items": items}
    answer = httpx.post(
        f"{here.url}/api/2.5/tenders/{tender.id}/bids",
        json={"data": bid},
        headers={"Authorization": "Bearer broker"},
    )
    assert answer.status_code == (422 if said else 201), answer.text
    assert said in answer.text

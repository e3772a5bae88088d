"""A bid rejected, a complaint about the award filed and taken back, a certificate asked for, and a
tender that is published no longer: each by conversation alone, in each language.

The engine stands in for Rasa with what it would say here: "an act" and "an answer".
"""

from datetime import timedelta
from typing import get_args

import pytest

from crm import credentials, db, owed_tenders, tenders
from crm.models import Conversation, Tender
from knowledge.port import Language
from routing.tenders import crawl
from tests.acting.talks import Person
from tests.acting.test_bad_core_words import OPENINGS, YES, House, house, signatures
from tests.procurement.cores import BUYER, RIVAL, SUPPLIER, Actor, tender_values

__all__ = ["house", "signatures"]  # fixtures
pytestmark = pytest.mark.parametrize("language", get_args(Language))
# rejecting, why; complaining, in a line, in full; taking it back; asking for a certificate
SAID: dict[Language, tuple[str, ...]] = {
    "en": ("I reject the bid on {number}", "No licence", "I complain about the award of {number}",
           "Wrong price", "The winner's price is wrong.", "I take back my complaint on {number}",
           "I need a certificate for the contract of {number}"),
    "es": ("Rechazo la oferta de {number}", "No tiene licencia",
           "Me inconformo con el fallo de {number}", "Precio equivocado",
           "El precio del ganador es equivocado.", "Retiro mi inconformidad sobre {number}",
           "Necesito una constancia del contrato de {number}"),
    "ko": ("{number} 투찰을 거절합니다", "면허가 없습니다",
           "{number} 낙찰 결정에 이의를 신청합니다", "가격 오류",
           "낙찰자의 가격이 잘못되었습니다.", "{number} 이의신청을 취하합니다",
           "{number} 계약의 실적증명서가 필요합니다"),
}  # fmt: skip


def test_a_bid_is_rejected_and_the_award_complained_about(house: House) -> None:
    buyer = Actor(house.client, BUYER)
    put_up = buyer.act("publish_tender", **tender_values(house.client))
    tender, number = put_up.object, put_up.number
    rejects, why, complains, line, whole, takes_back, certificate = (
        text.format(number=number) for text in SAID[house.language]
    )
    hears_complaints(house, tender)
    house.later(days=4)
    supplier = house.supplier()
    assert house.opens(supplier, "bid", f"{number}: 5000 UAH") == "action_preview"
    assert supplier.act(YES[house.language]) == "action_done"
    Actor(house.client, RIVAL).act("bid", tender, amount="4000")
    house.later(days=3)

    by_chat = house.talks.person("buyer", BUYER.name, house.language)
    keep_token(house, by_chat, buyer, tender)
    assert house.opens(by_chat, "reject_bid", rejects) == "clarify"
    assert by_chat.act(why) == "action_preview"
    assert RIVAL.name in shown(by_chat)
    assert by_chat.act(YES[house.language]) == "action_done"
    first, second = house.client.awards(tender)
    assert (first.status, first.supplier) == ("unsuccessful", RIVAL.name)
    assert (second.status, second.supplier) == ("pending", SUPPLIER.name)
    buyer.act("award", tender, second.id)

    assert house.opens(supplier, "complaint", complains) == "clarify"
    assert supplier.act(line) == "clarify"
    assert supplier.act(whole) == "action_preview"
    assert house.words("act_label_complaint_award") in shown(supplier)
    assert supplier.act(YES[house.language]) == "action_done"
    [filed] = house.client.complaints(tender)
    assert (filed.status, filed.title) == ("draft", line)

    assert house.opens(supplier, "withdraw_complaint", takes_back) == "action_preview"
    assert supplier.act(YES[house.language]) == "action_done"
    assert [one.status for one in house.client.complaints(tender)] == ["mistaken"]

    assert house.opens(supplier, "request_certificate", certificate) == "action_preview"
    assert house.words("goes_to_ticket") in shown(supplier)
    assert supplier.act(YES[house.language]) == "action_done"
    assert house.words("became_ticket") in shown(supplier)


def test_a_tender_that_is_published_no_longer_is_told_as_such(house: House) -> None:
    """Not at the first time that the core knows nothing of it: then the wish is kept."""
    tender, number = house.tender()
    engine = house.talks.desk.engine
    crawl(engine, house.client, "core")
    kept = house.core.store._db.execute("SELECT * FROM objects WHERE id = ?", (tender,)).fetchone()
    gone = "DELETE FROM objects WHERE id = ?"
    house.core.store._db.execute(gone, (tender,))
    person = house.supplier()
    opening = OPENINGS[house.language].format(number=number)
    assert house.opens(person, "question", opening) == "abstain"
    assert shown(person) == house.words("refused_not_shown")
    with db.reading(engine) as s:
        row = tenders.by_number(s, number)
        assert isinstance(row, Tender)
        assert tenders.to_look_at(s, 9) == [tender]  # the crawl is to look soon
    marks = ", ".join("?" for _ in kept)
    house.core.store._db.execute(f"INSERT INTO objects VALUES ({marks})", tuple(kept))  # noqa: S608 - question marks alone
    assert person.act(house.words("choice_go_on")) == "clarify"
    assert number in shown(person)

    house.core.store._db.execute(gone, (tender,))
    with db.transaction(engine) as s:
        tenders.doubt(s, tender)
    for _ in range(owed_tenders.BELIEVED):
        crawl(engine, house.client, "core", pace=timedelta())
    other = house.supplier()
    assert house.opens(other, "question", opening) == "abstain"
    assert shown(other) == house.words("refused_withdrawn")


def test_an_award_that_was_cancelled_is_nothing_to_complain_about(house: House) -> None:
    tender, number = house.tender()
    hears_complaints(house, tender)
    house.later(days=4)
    supplier = house.supplier()
    assert house.opens(supplier, "bid", f"{number}: 5000 UAH") == "action_preview"
    assert supplier.act(YES[house.language]) == "action_done"
    house.later(days=3)
    doc, config = house.core.store.get("tender", tender)
    [award] = doc["awards"]
    until = {"endDate": (house.core.clock.now() + timedelta(days=5)).isoformat()}
    states = [{"status": "cancelled"}, {"status": "active"}]
    doc["awards"] = [award | state | {"complaintPeriod": until, "id": f"{n}" * 32}
                     for n, state in enumerate(states, start=1)]  # fmt: skip
    house.core.store.put("tender", doc, config, public=True)
    _, _, complains, line, whole, *_ = (t.format(number=number) for t in SAID[house.language])
    assert house.opens(supplier, "complaint", complains) == "clarify"
    assert supplier.last
    assert not supplier.last["choices"]  # there is no choice of awards: one stands
    assert supplier.act(line) == "clarify"
    assert supplier.act(whole) == "action_preview"
    assert house.words("act_label_complaint_award") in shown(supplier)


def shown(person: Person) -> str:
    assert person.last
    return str(person.last["text"])


def hears_complaints(house: House, tender: str) -> None:
    found = house.core.store.get("tender", tender)
    assert found
    doc, config = found
    due = house.core.clock.read(doc["enquiryPeriod"]["endDate"])
    house.core.store.put("tender", doc, config | {"hasAwardComplaints": True}, public=True, due=due)


def keep_token(house: House, person: Person, owner: Actor, tender: str) -> None:
    """The tender was put up elsewhere; the buyer's desk holds its token all the same."""
    desk = house.talks.desk
    assert owner.credential
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, person.guest.conversation_id)
        credentials.keep(
            s, key=desk.settings.secret, kind="tender", object_id=tender,
            token=owner.credential.token, contact_id=talk.contact_id, organisation=BUYER.name,
            tender=tender,
        )  # fmt: skip

"""A whole purchase through the port: plan, tender, question, answer, bids, award, contract, paid.

Against the sandbox always, with and without signatures asked for; unchanged against a real core
when PROCUREMENT_URL names one.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.procurement.openprocurement import OpenProcurement
from bot.procurement.port import Receipt, Refused
from tests.procurement.cores import (
    BUYER,
    RIVAL,
    SUPPLIER,
    Actor,
    real_core,
    sandbox,
    tender_values,
)

CORES = ["sandbox", "sandbox that asks for signatures"]
CORES += ["PROCUREMENT_URL"] if os.environ.get("PROCUREMENT_URL") else []
SIGNER = {"position": "Director", "authority": "Statute", "account": "XX00EXAMPLE"}


@dataclass
class Purchase:
    """The people of one purchase; a day of the procedure takes `day`."""

    core: OpenProcurement
    wait: Callable[[timedelta], None]
    day: timedelta

    def __post_init__(self) -> None:
        self.buyer = Actor(self.core, BUYER)
        self.supplier, self.rival = Actor(self.core, SUPPLIER), Actor(self.core, RIVAL)
        self.tender = ""


@contextmanager
def purchase(where: str) -> Iterator[Purchase]:
    if where == "PROCUREMENT_URL":
        core = real_core()
        assert core
        wait = lambda span: time.sleep(span.total_seconds() + 8)  # noqa: E731
        yield Purchase(core, wait, timedelta(days=1) / 17280)
        core.close()
        return
    with sandbox(signatures="signatures" in where) as here:
        yield Purchase(here.core, lambda span: here.ahead(days=span.days), timedelta(days=1))


@pytest.mark.parametrize("where", CORES)
def test_procurement_life(where: str) -> None:
    with purchase(where) as p:
        plan_and_publish(p)
        ask_and_answer(p)
        with pytest.raises(Refused) as early:
            p.supplier.act("bid", p.tender, amount="5400")
        assert early.value.reason == "too_early"
        p.wait(5 * p.day)
        bid = bid_and_amend(p)
        p.wait(7 * p.day)
        award(p, bid)
        sign(p)
        pay(p)


def plan_and_publish(p: Purchase) -> None:
    planned = p.buyer.act("plan", title="Office chairs", amount="6000", category="goods",
                          code="39112000-0", currency="UAH")  # fmt: skip
    assert p.core.plan(planned.object).status == "scheduled"
    now = p.core.now()
    periods = {
        "enquiry_ends": (now + 5 * p.day).isoformat(),
        "tender_ends": (now + 12 * p.day).isoformat(),
    }
    p.buyer.credential = None
    values = tender_values(p.core, plan=planned.object, **SIGNER, **periods)
    published = p.buyer.act("publish_tender", **values)
    p.tender = published.object
    assert p.core.tender(p.tender).status == "active.enquiries"
    assert p.core.tender(p.tender).number == published.number
    assert p.core.plan(planned.object).tender == p.tender


def ask_and_answer(p: Purchase) -> None:
    asked = p.supplier.act("question", p.tender, text="Do the chairs need armrests?")
    assert p.core.tender(p.tender).questions[0].author == ""
    answer = "Yes, height-adjustable ones."
    p.buyer.act("answer_question", p.tender, asked.object, answer=answer)
    assert p.core.tender(p.tender).questions[0].answer == answer


def bid_and_amend(p: Purchase) -> Receipt:
    bid = p.supplier.act("bid", p.tender, amount="5400")
    assert (bid.state, bid.status) == ("done", "pending")
    p.rival.act("bid", p.tender, amount="5700")
    with pytest.raises(Refused) as sealed:
        p.core.bids(p.tender)
    assert sealed.value.reason == "sealed"
    p.supplier.act("amend_bid", p.tender, bid.object, amount="5200.50")
    own = p.core.bid(p.tender, bid.object, p.supplier.credential)
    assert own.status == "pending"
    assert own.amount
    assert str(own.amount.amount) == "5200.5"
    return bid


def award(p: Purchase, bid: Receipt) -> None:
    assert {str(b.amount.amount) for b in p.core.bids(p.tender) if b.amount} == {"5200.5", "5700"}
    [proposed] = p.core.awards(p.tender)
    assert (proposed.bid, proposed.status) == (bid.object, "pending")
    p.buyer.act("award", p.tender, proposed.id)
    assert p.core.award(p.tender, proposed.id).status == "active"


def sign(p: Purchase) -> None:
    [short] = p.core.contracts(p.tender)
    p.supplier.act("sign_contract", p.tender, short.id, **SIGNER)
    now = p.core.now()
    p.buyer.act(
        "activate_contract", p.tender, short.id, contract_number="C-1", signed_at=now.isoformat(),
        starts=now.isoformat(), ends=(now + timedelta(days=90)).isoformat(), **SIGNER,
    )  # fmt: skip
    assert p.core.tender(p.tender).status == "complete"


def pay(p: Purchase) -> None:
    [short] = p.core.contracts(p.tender)
    paid = {"paid_at": p.core.now().isoformat(), "payer_account": "XX00BUYER",
            "payee_account": "XX00SUPPLIER"}  # fmt: skip
    p.buyer.act("payment", p.tender, short.id, amount="2600.25", **paid)
    with pytest.raises(Refused) as over:
        p.buyer.act("payment", p.tender, short.id, amount="2600.26", **paid)
    assert over.value.reason == "over_limit"
    p.buyer.act("payment", p.tender, short.id, amount="2600.25", **paid)
    p.buyer.act("close_contract", p.tender, short.id, amount_paid="5200.50")
    contract = p.core.contract(short.id)
    assert contract.status == "terminated"
    assert len(contract.payments) == 2

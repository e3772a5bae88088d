"""A whole purchase through the port: plan, tender, question, answer, bids, award, contract, payment.

Against the sandbox always; unchanged against a real core when PROCUREMENT_URL names one.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.procurement.openprocurement import OpenProcurement
from bot.procurement.port import Refused
from tests.procurement.cores import (
    BUYER,
    RIVAL,
    SUPPLIER,
    Actor,
    real_core,
    sandbox,
    tender_values,
)

Wait = Callable[[timedelta], None]


def test_procurement_life_at_the_sandbox() -> None:
    with sandbox() as here:
        live(here.core, lambda time: here.ahead(seconds=time.total_seconds()), 1.0)


def test_procurement_life_at_the_core_that_is_named() -> None:
    core = real_core()
    if core is None:
        pytest.skip("PROCUREMENT_URL names no core")
    try:
        live(core, lambda span: time.sleep(span.total_seconds() + 8), 17280)
    finally:
        core.close()


def live(core: OpenProcurement, wait: Wait, speed: float) -> None:
    """A day of the procedure takes a day divided by `speed`."""
    day = timedelta(days=1) / speed
    buyer, supplier, rival = Actor(core, BUYER), Actor(core, SUPPLIER), Actor(core, RIVAL)

    planned = buyer.act("plan", title="Office chairs", amount="6000", category="goods",
                        code="39112000-0")  # fmt: skip
    assert core.plan(planned.object).status == "scheduled"

    now = core.now()
    periods = {
        "enquiry_ends": (now + 5 * day).isoformat(),
        "tender_ends": (now + 12 * day).isoformat(),
    }
    buyer.credential = None
    published = buyer.act("publish_tender", **tender_values(core, plan=planned.object, **periods))
    tender = published.object
    assert core.tender(tender).status == "active.enquiries"
    assert core.plan(planned.object).tender == tender

    asked = supplier.act("question", tender, text="Do the chairs need armrests?")
    assert core.tender(tender).questions[0].author == ""
    buyer.act("answer_question", tender, asked.object, answer="Yes, height-adjustable ones.")
    assert core.tender(tender).questions[0].answer == "Yes, height-adjustable ones."
    with pytest.raises(Refused) as early:
        supplier.act("bid", tender, amount="5400")
    assert early.value.reason == "too_early"

    wait(5 * day)
    bid = supplier.act("bid", tender, amount="5400")
    assert (bid.state, bid.status) == ("done", "pending")
    rival.act("bid", tender, amount="5700")
    with pytest.raises(Refused) as sealed:
        core.bids(tender)
    assert sealed.value.reason == "sealed"
    supplier.act("amend_bid", tender, bid.object, amount="5200.50")
    own = core.bid(tender, bid.object, supplier.credential)
    assert own.amount
    assert str(own.amount.amount) == "5200.5"

    wait(7 * day)
    assert {str(b.amount.amount) for b in core.bids(tender) if b.amount} == {"5200.5", "5700"}
    [award] = core.awards(tender)
    assert (award.bid, award.status) == (bid.object, "pending")
    buyer.act("award", tender, award.id)
    assert core.award(tender, award.id).status == "active"

    [short] = core.contracts(tender)
    sign = {"position": "Director", "authority": "Statute", "account": "XX00EXAMPLE"}
    supplier.act("sign_contract", tender, short.id, **sign)
    buyer.act(
        "activate_contract", tender, short.id, contract_number="C-1",
        signed_at=core.now().isoformat(), starts=core.now().isoformat(),
        ends=(core.now() + timedelta(days=90)).isoformat(), **sign,
    )  # fmt: skip
    assert core.tender(tender).status == "complete"

    paid = {"paid_at": core.now().isoformat(), "payer_account": "XX00BUYER",
            "payee_account": "XX00SUPPLIER"}  # fmt: skip
    buyer.act("payment", tender, short.id, amount="2600.25", **paid)
    with pytest.raises(Refused) as over:
        buyer.act("payment", tender, short.id, amount="2600.26", **paid)
    assert over.value.reason == "over_limit"
    buyer.act("payment", tender, short.id, amount="2600.25", **paid)
    buyer.act("close_contract", tender, short.id, amount_paid="5200.50")
    contract = core.contract(short.id)
    assert contract.status == "terminated"
    assert len(contract.payments) == 2

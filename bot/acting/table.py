"""One table of all acts: who may do each, what must be known first, who takes what a core lacks.

Standard library only, and no import of the port at run time: Rasa's process reads it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Side = Literal["supplier", "buyer", "anyone"]
Target = Literal["bid", "complaint", "contract", "question", "award"]


@dataclass(frozen=True, slots=True)
class Act:
    """`slots` in the order of asking. `target` is the object at the core, found after the tender.

    `queue` takes the request as a ticket where the core has no call for it. A `signed` act may
    need a document that the person signs.
    """

    kind: str
    side: Side
    slots: tuple[str, ...] = ()
    tender: bool = True
    target: Target | None = None
    proof: bool = True
    queue: str = "bidding"


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question whose answer is a fact of the core, not of an article."""

    name: str
    tender: bool = True
    own: bool = False


ACTS: Mapping[str, Act] = {
    act.kind: act
    for act in (
        Act("question", "supplier", ("text",)),
        Act("bid", "supplier", ("amount",)),
        Act("submit_bid", "supplier", ("signature",), target="bid"),
        Act("amend_bid", "supplier", ("amount",), target="bid"),
        Act("withdraw_bid", "supplier", (), target="bid"),
        Act("complaint", "supplier", ("title", "text"), queue="complaint"),
        Act("withdraw_complaint", "supplier", (), target="complaint", queue="complaint"),
        Act("sign_contract", "supplier", ("position", "authority", "account"),
            target="contract", queue="contract"),
        Act("request_certificate", "supplier", (), target="contract", queue="contract"),
        Act("registration_help", "anyone", ("text", "email"), tender=False, proof=False,
            queue="registration"),
        Act("follow", "anyone"),
        Act("unfollow", "anyone"),
        Act("plan", "buyer", ("title", "amount", "category", "code"), tender=False,
            queue="buyer_support"),
        Act("publish_tender", "buyer",
            ("title", "category", "code", "quantity", "unit", "more", "amount", "enquiry_ends",
             "tender_ends"),
            tender=False, queue="buyer_support"),
        Act("answer_question", "buyer", ("answer",), target="question", queue="buyer_support"),
        Act("extend", "buyer", ("tender_ends",), queue="buyer_support"),
        Act("cancel_tender", "buyer", ("reason",), queue="buyer_support"),
        Act("award", "buyer", (), target="award", queue="buyer_support"),
        Act("reject_bid", "buyer", ("reason",), target="award", queue="buyer_support"),
        Act("activate_contract", "buyer",
            ("contract_number", "signed_at", "starts", "ends", "position", "authority", "account"),
            target="contract", queue="contract"),
        Act("payment", "buyer", ("amount", "paid_at", "payer_account", "payee_account"),
            target="contract", queue="payment"),
        Act("close_contract", "buyer", ("amount_paid",), target="contract", queue="contract"),
        Act("inspection", "buyer", ("text", "accepted"), target="contract", queue="contract"),
        Act("approve_certificate", "buyer", (), target="contract", queue="contract"),
    )
}  # fmt: skip

LOOK_UPS: Mapping[str, LookUp] = {
    one.name: one
    for one in (
        LookUp("find_tenders", tender=False),
        LookUp("tender_status"),
        LookUp("bid_status", own=True),
        LookUp("award_result"),
        LookUp("contract_status"),
        LookUp("payment_status"),
    )
}

LABELS = frozenset(ACTS) | frozenset(LOOK_UPS)

# A value of these kinds can replace an earlier one from anywhere in the talk.
AMOUNTS = frozenset({"amount", "amount_paid"})
MOMENTS = frozenset({"enquiry_ends", "tender_ends", "signed_at", "starts", "ends", "paid_at"})
# Of these people say the day, and no more.
DAYS = frozenset({"signed_at", "starts", "ends", "paid_at"})
ACCOUNTS = frozenset({"account", "payer_account", "payee_account"})
# Acts that say what is offered, line by line where a tender has several.
PRICED = frozenset({"bid", "amend_bid"})
CHOICES: Mapping[str, tuple[str, ...]] = {
    "category": ("goods", "services", "works"),
    "accepted": ("yes", "no"),
    "more": ("another", "that_is_all"),
}
# Words of these are a bidder's secret until the opening.
SECRET = frozenset({"bid", "submit_bid", "amend_bid"})
# These cannot be taken back, so the preview says so.
FREE_TEXT = frozenset({"text", "title", "answer", "reason"})


def plain(slot: str) -> str:
    """What a numbered slot asks for: "item_2_unit" a unit, "said_text:…" a text."""
    if slot.startswith("said_text:"):
        return "text"
    return slot.split("_", 2)[2] if slot.startswith("item_") else slot

"""The port to the core tender and bid services: what can be read there, and what can be done.

Nothing here keeps a token, a row or a file: tokens come in with each call and go out in receipts.
An act is always `prepare` (nothing is sent), the person's yes, `perform` (checked again, then sent
once). When `perform` raises Unknown, `match` asks the core what it really did before anything is
sent again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, get_args

Kind = Literal[
    # suppliers
    "question",
    "bid",
    "submit_bid",
    "amend_bid",
    "withdraw_bid",
    "complaint",
    "withdraw_complaint",
    "sign_contract",
    "request_certificate",
    "registration_help",
    # buyers
    "plan",
    "publish_tender",
    "answer_question",
    "extend",
    "cancel_tender",
    "award",
    "reject_bid",
    "activate_contract",
    "payment",
    "close_contract",
    "inspection",
    "approve_certificate",
    # both; no core knows these
    "follow",
    "unfollow",
    "callback",
]

KINDS: frozenset[Kind] = frozenset(get_args(Kind))
BUYERS: frozenset[Kind] = frozenset(
    {
        "plan",
        "publish_tender",
        "answer_question",
        "extend",
        "cancel_tender",
        "award",
        "reject_bid",
        "activate_contract",
        "payment",
        "close_contract",
        "inspection",
        "approve_certificate",
    }
)

# What `Action.values` holds for each kind: names that must be there, names that may be.
# Amounts are decimal strings ("1200.50"), moments ISO 8601 with a zone, the rest plain text.
# `prices` are unit prices by item id, without VAT; needed where several items are bid for, and
# where amounts are with VAT. `amounts` are by lot id what is bid for each; they make the `amount`.
# `items` are those of a tender of several: description, code, quantity and unit of each.
# `answers` are by requirement id what is said to a tender's criteria: a list of one text ("true",
# "false", a decimal number, words), or of several where the requirement offers choices.
VALUES: Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "question": (("text",), ("title", "lot")),
    "bid": (("amount",), ("currency", "amounts", "prices", "answers")),
    "submit_bid": ((), ()),
    "amend_bid": (("amount",), ("currency", "amounts", "prices", "answers")),
    "withdraw_bid": ((), ()),
    "complaint": (("title", "text"), ("remedy", "award")),
    "withdraw_complaint": ((), ()),
    "sign_contract": (("position", "authority", "account"), ()),
    "request_certificate": (("contract",), ("text",)),
    "registration_help": (("text",), ()),
    "plan": (
        ("title", "amount", "category", "code"),
        ("currency", "description", "year", "starts"),
    ),
    "publish_tender": (
        ("title", "amount", "category", "code", "quantity", "unit", "enquiry_ends", "tender_ends"),
        ("currency", "description", "plan", "position", "authority", "account", "items"),
    ),
    "answer_question": (("answer",), ()),
    "extend": (("tender_ends",), ()),
    "cancel_tender": (("reason",), ("reason_type",)),
    "award": ((), ()),
    "reject_bid": (("reason",), ()),
    "activate_contract": (
        ("contract_number", "signed_at", "starts", "ends"),
        ("position", "authority", "account"),
    ),
    "payment": (("amount", "paid_at", "payer_account", "payee_account"), ("currency",)),
    "close_contract": (("amount_paid",), ()),
    "inspection": (("contract", "text"), ("accepted", "delivered_at")),
    "approve_certificate": (("contract",), ("text",)),
    "follow": ((), ()),
    "unfollow": ((), ()),
    "callback": (("phone",), ("when",)),
}

# Which object `Action.target` must name (by the core's id) for each kind that acts on one.
TARGETS: Mapping[Kind, str] = {
    "submit_bid": "bid",
    "amend_bid": "bid",
    "withdraw_bid": "bid",
    "withdraw_complaint": "complaint",
    "sign_contract": "contract",
    "answer_question": "question",
    "award": "award",
    "reject_bid": "award",
    "activate_contract": "contract",
    "payment": "contract",
    "close_contract": "contract",
}

Reason = Literal[
    "not_found",  # no such tender, bid, question, award, contract
    "not_shown",  # the core showed this tender before and does not just now
    "withdrawn",  # the core showed this tender once and publishes it no longer
    "malformed",  # the core cannot read a value; `field` names it
    "incomplete",  # a value the core needs is missing; `field` names it
    "too_early",  # the period has not begun; `moment` says when it does
    "closed",  # the period is over; `moment` says since when
    "past",  # the moment in `field` has passed
    "not_later",  # the moment in `field` must come after `moment`
    "only_longer",  # a deadline is only moved to later; `moment` is the present one
    "other_currency",  # amounts are in the currency of `limit`
    "supplier_signs_first",  # the supplier has not said yet who signs the contract
    "over_limit",  # the amount is above what the tender allows; `limit` says how much that is
    "wrong_state",  # the object in `field`, if any, is in the state `words`: this cannot be done
    "already_done",  # it was done before; nothing is to be done
    "forbidden",  # the token does not open this object
    "sealed",  # bids are sealed until the opening
    "key_refused",  # the core refuses the desk's own key
    "signature_needed",  # a signed document is missing
    "fee_unpaid",  # the core waits for the fee of a complaint
    "changed",  # what the preview showed is no longer so: show a new one
    "not_offered",  # this core cannot do it: it becomes a ticket
    "refused",  # any other no; `words` are the core's own
]


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that acts, with the person who speaks for it."""

    name: str
    id: str = ""
    scheme: str = ""
    person: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    region: str = ""
    locality: str = ""
    street: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody wants done. JSON values only, so that a row can hold it (`to_json`).

    `tender` and `target` are the core's own ids, never the numbers that people read.
    """

    kind: Kind
    party: Party
    tender: str | None = None
    target: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"values": dict(self.values)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Action":
        return cls(
            kept["kind"], Party(**kept["party"]), kept["tender"], kept["target"], kept["values"]
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """An owner token of one object. Its text is a secret: it is in no `repr` and in no error."""

    kind: Literal["tender", "bid", "contract", "complaint", "plan"]
    object: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to hand in; a signed one has `media_type` application/pkcs7-signature."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    description: str
    quantity: Decimal | None
    unit: str
    code: str
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    id: str
    title: str
    value: Money | None


Form = Literal["boolean", "integer", "number", "string", "other"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a bidder must state. Texts are as in `Action.values["answers"]`.

    `wanted` is the only answer that the core takes, if there is one; numbers lie between `least`
    and `most`; of `choices` at least `fewest` are named and at most `greatest` (0: any number).
    `form` "other" is one that the port has no words for.
    """

    id: str
    title: str
    form: Form
    unit: str = ""
    wanted: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    choices: Sequence[str] = ()
    fewest: int = 1
    greatest: int = 0


@dataclass(frozen=True, slots=True)
class RequirementGroup:
    title: str
    requirements: Sequence[Requirement]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a tender wants to know of its bidders: all of one group, whichever is true of them.

    `exclusion` says that it is a ground to exclude a bidder; `lot` is None where all are asked.
    """

    id: str
    title: str
    groups: Sequence[RequirementGroup]
    exclusion: bool = False
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    title: str
    kind: str
    media_type: str
    url: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """`author` is empty while the core masks who asked."""

    id: str
    title: str
    text: str
    answer: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    author: str = ""


@dataclass(frozen=True, slots=True)
class Tender:
    """A tender as everybody may see it. Moments carry a zone; None where the core names none.

    `with_vat` says whether amounts for it are meant with value added tax; `criteria` are those
    that bidders answer.
    """

    id: str
    number: str
    title: str
    description: str
    status: str
    buyer: str
    buyer_id: str
    value: Money | None
    category: str
    place: str
    enquiry_ends: datetime | None
    clarifications_until: datetime | None
    tender_starts: datetime | None
    tender_ends: datetime | None
    opens_at: datetime | None
    modified_at: datetime | None
    items: Sequence[Item] = ()
    lots: Sequence[Lot] = ()
    questions: Sequence[Question] = ()
    documents: Sequence[Document] = ()
    codes: Sequence[str] = ()
    with_vat: bool = False
    criteria: Sequence[Criterion] = ()


@dataclass(frozen=True, slots=True)
class Bid:
    """`amounts` by lot id, `prices` of one unit by item id, `answers` by requirement id as in
    `Action.values`; empty where the core names none.
    """

    id: str
    status: str
    amount: Money | None
    bidder: str
    submitted_at: datetime | None
    documents: Sequence[Document] = ()
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Award:
    id: str
    status: str
    bid: str
    supplier: str
    amount: Money | None
    decided_at: datetime | None
    complaints_until: datetime | None


@dataclass(frozen=True, slots=True)
class Payment:
    id: str
    amount: Money | None
    paid_at: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class Contract:
    id: str
    number: str
    status: str
    tender: str
    award: str
    supplier: str
    buyer: str
    amount: Money | None
    paid: Money | None
    signed_at: datetime | None
    starts: datetime | None
    ends: datetime | None
    payments: Sequence[Payment] = ()
    supplier_signs: bool = False
    buyer_signs: bool = False


@dataclass(frozen=True, slots=True)
class Complaint:
    id: str
    number: str
    status: str
    title: str
    text: str
    filed_at: datetime | None
    fee: Money | None
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    number: str
    status: str
    title: str
    buyer: str
    value: Money | None
    tender: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the feed: the tender of this id changed, now or long ago."""

    id: str
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed. `cursor` asks for what comes after; an empty page is the present end."""

    changes: Sequence[Change]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tenders to find; what is None or empty does not matter. `limit` bounds the answer."""

    text: str = ""
    number: str | None = None
    statuses: frozenset[str] = frozenset()
    buyer: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen if the person said yes, checked against the core at `checked_at`.

    `checked_at` is the core's own clock. `deadline` is the last moment for the act. `effects` and
    `warnings` are codes that the dialogue puts into words; `undo` is the kind that takes it back.
    `signature` says that the person must sign a document before the act takes effect.
    """

    action: Action
    checked_at: datetime
    tender: Tender | None = None
    amount: Money | None = None
    limit: Money | None = None
    deadline: datetime | None = None
    effects: Sequence[str] = ()
    warnings: Sequence[str] = ()
    undo: Kind | None = None
    signature: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the core did. `number` is what people quote and read out; `at` is the core's time.

    `state` awaiting_signature: kept as a draft, and the person must hand in a signed document
    (`submit_bid`). awaiting_payment: a complaint counts once its fee is seen. `credential` is the
    owner token given for a new object: keep it encrypted, it is given once.
    """

    kind: Kind
    object: str
    number: str
    at: datetime
    state: Literal["done", "awaiting_signature", "awaiting_payment"] = "done"
    status: str = ""
    fee: Money | None = None
    credential: Credential | None = None


class CoreError(Exception):
    """Something did not come about at the core. No message holds a token or a key."""


class Refused(CoreError):
    """The core, or a check before it, said no: nothing was done and asking again changes nothing.

    `words` are the core's own, in its own language; they may be shown, never parsed.
    """

    def __init__(
        self,
        reason: Reason,
        words: str = "",
        *,
        field: str | None = None,
        moment: datetime | None = None,
        limit: Money | None = None,
    ) -> None:
        super().__init__(f"{reason}: {words}" if words else reason)
        self.reason: Reason = reason
        self.words, self.field, self.moment, self.limit = words, field, moment, limit


class Unreachable(CoreError):
    """The core is down or too busy and surely did nothing: try again, after `wait` seconds."""

    def __init__(self, words: str = "", *, wait: float | None = None) -> None:
        super().__init__(words or "the core does not answer")
        self.wait = wait


class Unknown(CoreError):
    """The request left and no answer came back: it may have been done. `match` before all else.

    `late` says that it may still be done after this: nobody has said that the core is through with
    it. What `match` does not find then is not absent yet.
    """

    def __init__(self, words: str = "", *, late: bool = True) -> None:
        super().__init__(words)
        self.late = late


@dataclass(frozen=True, slots=True)
class Found:
    """What `match` learnt. `state` done: `receipt` tells of it, nothing must be sent again.

    absent: the core shows nothing of the kind, so it may be sent again under the same key.
    unsure: several things might be it, or the core cannot show it: a person decides.
    """

    state: Literal["done", "absent", "unsure"]
    receipt: Receipt | None = None


Keep = Callable[[Credential], None]


class ProcurementCore(Protocol):
    """One core. Methods raise Refused or Unreachable; only `perform` also raises Unknown."""

    name: str
    capabilities: frozenset[Kind]

    def now(self) -> datetime:
        """The core's own clock, in its own zone, as it was last seen."""
        ...

    def ready(self) -> bool:
        """Whether the core answers now."""
        ...

    def feed(self, cursor: str | None = None) -> Page:
        """Tenders in the order in which they changed, the oldest change first."""
        ...

    def find_tenders(self, wanted: Wanted) -> Sequence[Tender]:
        """Newest first; slow where the core has no search (the desk's own index is quick)."""
        ...

    def tender(self, tender: str) -> Tender: ...

    def bid(self, tender: str, bid: str, credential: Credential | None = None) -> Bid:
        """One bid: its owner's with the credential, anybody's once bids are open."""
        ...

    def bids(self, tender: str) -> Sequence[Bid]:
        """All bids, once they are open; Refused("sealed") before."""
        ...

    def award(self, tender: str, award: str) -> Award: ...

    def awards(self, tender: str) -> Sequence[Award]: ...

    def contract(self, contract: str) -> Contract: ...

    def contracts(self, tender: str) -> Sequence[Contract]: ...

    def complaint(self, tender: str, complaint: str) -> Complaint: ...

    def complaints(self, tender: str) -> Sequence[Complaint]: ...

    def plan(self, plan: str) -> Plan: ...

    def prepare(self, action: Action, credential: Credential | None = None) -> Preview:
        """Check the act against the core without doing anything; raises Refused with the reason."""
        ...

    def perform(
        self,
        preview: Preview,
        credential: Credential | None,
        key: str,
        *,
        files: Sequence[Attachment] = (),
        keep: Keep | None = None,
    ) -> Receipt:
        """Do it once. The rules of time and state are checked again first.

        `key` is the same for every try of the same act. `keep` is called with the owner token of a
        new object as soon as it is given and before the next request, so that a crash in between
        loses nothing: call `perform` again with that credential and the act goes on from there.
        """
        ...

    def match(
        self, action: Action, credential: Credential | None, key: str, *, since: datetime
    ) -> Found:
        """What became of an act that was sent after `since` and never answered. Changes nothing."""
        ...

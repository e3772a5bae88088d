"""Bids: a draft that nobody sees, then handed in; changed; withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.procurement.openprocurement.access import (
    ABSENT,
    Access,
    Act,
    Doing,
    amount,
    limit_of,
    must_have,
    must_hold,
    organisation,
    quotable,
    target,
)
from bot.procurement.openprocurement.criteria import check, criteria_of, written
from bot.procurement.openprocurement.reading import Doc, decimal, number
from bot.procurement.port import (
    Action,
    Bid,
    Credential,
    Criterion,
    Found,
    Kind,
    Money,
    Preview,
    Receipt,
    Refused,
    Tender,
)

IN = ("pending", "active")
SCALE = "not specified"
CENT = Decimal("0.005")
MOST_TAXED = Decimal("1.2")  # how often an amount with VAT holds the one without, at most


@dataclass(frozen=True, slots=True)
class Offer:
    """`lots` by lot id, None where a tender has none; `prices` of one unit by item id; `criteria`
    are those that a bid for these lots answers.
    """

    lots: Mapping[str | None, Decimal]
    total: Money
    limit: Money | None
    prices: Mapping[str, Decimal]
    criteria: Sequence[Criterion]


def prepare_bid(core: Access, action: Action, credential: Credential | None) -> Preview:
    del credential
    must_have(action)
    doc, _ = core.tender(action)
    tender = _open_for_bids(core, doc)
    offer = _offer(core, action, doc)
    check(offer.criteria, _answers(action))
    return Preview(
        action, core.link.now(), tender, amount=offer.total, limit=offer.limit,
        deadline=tender.tender_ends, effects=("sealed_until_opening", "binding_once_submitted"),
        undo="withdraw_bid",
    )  # fmt: skip


def bid(core: Access, doing: Doing) -> Receipt:
    """Draft and hand in. With the credential of a draft, go on with that draft."""
    action, credential = doing.action, doing.credential
    if credential is None:
        doc, _ = core.tender(action)
        path = f"/tenders/{action.tender}/bids"
        credential = doing.kept(core.create_owned("bid", path, _draft(core, action, doc)))
    return _hand_in(core, doing, credential, "bid")


def prepare_submit(core: Access, action: Action, credential: Credential | None) -> Preview:
    doc, _ = core.tender(action)
    tender = _open_for_bids(core, doc)
    own = _own(core, action, credential)
    if own.status in IN:
        raise Refused("already_done")
    return Preview(
        action, core.link.now(), tender, amount=own.amount, limit=limit_of(doc),
        deadline=tender.tender_ends, effects=("sealed_until_opening", "binding_once_submitted"),
        undo="withdraw_bid",
    )  # fmt: skip


def submit(core: Access, doing: Doing) -> Receipt:
    return _hand_in(core, doing, must_hold(doing.credential), "submit_bid")


def prepare_amend(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    doc, _ = core.tender(action)
    tender = _open_for_bids(core, doc)
    own = _own(core, action, credential)
    offer = _offer(core, action, doc)
    check(offer.criteria, _answers(action) or own.answers)
    if own.status in IN and _stands(own, action):
        raise Refused("already_done")
    return Preview(
        action, core.link.now(), tender, amount=offer.total, limit=offer.limit,
        deadline=tender.tender_ends, effects=("sealed_until_opening", "replaces_bid"),
        warnings=("invalid_until_signed_again",), undo="withdraw_bid",
    )  # fmt: skip


def amend(core: Access, doing: Doing) -> Receipt:
    """New amounts, which make a submitted bid invalid, then handed in again."""
    action, credential = doing.action, must_hold(doing.credential)
    doc, _ = core.tender(action)
    changed = _said_in(doc, _offer(core, action, doc), action)
    core.link.write("PATCH", _path(action), changed, credential)
    return _hand_in(core, doing, credential, "amend_bid")


def prepare_withdraw(core: Access, action: Action, credential: Credential | None) -> Preview:
    doc, _ = core.tender(action)
    tender = _open_for_bids(core, doc)
    own = _own(core, action, credential)
    return Preview(
        action, core.link.now(), tender, amount=own.amount, deadline=tender.tender_ends,
        effects=("bid_deleted", "may_bid_again"),
    )  # fmt: skip


def withdraw(core: Access, doing: Doing) -> Receipt:
    action = doing.action
    core.link.write("DELETE", _path(action), None, must_hold(doing.credential))
    return _withdrawn(core, doing.preview.tender, action)


def match_bid(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    """A draft whose token was lost on the way never counts: it may be made again."""
    del key, since
    if credential is None:
        return ABSENT
    own = _seen(core, action, credential)
    if own and own.status in IN and _stands(own, action):
        tender = core.reader.tender(core.tender(action)[0])
        return Found("done", _receipt(core, tender, own, action.kind))
    return ABSENT


def match_withdraw(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del key, since
    if _seen(core, action, must_hold(credential)) is None:
        tender = core.reader.tender(core.tender(action)[0])
        return Found("done", _withdrawn(core, tender, action))
    return ABSENT


def _hand_in(core: Access, doing: Doing, credential: Credential, kind: Kind) -> Receipt:
    """Attach what was signed, then submit; without a signature that is needed it stays a draft."""
    path = f"/tenders/{doing.action.tender}/bids/{credential.object}"
    doc = core.data(path, credential)
    if doc.get("status") not in IN:
        core.hand_in(path, doing.files, credential, signed_as="proposal",
                     beside=doc.get("documents", []))  # fmt: skip
        try:
            doc = core.change(path, {"status": "pending"}, credential)
        except Refused as refused:
            if refused.reason != "signature_needed":
                raise
            quoted = quotable(doing.preview.tender, "B", credential.object)
            return Receipt(kind, credential.object, quoted, core.link.now(), "awaiting_signature",
                           doc.get("status", ""), credential=credential)  # fmt: skip
    return _receipt(core, doing.preview.tender, core.reader.bid(doc), kind, credential)


def _receipt(
    core: Access, tender: Tender | None, own: Bid, kind: Kind, credential: Credential | None = None
) -> Receipt:
    return Receipt(
        kind, own.id, quotable(tender, "B", own.id), own.submitted_at or core.link.now(), "done",
        own.status, credential=credential,
    )  # fmt: skip


def _withdrawn(core: Access, tender: Tender | None, action: Action) -> Receipt:
    own = target(action)
    return Receipt("withdraw_bid", own, quotable(tender, "B", own), core.link.now(), "done",
                   "deleted")  # fmt: skip


def _path(action: Action) -> str:
    return f"/tenders/{action.tender}/bids/{target(action)}"


def _own(core: Access, action: Action, credential: Credential | None) -> Bid:
    own = _seen(core, action, must_hold(credential))
    if own is None:
        raise Refused("not_found", field="bid")
    return own


def _seen(core: Access, action: Action, credential: Credential) -> Bid | None:
    """The owner's own bid; None when there is none any more."""
    key = action.target or credential.object
    try:
        return core.reader.bid(core.data(f"/tenders/{action.tender}/bids/{key}", credential))
    except Refused as refused:
        if refused.reason == "not_found":
            return None
        if refused.reason == "sealed":  # to its owner no bid is: this token is not the owner's
            raise Refused("forbidden", words=refused.words) from None
        raise


def _stands(own: Bid, action: Action) -> bool:
    """Whether the bid holds what the act says: its amount, each lot's and item's, its answers."""
    if "amount" not in action.values or own.amount is None:
        return True
    answers = _answers(action).items()
    if any(list(own.answers.get(key, ())) != list(given) for key, given in answers):
        return False
    said = (action.values.get(name) or {} for name in ("amounts", "prices"))
    held = all(
        kept.get(key) == Decimal(str(value))
        for kept, values in zip((own.amounts, own.prices), said, strict=True)
        for key, value in values.items()
    )
    return held and own.amount.amount == Decimal(str(action.values["amount"]))


def _open_for_bids(core: Access, doc: Doc) -> Tender:
    tender = core.reader.tender(doc)
    if tender.status == "active.enquiries":
        raise Refused("too_early", moment=tender.tender_starts)
    if tender.status != "active.tendering":
        raise core.over(tender, tender.tender_ends)
    core.must_be_open(tender.tender_starts, tender.tender_ends)
    return tender


def _answers(action: Action) -> Mapping[str, Sequence[str]]:
    """What is said to the tender's criteria; raises Refused for what has another shape."""
    said = action.values.get("answers") or {}
    if not all(isinstance(given, list | tuple) for given in said.values()):
        raise Refused("malformed", field="answers")
    return {key: [str(one) for one in given] for key, given in said.items()}


def _offer(core: Access, action: Action, doc: Doc) -> Offer:
    """What is bid, as the core will check it: currency, limits, and that all adds up."""
    worth = limit_of(doc)
    total = amount(action, worth.currency if worth and worth.currency else core.profile.currency)
    lots = _by_lot(action, doc, total)
    limits = {lot: limit_of(doc, lot) for lot in lots}
    for lot, limit in limits.items():
        if limit and lots[lot] > limit.amount:
            raise Refused("over_limit", field=lot if lot and len(lots) > 1 else "amount",
                          limit=limit)  # fmt: skip
    known = [limit.amount for limit in limits.values() if limit]
    limit = Money(sum(known, Decimal(0)), total.currency) if len(known) == len(lots) else None
    criteria = [one for one in criteria_of(doc) if one.lot is None or one.lot in lots]
    return Offer(lots, total, limit, _prices(action, doc, lots), criteria)


def _by_lot(action: Action, doc: Doc, total: Money) -> dict[str | None, Decimal]:
    known = [one["id"] for one in doc.get("lots", [])]
    said = action.values.get("amounts") or {}
    if not known:
        return {None: total.amount}
    if len(known) == 1 and not said:
        return {known[0]: total.amount}
    if not said or not said.keys() <= set(known):
        raise Refused("incomplete", "the tender has several lots", field="lot")
    amounts: dict[str | None, Decimal] = {lot: _said(said[lot], "amount") for lot in said}
    if abs(sum(amounts.values()) - total.amount) > CENT:
        raise Refused("malformed", "the lots do not add up to the amount", field="amount")
    return amounts


def _prices(
    action: Action, doc: Doc, lots: Mapping[str | None, Decimal]
) -> dict[str, Decimal]:  # fmt: skip
    """The unit price of each item, without VAT. One item's follows from an amount without it."""
    said = action.values.get("prices") or {}
    taxed = _with_vat(doc)
    prices: dict[str, Decimal] = {}
    for lot, worth in lots.items():
        items = _items(doc, lot)
        if len(items) == 1 and not taxed and not said:
            prices[items[0]["id"]] = worth / _quantity(items[0])
            continue
        if any(item["id"] not in said for item in items):
            raise Refused("incomplete", "each item needs its price", field="prices")
        own = {item["id"]: _said(said[item["id"]], "prices") for item in items}
        total = sum((own[i["id"]] * _quantity(i) for i in items), Decimal(0))
        if items and not _adds_up(total, worth, taxed=taxed):
            raise Refused("malformed", "the prices do not add up to the amount", field="prices")
        prices |= own
    return prices


def _adds_up(net: Decimal, worth: Decimal, *, taxed: bool) -> bool:
    """The core leaves room for the tax where an amount holds it, and for coins."""
    if not taxed:
        return abs(net - worth) <= CENT
    return int(worth / MOST_TAXED) <= int(net) <= int(worth)


def _said(value: Any, field: str) -> Decimal:
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise Refused("malformed", field=field) from None
    if not read.is_finite() or read < 0:
        raise Refused("malformed", field=field)
    return read


def _quantity(item: Doc) -> Decimal:
    """How many; a core that does not say so means one."""
    return decimal(item.get("quantity")) or Decimal(1)


def _items(doc: Doc, lot: str | None) -> list[Doc]:
    """The items of a lot; one that names no lot belongs to the only one."""
    own = {lot, None} if len(doc.get("lots", [])) < 2 else {lot}
    return [i for i in doc.get("items", []) if lot is None or i.get("relatedLot") in own]


def _with_vat(doc: Doc) -> bool:
    return doc.get("value", {}).get("valueAddedTaxIncluded") is True


def _draft(core: Access, action: Action, doc: Doc) -> dict[str, Any]:
    bidder = organisation(action.party, core.profile) | {"scale": SCALE}
    said = _said_in(doc, _offer(core, action, doc), action)
    return {"status": "draft", "tenderers": [bidder], **said}


def _said_in(doc: Doc, offer: Offer, action: Action) -> dict[str, Any]:
    """Prices, and what is said to the tender's criteria."""
    answers = written(offer.criteria, _answers(action))
    return _priced(doc, offer) | ({"requirementResponses": answers} if answers else {})


def _priced(doc: Doc, offer: Offer) -> dict[str, Any]:
    currency = offer.total.currency
    items = []
    for item in (item for lot in offer.lots for item in _items(doc, lot)):
        price = {"amount": number(offer.prices[item["id"]]), "currency": currency,
                 "valueAddedTaxIncluded": False}  # fmt: skip
        row = {n: item[n] for n in ("id", "description", "quantity", "relatedLot") if n in item}
        items.append(row | {"unit": item.get("unit", {}) | {"value": price}})
    values = {lot: {"amount": number(worth), "currency": currency}
              for lot, worth in offer.lots.items()}  # fmt: skip
    if None in values:
        return {"value": values[None], "items": items}
    lots = [{"value": value, "relatedLot": lot} for lot, value in values.items()]
    return {"lotValues": lots, "items": items}


ACTS = {
    "bid": Act(prepare_bid, bid, match_bid),
    "submit_bid": Act(prepare_submit, submit, match_bid),
    "amend_bid": Act(prepare_amend, amend, match_bid),
    "withdraw_bid": Act(prepare_withdraw, withdraw, match_withdraw),
}

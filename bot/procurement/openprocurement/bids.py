"""Bids: a draft that nobody sees, then handed in; changed; withdrawn."""

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
    target,
)
from bot.procurement.openprocurement.reading import Doc, decimal, number
from bot.procurement.port import (
    Action,
    Bid,
    Credential,
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


def prepare_bid(core: Access, action: Action, credential: Credential | None) -> Preview:
    del credential
    must_have(action)
    doc, _ = core.tender(action)
    tender = _open_for_bids(core, doc)
    if any(_asks_bidders(criterion) for criterion in doc.get("criteria", [])):
        raise Refused("not_offered", "the tender asks bidders to confirm criteria")
    lot, offered, limit = _offer(core, action, doc)
    _prices(action, doc, lot, offered)
    return Preview(
        action, core.link.now(), tender, amount=offered, limit=limit, deadline=tender.tender_ends,
        effects=("sealed_until_opening", "binding_once_submitted"), undo="withdraw_bid",
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
    lot, offered, limit = _offer(core, action, doc)
    _prices(action, doc, lot, offered)
    if own.status in IN and own.amount == offered:
        raise Refused("already_done")
    return Preview(
        action, core.link.now(), tender, amount=offered, limit=limit, deadline=tender.tender_ends,
        effects=("sealed_until_opening", "replaces_bid"),
        warnings=("invalid_until_signed_again",), undo="withdraw_bid",
    )  # fmt: skip


def amend(core: Access, doing: Doing) -> Receipt:
    """New amounts, which make a submitted bid invalid, then handed in again."""
    action, credential = doing.action, must_hold(doing.credential)
    doc, _ = core.tender(action)
    lot, offered, _ = _offer(core, action, doc)
    changed = _priced(doc, lot, offered, _prices(action, doc, lot, offered))
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
    return _withdrawn(core, action)


def match_bid(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    """A draft whose token was lost on the way never counts: it may be made again."""
    del key, since
    if credential is None:
        return ABSENT
    own = _seen(core, action, credential)
    if own and own.status in IN and _amount_is(own, action):
        return Found("done", _receipt(core, own, action.kind))
    return ABSENT


def match_withdraw(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del key, since
    if _seen(core, action, must_hold(credential)) is None:
        return Found("done", _withdrawn(core, action))
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
            at = core.link.now()
            return Receipt(kind, credential.object, credential.object, at, "awaiting_signature",
                           doc.get("status", ""), credential=credential)  # fmt: skip
    return _receipt(core, core.reader.bid(doc), kind, credential)


def _receipt(
    core: Access, own: Bid, kind: Kind, credential: Credential | None = None
) -> Receipt:  # fmt: skip
    return Receipt(
        kind, own.id, own.id, own.submitted_at or core.link.now(), "done", own.status,
        credential=credential,
    )  # fmt: skip


def _withdrawn(core: Access, action: Action) -> Receipt:
    return Receipt("withdraw_bid", target(action), target(action), core.link.now(), "done",
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


def _amount_is(own: Bid, action: Action) -> bool:
    if "amount" not in action.values or own.amount is None:
        return True
    return own.amount.amount == Decimal(str(action.values["amount"]))


def _open_for_bids(core: Access, doc: Doc) -> Tender:
    tender = core.reader.tender(doc)
    if tender.status == "active.enquiries":
        raise Refused("too_early", moment=tender.tender_starts)
    if tender.status != "active.tendering":
        raise core.over(tender, tender.tender_ends)
    core.must_be_open(tender.tender_starts, tender.tender_ends)
    return tender


def _asks_bidders(criterion: Doc) -> bool:
    return criterion.get("source", "tenderer") in {"tenderer", "winner"}


def _offer(core: Access, action: Action, doc: Doc) -> tuple[str | None, Money, Money | None]:
    """The lot bid for, the amount, and its limit."""
    lots = doc.get("lots", [])
    lot = action.values.get("lot") or (lots[0]["id"] if len(lots) == 1 else None)
    if lots and lot not in {one["id"] for one in lots}:
        raise Refused("incomplete", "the tender has several lots", field="lot")
    limit = limit_of(doc, lot)
    currency = limit.currency if limit and limit.currency else core.profile.currency
    offered = amount(action, currency)
    if limit and offered.amount > limit.amount:
        raise Refused("over_limit", field="amount", limit=limit)
    return lot, offered, limit


def _prices(action: Action, doc: Doc, lot: str | None, offered: Money) -> dict[str, Decimal]:
    """The unit price of each item. One item's follows from the amount; several must be said."""
    items = _items(doc, lot)
    said = action.values.get("prices") or {}
    if not items:
        return {}
    if len(items) == 1 and not said:
        return {items[0]["id"]: offered.amount / _quantity(items[0])}
    if not said:  # what each item costs is asked for nowhere here: a person takes the bid
        raise Refused("not_offered", "each item needs its price")
    try:
        prices = {item["id"]: Decimal(str(said[item["id"]])) for item in items}
    except (KeyError, InvalidOperation):
        raise Refused("incomplete", "each item needs its price", field="prices") from None
    total = sum(prices[i["id"]] * _quantity(i) for i in items)
    if abs(total - offered.amount) > Decimal("0.005"):
        raise Refused("malformed", "the prices do not add up to the amount", field="prices")
    return prices


def _quantity(item: Doc) -> Decimal:
    """How many; a core that does not say so means one."""
    return decimal(item.get("quantity")) or Decimal(1)


def _items(doc: Doc, lot: str | None) -> list[Doc]:
    return [i for i in doc.get("items", []) if lot is None or i.get("relatedLot") in {None, lot}]


def _draft(core: Access, action: Action, doc: Doc) -> dict[str, Any]:
    lot, offered, _ = _offer(core, action, doc)
    bidder = organisation(action.party, core.profile) | {"scale": SCALE}
    priced = _priced(doc, lot, offered, _prices(action, doc, lot, offered))
    return {"status": "draft", "tenderers": [bidder], **priced}


def _priced(
    doc: Doc, lot: str | None, offered: Money, prices: dict[str, Decimal]
) -> dict[str, Any]:
    value = {"amount": number(offered.amount), "currency": offered.currency}
    vat = doc.get("value", {}).get("valueAddedTaxIncluded", False)
    items = []
    for item in _items(doc, lot):
        price = {"amount": number(prices[item["id"]]), "currency": offered.currency,
                 "valueAddedTaxIncluded": vat}  # fmt: skip
        row = {n: item[n] for n in ("id", "description", "quantity", "relatedLot") if n in item}
        items.append(row | {"unit": item.get("unit", {}) | {"value": price}})
    if lot is None:
        return {"value": value, "items": items}
    return {"lotValues": [{"value": value, "relatedLot": lot}], "items": items}


ACTS = {
    "bid": Act(prepare_bid, bid, match_bid),
    "submit_bid": Act(prepare_submit, submit, match_bid),
    "amend_bid": Act(prepare_amend, amend, match_bid),
    "withdraw_bid": Act(prepare_withdraw, withdraw, match_withdraw),
}

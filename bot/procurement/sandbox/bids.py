"""Bids: sealed until the opening, even to the buyer; drafted, handed in, changed, withdrawn."""

from typing import Any

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.core import Answer, Asked, Core, must_be_signed, new_id, pick
from bot.procurement.sandbox.errors import not_now, wrong
from bot.procurement.sandbox.shapes import Shape, kept, many, one_of, read, text
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import OPEN, keep, limit_of

LOT_VALUE = Shape({"value": shapes.MONEY, "relatedLot": text, "status": text}, ("value",))
BID = Shape(
    {
        "status": one_of("draft", "pending"),
        "tenderers": many(shapes.TENDERER),
        "lotValues": many(LOT_VALUE),
        "value": shapes.MONEY,
        "items": many(shapes.ITEM),
        "requirementResponses": kept,
        "parameters": kept,
        "selfEligible": shapes.flag,
        "selfQualified": shapes.flag,
        "subcontractingDetails": text,
    },
    ("tenderers",),
)
OPENED = ("active", "unsuccessful")
CENT = 0.005


def create(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    core.must_write(asked)
    data = read(BID, asked.data)
    _must_be_time(core, tender)
    if "items" not in data:
        raise wrong("items", "This field is required.")
    now = core.clock.text()
    bid: Doc = data | {"status": "draft", "id": new_id(), "date": now}
    _check(bid, tender)
    for lot in bid.get("lotValues", []):
        lot |= {"status": "pending", "date": now}
    tender.setdefault("bids", []).append(bid)
    keep(core, tender, config, quiet=True)
    access = core.entrust(bid["id"], "bid")
    place = f"{asked.base}/api/2.5/tenders/{tender['id']}/bids/{bid['id']}"
    return Answer({"data": bid, "access": access}, 201, place)


def listed(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    if _sealed(tender):
        raise not_now(f"Can't view bids in current ({tender['status']}) tender status")
    return Answer({"data": [bid for bid in tender.get("bids", []) if bid["status"] in OPENED]})


def show(core: Core, asked: Asked) -> Answer:
    tender, bid = one(core, asked)
    if not core.owns(asked, bid["id"], "bid"):
        if _sealed(tender):
            raise not_now(f"Can't view bid in current ({tender['status']}) tender status")
        if bid["status"] not in OPENED:
            return Answer({"data": {"id": bid["id"], "status": bid["status"]}})
    return Answer({"data": bid})


def change(core: Core, asked: Asked) -> Answer:
    """Submit, or change what was bid; a change after submission makes the bid invalid."""
    tender, bid = one(core, asked)
    _, config = core.get("tender", tender["id"])
    core.must_own(asked, bid["id"], "bid")
    data = read(BID.partly(), asked.data)
    _must_be_time(core, tender)
    status = data.pop("status", None)
    if status == "draft" and bid["status"] != "draft":
        raise not_now("Can't update bid to (draft) status", "bid")
    changed = _changed(bid, data, tender)
    if status == "pending":
        if bid["status"] == "pending" and not changed:
            return Answer(None)
        _submit(core, tender, bid)
    elif not changed:
        return Answer(None)
    elif bid["status"] == "pending":
        bid["status"] = "invalid"
    keep(core, tender, config, quiet=True)
    return Answer({"data": bid})


def withdraw(core: Core, asked: Asked) -> Answer:
    tender, bid = one(core, asked)
    _, config = core.get("tender", tender["id"])
    core.must_own(asked, bid["id"], "bid")
    if tender["status"] != "active.tendering":
        raise not_now(f"Can't delete bid in current ({tender['status']}) tender status")
    _must_be_time(core, tender)
    tender["bids"] = [other for other in tender["bids"] if other["id"] != bid["id"]]
    keep(core, tender, config, quiet=True)
    return Answer({"data": bid})


def one(core: Core, asked: Asked) -> tuple[Doc, Doc]:
    tender, _ = core.get("tender", asked.path["tender"])
    bid = pick(tender.get("bids", []), asked.path["id"], "bid_id")
    return tender, bid


def _sealed(tender: Doc) -> bool:
    return tender["status"] in {"draft", "active.auction", *OPEN}


def _must_be_time(core: Core, tender: Doc) -> None:
    if tender["status"] != "active.tendering":
        raise not_now(f"Can't add bid in current ({tender['status']}) tender status")
    period = tender["tenderPeriod"]
    begins, ends = (core.clock.read(period[name]) for name in ("startDate", "endDate"))
    if not begins <= core.clock.now() < ends:
        raise not_now(
            "Bid can be added only during the tendering period: "
            f"from ({period['startDate']}) to ({period['endDate']})."
        )


def _changed(bid: Doc, data: Doc, tender: Doc) -> bool:
    before = {name: bid.get(name) for name in data}
    wanted: Doc = {**bid, **data}
    _check(wanted, tender)
    dates = {lot.get("relatedLot"): lot.get("date") for lot in bid.get("lotValues", [])}
    for lot in wanted.get("lotValues", []):
        lot.setdefault("status", "pending")
        lot.setdefault("date", dates.get(lot.get("relatedLot")))
    bid |= wanted
    return any(bid.get(name) != before[name] for name in data)


def _submit(core: Core, tender: Doc, bid: Doc) -> None:
    unanswered = [
        criterion["id"]
        for criterion in tender.get("criteria", [])
        if criterion.get("source", "tenderer") in {"tenderer", "winner"}
    ]
    if unanswered and not bid.get("requirementResponses"):
        names = ", ".join(unanswered)
        words = "Responses are required for all criteria with source tenderer/winner, failed for"
        raise wrong("requirementResponses", [f"{words} criteria {names}"])
    must_be_signed(bid.get("documents", []), "proposal", needed=core.rules.signatures)
    now = core.clock.text()
    bid |= {"status": "pending", "date": now, "submissionDate": now}
    for lot in bid.get("lotValues", []):
        lot["date"] = now


def _check(bid: Doc, tender: Doc) -> None:
    """Amounts: in the tender's currency, not over its limit, equal to the sum of their items."""
    priced: list[Doc] = bid.get("lotValues", [])
    if tender.get("lots") and not priced:
        raise wrong("lotValues", shapes.REQUIRED)
    if not tender.get("lots") and "value" not in bid:
        raise wrong("value", shapes.REQUIRED)
    faults: list[Any] = []
    for entry in priced or [bid]:
        limit = limit_of(tender, entry.get("relatedLot"))
        if priced and entry.get("relatedLot") not in {lot["id"] for lot in tender["lots"]}:
            raise wrong("lotValues", [{"relatedLot": ["relatedLot should be one of lots"]}])
        entry["value"] = _like(limit, entry["value"])
        if limit and entry["value"]["currency"] != limit["currency"]:
            faults.append({"value": ["currency of bid should be identical to currency of value"]})
        elif limit and entry["value"]["amount"] > limit["amount"]:
            of = "lot" if priced else "tender"
            faults.append({"value": [f"value of bid should be less than value of {of}"]})
    if faults:
        raise wrong("lotValues" if priced else "value", faults if priced else faults[0]["value"])
    _check_sum(bid, priced or [bid])


def _check_sum(bid: Doc, priced: list[Doc]) -> None:
    units = [(item.get("quantity", 1.0), item.get("unit", {}).get("value"))
             for item in bid.get("items", [])]  # fmt: skip
    if not units or any(value is None for _, value in units):
        return
    total = sum(quantity * value["amount"] for quantity, value in units if value)
    if abs(total - sum(entry["value"]["amount"] for entry in priced)) > CENT:
        named = "lotValues" if "lotValues" in bid else "value"
        raise wrong("items", "Total amount of unit values should be equal "
                    f"bid.{named}.value.amount if VAT is not included in bid.{named}")  # fmt: skip


def _like(limit: Doc | None, value: Doc) -> Doc:
    like = limit or {"currency": "UAH", "valueAddedTaxIncluded": False}
    return {
        "currency": like["currency"],
        "valueAddedTaxIncluded": like["valueAddedTaxIncluded"],
        **value,
    }

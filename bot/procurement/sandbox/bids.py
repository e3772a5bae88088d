"""Bids: sealed until the opening, even to the buyer; drafted, handed in, changed, withdrawn."""

from typing import Any

from bot.procurement.sandbox import answers, shapes
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
        "requirementResponses": many(answers.ANSWER),
        "parameters": kept,
        "selfEligible": shapes.flag,
        "selfQualified": shapes.flag,
        "subcontractingDetails": text,
    },
    ("tenderers",),
)
OPENED = ("active", "unsuccessful")
NET = 1.2  # an amount with VAT and the one without


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
    answers.named(bid, tender)
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
    answers.named(wanted, tender)
    dates = {lot.get("relatedLot"): lot.get("date") for lot in bid.get("lotValues", [])}
    for lot in wanted.get("lotValues", []):
        lot.setdefault("status", "pending")
        lot.setdefault("date", dates.get(lot.get("relatedLot")))
    bid |= wanted
    return any(bid.get(name) != before[name] for name in data)


def _submit(core: Core, tender: Doc, bid: Doc) -> None:
    answers.check(bid, tender)
    must_be_signed(bid.get("documents", []), "proposal", needed=core.rules.signatures)
    now = core.clock.text()
    bid |= {"status": "pending", "date": now, "submissionDate": now}
    for lot in bid.get("lotValues", []):
        lot["date"] = now


def _check(bid: Doc, tender: Doc) -> None:
    """Amounts: in the tender's currency, not over its limit, as much as their items come to."""
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
    _check_items(bid, tender)


def _check_items(bid: Doc, tender: Doc) -> None:
    """The items are those of the tender, or of the lots bid for, all of them; their prices are
    without VAT and add up to what is bid for each lot."""
    lots = {entry.get("relatedLot"): entry["value"] for entry in bid.get("lotValues", [])}
    asked = {item["id"]: item.get("relatedLot") for item in tender["items"]}
    wanted = {key for key, lot in asked.items() if not lots or lot in lots}
    given = {item.get("id") for item in bid.get("items", [])}
    where = " for current lot" if lots else ""
    if given - wanted:
        raise wrong("data", f"Bid items ids should be on tender items ids{where}")
    if wanted - given:
        raise wrong("data", f"Bid items ids should include all tender items ids{where}")
    for item in bid["items"]:
        _check_price(item, tender)
    for lot, value in lots.items() if lots else [(None, bid["value"])]:
        priced = [i for i in bid["items"] if not lots or asked[i["id"]] == lot]
        _check_sum(priced, value, "bid.lotValues" if lots else "bid")


def _check_price(item: Doc, tender: Doc) -> None:
    price, worth = item.get("unit", {}).get("value"), tender.get("value")
    if price is None:
        return
    if price.get("valueAddedTaxIncluded"):
        raise wrong("items", "valueAddedTaxIncluded of bid unit should be False")
    if worth and price.get("currency", worth["currency"]) != worth["currency"]:
        raise wrong("items", "currency of bid unit should be identical to currency of tender value")
    if item.get("quantity") == 0 and price["amount"] != 0:
        raise wrong("items", "Item.unit.value.amount should be updated to 0 if item.quantity "
                    "equal to 0")  # fmt: skip


def _check_sum(items: list[Doc], value: Doc, named: str) -> None:
    """Coins are ignored; an amount with VAT leaves room for the tax."""
    products = [
        item["quantity"] * item["unit"]["value"]["amount"]
        for item in items
        if "quantity" in item and item.get("unit", {}).get("value")
    ]
    if not products:
        return
    total, worth = _coinless(sum(products)), _coinless(value["amount"])
    if not value["valueAddedTaxIncluded"]:
        if total != worth:
            raise wrong("items", f"Total amount of unit values should be equal {named}.value.amount"
                        f" if VAT is not included in {named}")  # fmt: skip
        return
    net = _coinless(value.get("amountNet", value["amount"] / NET))
    if not (sum(products) > 0 and net <= total <= worth):
        raise wrong("items", f"Total amount of unit values must be no more than {named}.value"
                    f".amount and no less than net {named} amount")  # fmt: skip


def _coinless(amount: float) -> int:
    return int(round(amount, 4))  # 3 x 33.3333333333 is a hundred


def _like(limit: Doc | None, value: Doc) -> Doc:
    like = limit or {"currency": "UAH", "valueAddedTaxIncluded": False}
    return {
        "currency": like["currency"],
        "valueAddedTaxIncluded": like["valueAddedTaxIncluded"],
        **value,
    }

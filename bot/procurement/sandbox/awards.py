"""The opening, the award to the lowest bid, and what follows from the buyer's decision."""

from bot.procurement.sandbox.core import Answer, Asked, Core, later, must_be_signed, new_id, pick
from bot.procurement.sandbox.errors import not_now, wrong
from bot.procurement.sandbox.shapes import Shape, flag, one_of, read, text
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import keep, speed

DECISION = Shape(
    {
        "status": one_of("active", "unsuccessful", "cancelled"),
        "qualified": flag,
        "eligible": flag,
        "title": text,
        "description": text,
    }
)
DECIDE_WITHIN = 5  # days


def open_bids(core: Core, tender: Doc, config: Doc) -> None:
    """The deadline has passed: bids are opened; without enough of them the tender failed.

    The electronic auction is left out: bids stand as they were handed in.
    """
    now = core.clock.text()
    bids = [bid for bid in tender.get("bids", []) if bid["status"] == "pending"]
    tender["bids"] = bids
    if len(bids) < config["minBidsNumber"]:
        end(tender, "unsuccessful", now)
        return
    for bid in bids:
        bid["status"] = "active"
        for lot in bid.get("lotValues", []):
            lot |= {"status": "active", "initialValue": dict(lot["value"])}
    tender |= {"status": "active.qualification", "date": now, "awardPeriod": {"startDate": now}}
    for lot in tender.get("lots") or [{"id": None}]:
        _next(core, tender, lot["id"])


def end(tender: Doc, status: str, now: str) -> None:
    tender |= {"status": status, "date": now}
    for lot in tender.get("lots", []):
        lot |= {"status": status, "date": now}
    if not tender.get("bids"):
        tender.pop("bids", None)


def listed(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": tender.get("awards", [])})


def show(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": pick(tender.get("awards", []), asked.path["id"], "award_id")})


def decide(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    award = pick(tender.get("awards", []), asked.path["id"], "award_id")
    core.must_own(asked, tender["id"], "tender")
    data = read(DECISION, asked.data)
    if tender["status"] not in {"active.qualification", "active.awarded"}:
        raise not_now(f"Can't update award in current ({tender['status']}) tender status")
    status: str = data.get("status") or award["status"]
    if status == award["status"] and all(award.get(n) == v for n, v in data.items()):
        return Answer(None)
    _check(core, award, status, data)
    was = award["status"]
    award |= data
    if status != was:
        award["date"] = core.clock.text()
        {"active": _win, "unsuccessful": _lose, "cancelled": _undo}[status](
            core, tender, config, award
        )
    keep(core, tender, config)
    return Answer({"data": award})


def _check(core: Core, award: Doc, status: str, data: Doc) -> None:
    was = award["status"]
    moves = {("pending", "active"), ("pending", "unsuccessful"), ("active", "cancelled"),
             ("unsuccessful", "cancelled")}  # fmt: skip
    if status != was and (was, status) not in moves:
        raise not_now(f"Can't update award in current ({was}) status")
    qualified = data.get("qualified", award.get("qualified"))
    if status == "active" != was and qualified is not True:
        raise wrong("qualified", ["Can't update award to active status with not qualified"])
    if status == "unsuccessful" != was and qualified is not False:
        raise wrong(
            "qualified", ["Can't update award to unsuccessful status when qualified isn't false"]
        )
    if status in {"active", "unsuccessful"} and status != was:
        must_be_signed(award.get("documents", []), "notice", needed=core.rules.signatures)


def _win(core: Core, tender: Doc, config: Doc, award: Doc) -> None:
    now = core.clock.now()
    until = later(now, config["awardComplainDuration"], speed(tender))
    award["complaintPeriod"] = {"startDate": now.isoformat(), "endDate": until.isoformat()}
    tender |= {"status": "active.awarded", "date": now.isoformat()}
    tender["awardPeriod"]["endDate"] = now.isoformat()
    _draw_up(core, tender, award)


def _lose(core: Core, tender: Doc, config: Doc, award: Doc) -> None:
    del config
    if not _next(core, tender, award.get("lotID")):
        end(tender, "unsuccessful", core.clock.text())


def _undo(core: Core, tender: Doc, config: Doc, award: Doc) -> None:
    """An award taken back: its contract falls, and the same bid waits for a decision again."""
    del config
    for contract in tender.get("contracts", []):
        if contract["awardID"] == award["id"]:
            contract["status"] = "cancelled"
            whole, its = core.get("contract", contract["id"])
            whole |= {"status": "cancelled", "dateModified": core.clock.text()}
            core.store.put("contract", whole, its, public=True)
    tender |= {"status": "active.qualification", "date": core.clock.text()}
    tender["awardPeriod"].pop("endDate", None)
    _propose(core, tender, pick(tender["bids"], award["bid_id"], "bid_id"), award.get("lotID"))


def _next(core: Core, tender: Doc, lot: str | None) -> bool:
    """Propose the lowest bid that nobody has decided on; the earlier of two equal ones."""
    seen = {award["bid_id"] for award in tender.get("awards", []) if award.get("lotID") == lot}
    left = [bid for bid in tender.get("bids", []) if bid["id"] not in seen and _price(bid, lot)]
    if not left:
        return False
    best = min(left, key=lambda bid: (_price(bid, lot)["amount"], bid["date"]))
    _propose(core, tender, best, lot)
    return True


def _propose(core: Core, tender: Doc, bid: Doc, lot: str | None) -> None:
    now = core.clock.now()
    award = {
        "id": new_id(),
        "status": "pending",
        "date": now.isoformat(),
        "value": _price(bid, lot),
        "suppliers": bid["tenderers"],
        "bid_id": bid["id"],
        "period": {
            "startDate": now.isoformat(),
            "endDate": later(now, DECIDE_WITHIN, speed(tender)).isoformat(),
        },
    }
    if lot:
        award["lotID"] = lot
    tender.setdefault("awards", []).append(award)


def _price(bid: Doc, lot: str | None) -> Doc:
    for entry in bid.get("lotValues", []):
        if entry["relatedLot"] == lot:
            value: Doc = entry["value"]
            return value
    found: Doc = bid.get("value", {})
    return found


def _draw_up(core: Core, tender: Doc, award: Doc) -> None:
    """The contract that an award calls for, of which the tender keeps a short form."""
    now = core.clock.text()
    lot = next((row for row in tender.get("lots", []) if row["id"] == award.get("lotID")), tender)
    count = len(tender.get("contracts", [])) + 1
    short: Doc = {
        "id": new_id(),
        "status": "pending",
        "awardID": award["id"],
        "date": now,
        "contractID": f"{tender['tenderID']}-a{count}",
        "title": lot["title"],
        "value": award["value"] | {"amountNet": award["value"]["amount"]},
    }
    if "description" in lot:
        short["description"] = lot["description"]
    tender.setdefault("contracts", []).append(short)
    bid = pick(tender["bids"], award["bid_id"], "bid_id")
    whole = {name: value for name, value in short.items() if name != "date"}
    whole |= {
        "items": [_priced(item, bid, award) for item in tender["items"]
                  if item.get("relatedLot") in {None, award.get("lotID")}],
        "buyer": _without_contact(tender["procuringEntity"]),
        "suppliers": [_without_contact(one) for one in award["suppliers"]],
        "owner": tender["owner"],
        "tender_id": tender["id"],
        "dateCreated": now,
        "dateModified": now,
    }  # fmt: skip
    if "milestones" in tender:
        whole["milestones"] = [one | {"status": "scheduled"} for one in tender["milestones"]]
    if "mode" in tender:
        whole["mode"] = tender["mode"]
    core.store.put("contract", whole, {"restricted": False}, public=True)
    core.store.lend(tender["id"], whole["id"], "buyer")
    core.store.lend(bid["id"], whole["id"], "supplier")


def _priced(item: Doc, bid: Doc, award: Doc) -> Doc:
    del award
    for offered in bid.get("items", []):
        if offered["id"] == item["id"] and "unit" in offered:
            return item | {"unit": offered["unit"]}
    return item


def _without_contact(organisation: Doc) -> Doc:
    return {name: value for name, value in organisation.items() if name != "contactPoint"}

"""Tenders: drafted, published, amended, read; lots and criteria with them."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.core import Answer, Asked, Core, later, must_be_signed, new_id
from bot.procurement.sandbox.errors import not_now, wrong
from bot.procurement.sandbox.shapes import (
    Bad,
    Shape,
    flag,
    kept,
    many,
    one_of,
    read,
    text,
    with_lists,
)
from bot.procurement.sandbox.store import Doc

TESTED = "[ТЕСТУВАННЯ] "
OPEN = ("active.enquiries", "active.tendering")
SEALED = ("draft", "active.auction", *OPEN)  # states in which no bid is shown

CONFIG: Doc = {
    "hasAuction": True,
    "hasAwardingOrder": True,
    "hasValueRestriction": True,
    "valueCurrencyEquality": True,
    "hasPrequalification": False,
    "minBidsNumber": 1,
    "hasPreSelectionAgreement": False,
    "hasTenderComplaints": False,
    "hasAwardComplaints": False,
    "hasCancellationComplaints": False,
    "hasValueEstimation": True,
    "hasQualificationComplaints": False,
    "tenderComplainRegulation": 0,
    "qualificationComplainDuration": 0,
    "awardComplainDuration": 2,
    "cancellationComplainDuration": 0,
    "clarificationUntilDuration": 1,
    "qualificationDuration": 0,
    "minTenderingDuration": 2,
    "hasEnquiries": True,
    "minEnquiriesDuration": 3,
    "enquiryPeriodRegulation": 0,
    "restricted": False,
}

TENDER = Shape(
    {
        "title": text,
        "description": text,
        "mainProcurementCategory": one_of("goods", "services", "works"),
        "procuringEntity": shapes.BUYER,
        "buyers": kept,
        "value": shapes.MONEY,
        "minimalStep": shapes.MONEY,
        "guarantee": shapes.MONEY,
        "items": many(shapes.ITEM),
        "lots": kept,
        "enquiryPeriod": shapes.PERIOD,
        "tenderPeriod": shapes.PERIOD,
        "procurementMethodType": text,
        "procurementMethod": text,
        "procurementMethodDetails": text,
        "procurementMethodRationale": text,
        "submissionMethod": text,
        "submissionMethodDetails": text,
        "awardCriteria": text,
        "awardCriteriaDetails": text,
        "milestones": kept,
        "features": kept,
        "funders": kept,
        "mode": one_of("test"),
        "status": text,
        "contractTemplateName": text,
        "plans": kept,
        "documents": many(shapes.DOCUMENT),
        "agreements": kept,
        "eligibilityCriteria": text,
        "cause": text,
        "causeDescription": text,
        "inspector": kept,
        "criteria": kept,
        "lang": text,
    },
    ("title", "procuringEntity", "items", "tenderPeriod"),
)
LOT = Shape(
    {
        "id": text,
        "title": text,
        "description": text,
        "value": shapes.MONEY,
        "minimalStep": shapes.MONEY,
        "guarantee": shapes.MONEY,
        "status": text,
    },
    ("title", "value"),
)
SPEED = re.compile(r"accelerator=(\d+)")


def create(core: Core, asked: Asked) -> Answer:
    return drafted(core, asked)


def drafted(core: Core, asked: Asked, plan: str | None = None) -> Answer:
    """A draft that nobody but its reader by id sees, with the owner token."""
    owner = core.must_write(asked)
    data = read(TENDER, asked.data)
    config = CONFIG | _config(asked.body.get("config")) | {"hasMultiSourcing": False}
    now = core.clock.now()
    tender: Doc = {"awardCriteria": "lowestCost", **data, **_numbered(core, now, "UA", "tender")}
    tender |= {"status": "draft", "owner": owner, "procurementMethod": "open", "id": new_id()}
    tender.setdefault("procurementMethodType", "belowThreshold")
    if "criteria" in data:
        tender["criteria"] = _criteria(data["criteria"], "criteria", now.isoformat())
    if plan:
        tender["plans"] = [{"id": plan}]
    for item in tender["items"]:
        item.setdefault("id", new_id())
    _value(tender)
    _periods(core, tender, config, now)
    if tender.get("mode") == "test":
        tested(tender)
    keep(core, tender, config)
    access = core.entrust(tender["id"], "tender")
    place = f"{asked.base}/api/2.5/tenders/{tender['id']}"
    return Answer({"data": shown(tender), "config": config, "access": access}, 201, place)


def show(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    return Answer({"data": shown(tender), "config": config})


def amend(core: Core, asked: Asked) -> Answer:
    """Draft fields freely; a published tender's description and periods; its status forward."""
    tender, config = core.get("tender", asked.path["tender"])
    core.must_own(asked, tender["id"], "tender")
    data = read(TENDER.partly(), asked.data)
    status = data.pop("status", tender["status"])
    before = dict(tender)
    _amend(core, tender, config, data)
    if status != tender["status"]:
        _publish(core, tender, config, status)
    elif tender != before and status in OPEN and set(data) - {"tenderPeriod", "enquiryPeriod"}:
        _invalidate(core, tender, config)
    keep(core, tender, config)
    return Answer({"data": shown(tender), "config": config})


def add_lot(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    core.must_own(asked, tender["id"], "tender")
    if tender["status"] != "draft":
        raise not_now(f"Can't add lot in current ({tender['status']}) tender status")
    now = core.clock.text()
    lot = {"id": new_id(), "status": "active", "date": now, **read(LOT, asked.data)}
    for name in ("value", "minimalStep"):
        if name in lot:
            lot[name] = _money(lot[name], tender)
    tender.setdefault("lots", []).append(lot)
    keep(core, tender, config)
    place = f"{asked.base}/api/2.5/tenders/{tender['id']}/lots/{lot['id']}"
    return Answer({"data": lot}, 201, place)


def add_criteria(core: Core, asked: Asked) -> Answer:
    """What a bid must answer before it counts."""
    tender, config = core.get("tender", asked.path["tender"])
    core.must_own(asked, tender["id"], "tender")
    added = _criteria(asked.data, "data", core.clock.text())
    tender.setdefault("criteria", []).extend(added)
    keep(core, tender, config)
    return Answer({"data": added}, 201)


def _criteria(given: Any, name: str, now: str) -> list[Doc]:
    try:
        return [_criterion(one, now) for one in many(with_lists("requirementGroups"))(given)]
    except Bad as bad:
        raise wrong(name, bad.description) from None


def _criterion(one: Doc, now: str) -> Doc:
    groups = [
        group
        | _id(group)
        | {
            "requirements": [
                _requirement(requirement, now)
                for requirement in many(with_lists("eligibleEvidences"))(
                    group.get("requirements", [])
                )
            ],
        }
        for group in one.get("requirementGroups", [])
    ]
    return one | _id(one) | {"requirementGroups": groups}


def _id(one: Doc) -> Doc:
    """The id that it has, or a new one."""
    own = one.get("id")
    return {"id": own if isinstance(own, str) and own else new_id()}


def _config(given: Any) -> Doc:
    """The rules of the procedure, each of the kind that the sandbox knows it to be."""
    clean = Shape({name: _like(default) for name, default in CONFIG.items()})
    return read(clean, given) if given is not None else {}


def _like(default: Any) -> Callable[[Any], Any]:
    if isinstance(default, bool):
        return flag
    return lambda value: int(shapes.number(value))


def _requirement(one: Doc, now: str) -> Doc:
    numbered: Doc = {"status": "active", "datePublished": now} | one | _id(one)
    if "eligibleEvidences" in one:
        numbered["eligibleEvidences"] = [e | {"id": new_id()} for e in one["eligibleEvidences"]]
    return numbered


def shown(tender: Doc) -> Doc:
    """A tender as everybody sees it."""
    sealed = tender["status"] in SEALED
    return {name: value for name, value in tender.items() if not (sealed and name == "bids")}


def keep(core: Core, tender: Doc, config: Doc, *, quiet: bool = False) -> None:
    """Store a tender with the next moment at which time changes it.

    A quiet change shows neither in its date nor in the feed: that of a sealed bid.
    """
    if not quiet:
        tender["dateModified"] = core.clock.text()
    tender.setdefault("dateCreated", tender["dateModified"])
    due = next_check(core, tender, config)
    tender.pop("next_check", None)
    if due:
        tender["next_check"] = due.isoformat()
    public = tender["status"] != "draft"
    due = due + core.rules.lag if due else None
    core.store.put("tender", tender, config, public=public, due=due, quiet=quiet)


def next_check(core: Core, tender: Doc, config: Doc) -> datetime | None:
    waiting = [
        core.clock.read(c["complaintPeriod"]["endDate"])
        for c in tender.get("cancellations", [])
        if c["status"] == "pending"
    ]
    if tender["status"] == "active.enquiries":
        waiting.append(core.clock.read(tender["tenderPeriod"]["startDate"]))
    elif tender["status"] == "active.tendering" and not halted(tender):
        waiting.append(core.clock.read(tender["tenderPeriod"]["endDate"]))
    del config
    return min(waiting, default=None)


def halted(tender: Doc) -> bool:
    """A complaint under review stops the opening."""
    return any(c["status"] in {"pending", "accepted"} for c in tender.get("complaints", []))


def speed(tender: Doc) -> float:
    """How many times quicker than life the procedure runs (for tests)."""
    found = SPEED.search(tender.get("procurementMethodDetails", ""))
    return float(found[1]) if found else 1.0


def tested(doc: Doc) -> None:
    """Whatever is only a test says so in its title."""
    doc["title"] = TESTED + doc["title"].removeprefix(TESTED)
    doc |= {"title_en": "[TESTING] ", "title_ru": "[ТЕСТИРОВАНИЕ] "}


def _numbered(core: Core, now: datetime, prefix: str, kind: str) -> Doc:
    day = now.date().isoformat()
    number = core.store.next(f"{kind} {day}")
    return {f"{kind}ID": f"{prefix}-{day}-{number:06d}-a", "date": now.isoformat()}


def number(core: Core, prefix: str, kind: str) -> Doc:
    return _numbered(core, core.clock.now(), prefix, kind)


def _value(tender: Doc) -> None:
    if "value" in tender:
        tender["value"] = {"currency": "UAH", "valueAddedTaxIncluded": False} | tender["value"]


def _money(money: Doc, tender: Doc) -> Doc:
    like = tender.get("value", {"currency": "UAH", "valueAddedTaxIncluded": False})
    return {
        "currency": like["currency"],
        "valueAddedTaxIncluded": like["valueAddedTaxIncluded"],
        **money,
    }


def _periods(core: Core, tender: Doc, config: Doc, now: datetime) -> None:
    """Start and end of asking, bidding and complaining, from what the buyer fixed."""
    rate = speed(tender)
    tendering = tender["tenderPeriod"]
    if "endDate" not in tendering:
        raise wrong("tenderPeriod", {"endDate": shapes.REQUIRED})
    ends = core.clock.read(tendering["endDate"])
    if config["hasEnquiries"]:
        asking = tender.get("enquiryPeriod", {})
        if "endDate" not in asking:
            raise wrong("enquiryPeriod", shapes.REQUIRED)
        asked_until = core.clock.read(asking["endDate"])
        tendering.setdefault("startDate", asking["endDate"])
        begins = core.clock.read(asking.get("startDate", now.isoformat()))
    else:
        begins = now
        asked_until = later(ends, -config["enquiryPeriodRegulation"], rate)
        tendering["startDate"] = now.isoformat()
    if not now < ends or not asked_until <= ends:
        raise wrong("tenderPeriod", ["period should begin before its end"])
    clarified = later(asked_until, config["clarificationUntilDuration"], rate)
    tender["enquiryPeriod"] = {
        "startDate": begins.isoformat(),
        "endDate": asked_until.isoformat(),
        "clarificationsUntil": clarified.isoformat(),
    }
    if config["hasTenderComplaints"]:
        until = later(ends, -config["tenderComplainRegulation"], rate)
        tender["complaintPeriod"] = {
            "startDate": begins.isoformat(),
            "endDate": until.isoformat(),
        }


def _amend(core: Core, tender: Doc, config: Doc, data: Doc) -> None:
    if not data:
        return
    status = tender["status"]
    if status != "draft" and status not in OPEN:
        raise not_now(f"Can't update tender in current ({status}) status")
    for name in ("tenderPeriod", "enquiryPeriod"):
        if name in data:
            data[name] = tender.get(name, {}) | data[name]
    if "title" in data and tender.get("mode") == "test":
        data["title"] = TESTED + data["title"].removeprefix(TESTED)
    for item in data.get("items", []):
        item.setdefault("id", new_id())
    if "criteria" in data:
        data["criteria"] = _criteria(data["criteria"], "criteria", core.clock.text())
    moved = any(data.get(name, tender.get(name)) != tender.get(name)
                for name in ("tenderPeriod", "enquiryPeriod"))  # fmt: skip
    tender |= data
    _value(tender)
    if moved:
        _move(core, tender, config)


def _move(core: Core, tender: Doc, config: Doc) -> None:
    """Periods put elsewhere: a published tender's end may only move away from now."""
    now = core.clock.now()
    ends = core.clock.read(tender["tenderPeriod"]["endDate"])
    if ends <= now:
        raise wrong("tenderPeriod", ["endDate should be in the future"])
    if tender["status"] == "draft":
        _periods(core, tender, config, now)
    elif "complaintPeriod" in tender:
        until = later(ends, -config["tenderComplainRegulation"], speed(tender))
        tender["complaintPeriod"]["endDate"] = until.isoformat()


def _publish(core: Core, tender: Doc, config: Doc, status: str) -> None:
    allowed = "active.enquiries" if config["hasEnquiries"] else "active.tendering"
    if tender["status"] != "draft" or status != allowed:
        raise not_now(f"Can't switch tender from ({tender['status']}) to ({status}) status.")
    must_be_signed(tender.get("documents", []), "notice", needed=core.rules.signatures and
                   config["hasEnquiries"])  # fmt: skip
    now = core.clock.text()
    tender |= {"status": status, "date": now, "noticePublicationDate": now}
    if not config["hasEnquiries"]:
        tender["enquiryPeriod"]["invalidationDate"] = now


def _invalidate(core: Core, tender: Doc, config: Doc) -> None:
    """What was bid for is no longer what is asked for: bids must be handed in again."""
    if not config["hasEnquiries"]:
        tender["enquiryPeriod"]["invalidationDate"] = core.clock.text()
    for bid in tender.get("bids", []):
        if bid["status"] == "pending":
            bid["status"] = "invalid"


def limit_of(tender: Doc, lot: str | None) -> Any:
    for one in tender.get("lots", []):
        if one["id"] == lot:
            return one["value"]
    return tender.get("value")

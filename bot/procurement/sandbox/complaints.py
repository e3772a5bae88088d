"""Complaints about a tender or an award: drafted, paid for, reviewed, decided."""

from typing import Any

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.core import Answer, Asked, Core, new_id, pick
from bot.procurement.sandbox.errors import forbidden, missing, not_now
from bot.procurement.sandbox.shapes import Shape, many, one_of, read, text, with_lists
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import keep

OBJECTION = with_lists("requestedRemedies", "arguments")
COMPLAINT = Shape(
    {
        "title": text,
        "description": text,
        "type": one_of("complaint"),
        "author": shapes.AUTHOR,
        "objections": many(OBJECTION),
        "status": one_of("draft"),
    },
    ("title", "author"),
)
CHANGE = Shape(
    {
        "status": text,
        "title": text,
        "description": text,
        "objections": many(OBJECTION),
        "reviewDate": text,
        "reviewPlace": text,
        "decision": text,
        "rejectReason": text,
        "rejectReasonDescription": text,
        "tendererAction": text,
    }
)
REVIEW = {("pending", "accepted"), ("pending", "invalid"), ("pending", "stopped"),
          ("accepted", "declined"), ("accepted", "satisfied"), ("accepted", "stopped"),
          ("satisfied", "resolved")}  # fmt: skip


def create(core: Core, asked: Asked) -> Answer:
    tender, config, about = _about(core, asked)
    core.must_write(asked)
    award = "award" in asked.path
    if not config["hasAwardComplaints" if award else "hasTenderComplaints"]:
        raise missing("not_found")
    if award and not any(core.owns(asked, bid["id"], "bid") for bid in tender.get("bids", [])):
        raise forbidden()
    data = read(COMPLAINT, asked.data)
    _must_be_time(core, about)
    objections = [_objection(one, tender, asked) for one in data.pop("objections", [])]
    complaint = data | {"status": "draft", "type": "complaint", "id": new_id()}
    if objections:
        complaint["objections"] = objections
    complaint |= {
        "date": core.clock.text(),
        "complaintID": f"{tender['tenderID']}.a{core.store.next('complaint ' + tender['id'])}",
        "value": {"amount": core.rules.fee, "currency": "UAH"},
    }
    about.setdefault("complaints", []).append(complaint)
    keep(core, tender, config)
    access = core.entrust(complaint["id"], "complaint")
    place = f"{asked.base}/api/2.5{asked.path['prefix']}/complaints/{complaint['id']}"
    return Answer({"data": complaint, "access": access}, 201, place)


def listed(core: Core, asked: Asked) -> Answer:
    _, _, about = _about(core, asked)
    return Answer({"data": about.get("complaints", [])})


def show(core: Core, asked: Asked) -> Answer:
    _, _, about = _about(core, asked)
    return Answer({"data": pick(about.get("complaints", []), asked.path["id"], "complaint_id")})


def change(core: Core, asked: Asked) -> Answer:
    """The owner amends or withdraws a draft; payment makes it pending; the reviewer decides."""
    tender, config, about = _about(core, asked)
    complaint = pick(about.get("complaints", []), asked.path["id"], "complaint_id")
    core.must_write(asked)
    data = read(CHANGE, asked.data)
    if asked.broker not in {"bot", "reviewer"}:
        core.must_own(asked, complaint["id"], "complaint")
    status, was = data.pop("status", complaint["status"]), complaint["status"]
    if status != was:
        complaint |= _moved(core, asked, was, status)
    elif all(complaint.get(name) == value for name, value in data.items()):
        return Answer(None)
    complaint |= data
    keep(core, tender, config)
    return Answer({"data": complaint})


def _moved(core: Core, asked: Asked, was: str, status: str) -> Doc:
    """The fields that a change of status brings, if whoever asks may make it."""
    now = core.clock.text()
    fields: Doc = {"status": status, "date": now}
    if asked.broker == "bot" and (was, status) == ("draft", "pending"):
        return fields | {"dateSubmitted": now}
    if asked.broker == "reviewer" and (was, status) in REVIEW:
        if status == "accepted":
            return fields | {"dateAccepted": now, "acceptance": True}
        return fields | {"dateDecision": now}
    if asked.broker not in {"bot", "reviewer"} and (was, status) == ("draft", "mistaken"):
        return fields | {"rejectReason": "cancelledByComplainant"}
    raise not_now(f"Can't update complaint from {was} to {status} status")


def _about(core: Core, asked: Asked) -> tuple[Doc, Doc, Doc]:
    """The tender, its config, and what of it is complained about."""
    tender, config = core.get("tender", asked.path["tender"])
    if "award" in asked.path:
        return tender, config, pick(tender.get("awards", []), asked.path["award"], "award_id")
    return tender, config, tender


def _must_be_time(core: Core, about: Doc) -> None:
    period = about.get("complaintPeriod")
    if not period or not (
        core.clock.read(period["startDate"]) <= core.clock.now()
        < core.clock.read(period["endDate"])
    ):  # fmt: skip
        raise not_now("Can submit complaint only in complaintPeriod")


def _objection(one: Any, tender: Doc, asked: Asked) -> Doc:
    return {
        "relatesTo": "award" if "award" in asked.path else "tender",
        "relatedItem": asked.path.get("award", tender["id"]),
        **one,
        "id": new_id(),
        "requestedRemedies": [r | {"id": new_id()} for r in one.get("requestedRemedies", [])],
        "arguments": [a | {"id": new_id()} for a in one.get("arguments", [])],
    }

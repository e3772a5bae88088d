"""A buyer's tender: drafted and published, its deadline moved, cancelled."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.procurement.openprocurement.access import (
    ABSENT,
    UNSURE,
    Access,
    Act,
    Doing,
    amount,
    marked,
    moment,
    must_have,
    must_hold,
    organisation,
    signer,
    text,
)
from bot.procurement.openprocurement.link import mark
from bot.procurement.openprocurement.reading import Doc, Reader, decimal, number
from bot.procurement.port import (
    Action,
    Credential,
    Found,
    Kind,
    Preview,
    Receipt,
    Refused,
)

CATEGORIES = ("goods", "services", "works")
ITEM = ("description", "code", "quantity", "unit")
MOST_ITEMS, LONGEST_NAME = 100, 300
OVER = ("complete", "cancelled", "unsuccessful")
REASON_TYPES = ("noDemand", "unFixable", "forceMajeure", "expensesCut")
# The rules of a small open procedure without an electronic auction; a core checks each of them.
CONFIG = {
    "hasAuction": False,
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
# A core wants to know when it is delivered and when it is paid for.
MILESTONES = (
    {"title": "deliveryOfGoods", "type": "delivery", "code": "standard", "percentage": 100,
     "duration": {"days": 30, "type": "calendar"}, "sequenceNumber": 1},
    {"title": "deliveryOfGoods", "type": "financing", "code": "postpayment", "percentage": 100,
     "duration": {"days": 30, "type": "calendar"}, "sequenceNumber": 2},
)  # fmt: skip


def prepare_publish(core: Access, action: Action, credential: Credential | None) -> Preview:
    del credential
    must_have(action)
    text(action, "title", 300)
    if action.values["category"] not in CATEGORIES:
        raise Refused("malformed", field="category")
    worth = amount(action, action.values.get("currency") or core.profile.currency)
    _items(action)
    now = core.link.now()
    asked_until, ends = moment(action, "enquiry_ends"), moment(action, "tender_ends")
    if asked_until <= now:
        raise Refused("past", field="enquiry_ends")
    if ends <= asked_until:
        raise Refused("not_later", field="tender_ends", moment=asked_until)
    return Preview(
        action, now, amount=worth, effects=("published_to_all", "takes_questions"),
        undo="cancel_tender",
    )  # fmt: skip


def publish(core: Access, doing: Doing) -> Receipt:
    """Draft, lot, signed notice, publication; with a draft's credential, on from where it is."""
    action, credential = doing.action, doing.credential
    if credential is None or credential.kind != "tender":
        credential = doing.kept(_draft(core, doing))
    path = f"/tenders/{credential.object}"
    doc = core.data(path)
    if doc.get("status") != "draft":
        return _receipt(core, doc, "publish_tender", credential)
    _divide(core, action, doc, credential)
    core.hand_in(path, doing.files, credential, signed_as="notice",
                 beside=doc.get("documents", []))  # fmt: skip
    try:
        published = core.change(path, {"status": "active.enquiries"}, credential)
    except Refused as refused:
        if refused.reason != "signature_needed":
            raise
        return Receipt("publish_tender", doc["id"], doc.get("tenderID", ""), core.link.now(),
                       "awaiting_signature", "draft", credential=credential)  # fmt: skip
    return _receipt(core, published, "publish_tender", credential)


def match_publish(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    """A draft is invisible and harmless; what counts is whether it was published."""
    del key, since, action
    if credential is None or credential.kind != "tender":
        return ABSENT
    doc = core.data(f"/tenders/{credential.object}")
    if doc.get("status") == "draft":
        return ABSENT
    return Found("done", _receipt(core, doc, "publish_tender", credential))


def prepare_extend(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc, _ = core.tender(action)
    tender = core.reader.tender(doc)
    if tender.status not in {"active.enquiries", "active.tendering"}:
        raise core.over(tender, tender.tender_ends)
    core.must_be_open(None, tender.tender_ends)
    later = moment(action, "tender_ends")
    if tender.tender_ends and later == tender.tender_ends:
        raise Refused("already_done")
    if tender.tender_ends and later < tender.tender_ends:
        raise Refused("only_longer", field="tender_ends", moment=tender.tender_ends)
    return Preview(
        action, core.link.now(), tender, deadline=tender.tender_ends,
        effects=("published_to_all", "deadline_moves"),
    )  # fmt: skip


def extend(core: Access, doing: Doing) -> Receipt:
    action = doing.action
    later = core.profile.write(moment(action, "tender_ends"))
    moved = {"tenderPeriod": {"endDate": later}}
    return _receipt(
        core, core.change(f"/tenders/{action.tender}", moved, doing.credential), "extend"
    )


def match_extend(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, key, since
    doc, _ = core.tender(action)
    if core.reader.tender(doc).tender_ends == moment(action, "tender_ends"):
        return Found("done", _receipt(core, doc, "extend"))
    return ABSENT


def prepare_cancel(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc, config = core.tender(action)
    tender = core.reader.tender(doc)
    if tender.status == "cancelled":
        raise Refused("already_done")
    if tender.status in OVER:
        raise Refused("wrong_state", tender.status, field="tender")
    if action.values.get("reason_type", REASON_TYPES[0]) not in REASON_TYPES:
        raise Refused("malformed", field="reason_type")
    heard = config.get("hasCancellationComplaints")
    return Preview(
        action, core.link.now(), tender,
        effects=("published_to_all", "bids_lost", "cannot_be_taken_back"),
        warnings=("complaints_heard_first",) if heard else (),
    )  # fmt: skip


def cancel(core: Access, doing: Doing) -> Receipt:
    """A draft with its reason, the signed report, then in force; an own draft is gone on with."""
    action, sign = doing.action, mark(doing.key)
    doc, config = core.tender(action)
    place = f"/tenders/{action.tender}/cancellations"
    drafts = marked(doc.get("cancellations", []), sign, "reason")
    if drafts:
        draft = drafts[0]
    else:
        data = {
            "reason": f"{text(action, 'reason')} ({sign})",
            "reasonType": action.values.get("reason_type") or REASON_TYPES[0],
        }
        draft, _ = core.create(place, data, doing.credential)
    path = f"{place}/{draft['id']}"
    core.hand_in(path, doing.files, doing.credential, signed_as="cancellationReport",
                 beside=draft.get("documents", []))  # fmt: skip
    status = "pending" if config.get("hasCancellationComplaints") else "active"
    try:
        cancelled = core.change(path, {"status": status}, doing.credential)
    except Refused as refused:
        if refused.reason != "signature_needed":
            raise
        return Receipt("cancel_tender", draft["id"], doc.get("tenderID", ""), core.link.now(),
                       "awaiting_signature", "draft")  # fmt: skip
    return _cancelled(core, doc, cancelled)


def match_cancel(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, since
    doc, _ = core.tender(action)
    ours = marked(doc.get("cancellations", []), mark(key), "reason")
    done = [one for one in ours if one.get("status") in {"active", "pending"}]
    if len(done) > 1:
        return UNSURE
    return Found("done", _cancelled(core, doc, done[0])) if done else ABSENT


def _draft(core: Access, doing: Doing) -> Credential:
    data = _tender(core, doing.action, mark(doing.key))
    plan = doing.action.values.get("plan")
    path = f"/plans/{plan}/tenders" if plan else "/tenders"
    return core.create_owned("tender", path, data, config=CONFIG)


def _tender(core: Access, action: Action, sign: str) -> dict[str, Any]:
    values, profile = action.values, core.profile
    worth = amount(action, values.get("currency") or profile.currency)
    buyer = organisation(action.party, profile) | {"kind": "general"}
    if values.get("position"):
        buyer["signerInfo"] = signer(action)
    return {
        "title": text(action, "title", 300),
        "description": f"{text(action, 'description') or text(action, 'title')}\n({sign})",
        "mainProcurementCategory": values["category"],
        "procurementMethodType": "belowThreshold",
        "procuringEntity": buyer,
        "value": {"amount": number(worth.amount), "currency": worth.currency},
        "items": [
            {
                "description": item["description"],
                "classification": {"scheme": profile.class_scheme, "id": item["code"],
                                   "description": item["description"]},
                "unit": {"name": item["unit"], "code": "H87"},
                "quantity": number(Decimal(item["quantity"])),
                "deliveryAddress": buyer["address"],
            }
            for item in _items(action)
        ],
        "milestones": list(MILESTONES),
        "enquiryPeriod": {"endDate": profile.write(moment(action, "enquiry_ends"))},
        "tenderPeriod": {"endDate": profile.write(moment(action, "tender_ends"))},
        **({"mode": profile.new_mode} if profile.new_mode else {}),
        **({"procurementMethodDetails": profile.acceleration} if profile.acceleration else {}),
    }  # fmt: skip


def _items(action: Action) -> list[dict[str, str]]:
    """What is bought: description, code, quantity and unit of each; raises Refused."""
    values = action.values
    alone = {n: values.get(n) for n in ITEM if n in values} | {"description": values.get("title")}
    given = values.get("items") or [alone]
    if not isinstance(given, list) or len(given) > MOST_ITEMS:
        raise Refused("malformed", field="items")
    rows = []
    for one in given:
        row = {name: str(one.get(name) or "").strip() for name in ITEM}
        if not all(row.values()) or len(row["description"]) > LONGEST_NAME:
            raise Refused("incomplete", field="items")
        if (decimal(row["quantity"]) or 0) <= 0:
            raise Refused("malformed", field="quantity")
        rows.append(row)
    return rows


def _divide(core: Access, action: Action, doc: Doc, credential: Credential) -> None:
    """One lot that holds everything: bids are made for lots."""
    path = f"/tenders/{doc['id']}"
    worth = amount(action, action.values.get("currency") or core.profile.currency)
    whole = {
        "title": text(action, "title", 300),
        "description": doc.get("description") or text(action, "title"),
        "value": {"amount": number(worth.amount), "currency": worth.currency},
    }
    lots = doc.get("lots") or [core.create(f"{path}/lots", whole, credential)[0]]
    items = doc.get("items", [])
    if any("relatedLot" not in item for item in items):
        tied = [item | {"relatedLot": lots[0]["id"]} for item in items]
        core.link.write("PATCH", path, {"items": tied}, credential)


def _receipt(
    core: Access, doc: Doc, kind: Kind, credential: Credential | None = None
) -> Receipt:  # fmt: skip
    reader: Reader = core.reader
    at = reader.moment(doc, "noticePublicationDate") if kind == "publish_tender" else None
    return Receipt(
        kind, doc["id"], doc.get("tenderID", ""),
        at or reader.moment(doc, "dateModified") or core.link.now(), status=doc.get("status", ""),
        credential=credential,
    )  # fmt: skip


def _cancelled(core: Access, tender: Doc, doc: Doc) -> Receipt:
    at = core.reader.moment(doc, "date") or core.link.now()
    return Receipt(
        "cancel_tender", doc["id"], tender.get("tenderID", ""), at, status=doc.get("status", "")
    )


ACTS = {
    "publish_tender": Act(prepare_publish, publish, match_publish),
    "extend": Act(prepare_extend, extend, match_extend),
    "cancel_tender": Act(prepare_cancel, cancel, match_cancel),
}

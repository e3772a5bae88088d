"""Complaints about a tender or an award, and taking one back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.procurement.openprocurement.access import (
    ABSENT,
    UNSURE,
    Access,
    Act,
    Doing,
    marked,
    must_have,
    must_hold,
    organisation,
    target,
    text,
)
from bot.procurement.openprocurement.link import mark
from bot.procurement.openprocurement.reading import Doc, money
from bot.procurement.port import Action, Credential, Found, Kind, Preview, Receipt, Refused

REMEDY = "changeTenderDocumentation"
AWARD_REMEDY = "setAsideAward"


def prepare_complaint(core: Access, action: Action, credential: Credential | None) -> Preview:
    """About the tender, or about an award: that only who bid may do, with the bid's token."""
    must_have(action)
    text(action, "title", 200)
    text(action, "text")
    doc, config = core.tender(action)
    about: Doc = doc
    if action.values.get("award"):
        about = next((a for a in doc.get("awards", []) if a["id"] == action.values["award"]), {})
        if not about:
            raise Refused("not_found", field="award")
        must_hold(credential)
    heard = "hasAwardComplaints" if action.values.get("award") else "hasTenderComplaints"
    if config.get(heard) is False or "complaintPeriod" not in about:
        raise Refused("not_offered", "this procedure hears no complaints")
    ends = core.reader.moment(about, "complaintPeriod", "endDate")
    core.must_be_open(core.reader.moment(about, "complaintPeriod", "startDate"), ends)
    return Preview(
        action, core.link.now(), core.reader.tender(doc), deadline=ends,
        effects=("complaint_drafted", "counts_once_fee_is_paid"), undo="withdraw_complaint",
    )  # fmt: skip


def complain(core: Access, doing: Doing) -> Receipt:
    """A draft with its number and fee; the core makes it count when it sees the payment."""
    action, sign = doing.action, mark(doing.key)
    data = {
        "title": text(action, "title", 200),
        "description": f"{text(action, 'text')}\n({sign})",
        "type": "complaint",
        "status": "draft",
        "author": organisation(action.party, core.profile),
        "objections": [_objection(core, action)],
    }
    by = doing.credential if action.values.get("award") else None
    doc, token = core.create(_place(action), data, by)
    if token is None:  # filed all the same, only not to be taken back from here
        return _receipt(core, doc, None)
    return _receipt(core, doc, doing.kept(Credential("complaint", doc["id"], token)))


def match_complaint(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del since
    rows = marked(core.rows(_place(action)), mark(key), "description")
    if not rows:
        return ABSENT
    # About an award it is done with the bid's token, which is none of the complaint.
    own = credential if credential and credential.kind == "complaint" else None
    return Found("done", _receipt(core, rows[0], own)) if len(rows) == 1 else UNSURE


def prepare_withdraw(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_hold(credential)
    tender, _ = core.tender(action)
    doc = core.data(_filed_at(core, action))
    if doc.get("status") == "mistaken":
        raise Refused("already_done")
    if doc.get("status") != "draft":
        raise Refused("wrong_state", doc.get("status", ""), field="complaint")
    return Preview(
        action, core.link.now(), core.reader.tender(tender), effects=("complaint_withdrawn",)
    )


def withdraw(core: Access, doing: Doing) -> Receipt:
    path = _filed_at(core, doing.action)
    doc = core.change(path, {"status": "mistaken"}, doing.credential)
    return _done(core, doc, "withdraw_complaint")


def match_withdraw(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, key, since
    doc = core.data(_filed_at(core, action))
    if doc.get("status") == "mistaken":
        return Found("done", _done(core, doc, "withdraw_complaint"))
    return ABSENT


def _place(action: Action) -> str:
    award = action.values.get("award")
    about = f"/tenders/{action.tender}" + (f"/awards/{award}" if award else "")
    return f"{about}/complaints"


def all_of(core: Access, tender: str) -> list[Doc]:
    """Complaints about the tender, and about each of its awards."""
    return [doc for place in _places(core, tender) for doc in _heard(core, place)]


def _filed_at(core: Access, action: Action) -> str:
    """Where the complaint stands: who takes it back need not say what it is about."""
    for place in _places(core, action.tender or ""):
        if any(doc["id"] == target(action) for doc in _heard(core, place)):
            return f"{place}/{target(action)}"
    raise Refused("not_found", field="complaint")


def _places(core: Access, tender: str) -> Iterator[str]:
    """An award hears complaints only from its decision on."""
    here = f"/tenders/{tender}"
    yield f"{here}/complaints"
    for award in core.rows(f"{here}/awards"):
        if "complaintPeriod" in award:
            yield f"{here}/awards/{award['id']}/complaints"


def _heard(core: Access, place: str) -> list[Doc]:
    """What was complained about there; a procedure that hears none has no such list."""
    try:
        return core.rows(place)
    except Refused as refused:
        if refused.reason in ("not_found", "not_offered"):
            return []
        raise


def _objection(core: Access, action: Action) -> dict[str, Any]:
    scheme, code = core.profile.objection
    award = action.values.get("award")
    return {
        "title": text(action, "title", 200),
        "description": text(action, "text"),
        "relatesTo": "award" if award else "tender",
        "relatedItem": award or action.tender,
        "classification": {"scheme": scheme, "id": code, "description": text(action, "title", 200)},
        "requestedRemedies": [
            {
                "type": AWARD_REMEDY if award else REMEDY,
                "description": text(action, "remedy") or text(action, "title", 200),
            }
        ],
        "arguments": [{"description": text(action, "text")}],
        "sequenceNumber": 1,
    }


def _receipt(core: Access, doc: Doc, credential: Credential | None) -> Receipt:
    waits = doc.get("status") == "draft"
    return Receipt(
        "complaint", doc["id"], doc.get("complaintID", doc["id"]),
        core.reader.moment(doc, "date") or core.link.now(),
        "awaiting_payment" if waits else "done", doc.get("status", ""),
        fee=money(doc.get("value")), credential=credential,
    )  # fmt: skip


def _done(core: Access, doc: Doc, kind: Kind) -> Receipt:
    at = core.reader.moment(doc, "date") or core.link.now()
    return Receipt(
        kind, doc["id"], doc.get("complaintID", doc["id"]), at, status=doc.get("status", "")
    )


ACTS = {
    "complaint": Act(prepare_complaint, complain, match_complaint),
    "withdraw_complaint": Act(prepare_withdraw, withdraw, match_withdraw),
}

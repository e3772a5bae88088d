"""A buyer's plan of what it means to buy."""

from datetime import datetime
from typing import Any

from bot.procurement.openprocurement.access import (
    ABSENT,
    Access,
    Act,
    Doing,
    amount,
    moment,
    must_have,
    organisation,
    text,
)
from bot.procurement.openprocurement.link import id_of
from bot.procurement.openprocurement.reading import Doc, number
from bot.procurement.openprocurement.tenders import CATEGORIES
from bot.procurement.port import Action, Credential, Found, Preview, Receipt, Refused


def prepare_plan(core: Access, action: Action, credential: Credential | None) -> Preview:
    del credential
    must_have(action)
    if action.values["category"] not in CATEGORIES:
        raise Refused("malformed", field="category")
    worth = amount(action, action.values.get("currency") or core.profile.currency)
    if action.values.get("starts"):
        moment(action, "starts")
    return Preview(action, core.link.now(), amount=worth, effects=("published_to_all",))


def plan(core: Access, doing: Doing) -> Receipt:
    """A draft, then scheduled: from then on everybody sees it."""
    action, credential = doing.action, doing.credential
    if credential is None:
        draft = core.create_owned("plan", "/plans", _plan(core, action, doing.key))
        credential = doing.kept(draft)
    path = f"/plans/{credential.object}"
    return _receipt(core, core.change(path, {"status": "scheduled"}, credential), credential)


def match_plan(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    """A draft that was lost on the way shows nowhere; what counts is a scheduled plan."""
    del action, key, since
    if credential is None:
        return ABSENT
    doc = core.data(f"/plans/{credential.object}")
    if doc.get("status") == "draft":
        return ABSENT
    return Found("done", _receipt(core, doc, credential))


def _plan(core: Access, action: Action, key: str) -> dict[str, Any]:
    values, profile, now = action.values, core.profile, core.link.now()
    worth = amount(action, values.get("currency") or profile.currency)
    buyer = organisation(action.party, profile) | {"kind": "general"}
    buyer.pop("contactPoint")
    title = text(action, "title", 300)
    starts = moment(action, "starts") if values.get("starts") else now
    code = {"scheme": profile.class_scheme, "id": text(action, "code"), "description": title}
    year = int(values.get("year") or starts.year)
    return {
        "status": "draft",
        "procuringEntity": buyer,
        "buyers": [buyer],
        "tender": {
            "procurementMethod": "open",
            "procurementMethodType": "belowThreshold",
            "tenderPeriod": {"startDate": profile.write(starts)},
        },
        "budget": {
            "id": id_of(key)[:12],
            "description": title,
            "amount": number(worth.amount),
            "currency": worth.currency,
            "period": {"startDate": f"{year}-01-01T00:00:00", "endDate": f"{year}-12-31T00:00:00"},
        },
        "classification": code,
        "items": [
            {
                "description": text(action, "description") or title,
                "classification": code,
                "quantity": 1,
                "unit": {"name": "unit", "code": "H87"},
            }
        ],
    }


def _receipt(core: Access, doc: Doc, credential: Credential) -> Receipt:
    at = core.reader.moment(doc, "dateModified") or core.link.now()
    return Receipt("plan", doc["id"], doc.get("planID", ""), at, status=doc.get("status", ""),
                   credential=credential)  # fmt: skip


ACTS = {"plan": Act(prepare_plan, plan, match_plan)}

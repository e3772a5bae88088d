"""A core's answer as the rest of the client may believe it: what has another shape is left out.

Cores send null for what they do not have, and some send a text where the API has an object. Parsed
here once, so that `doc.get("items", [])` is a list of objects wherever it is asked.
"""

from typing import Any

_TEXTS = frozenset(
    {"id", "title", "description", "status", "name", "number", "tenderID", "contractID", "planID",
     "complaintID", "mainProcurementCategory", "currency", "answer", "decision", "documentType",
     "format", "url", "hash", "bid_id", "awardID", "tender_id", "locality", "region", "countryName",
     "relatedLot", "reason", "token", "source", "dataType", "relatesTo", "relatedItem"}
)  # fmt: skip
_OBJECTS = frozenset(
    {"procuringEntity", "buyer", "value", "enquiryPeriod", "tenderPeriod", "auctionPeriod",
     "complaintPeriod", "period", "classification", "unit", "address", "deliveryAddress", "author",
     "identifier", "budget", "amountPaid", "implementation", "signerInfo", "config", "access",
     "next_page"}
)  # fmt: skip
_PARTIES = frozenset(
    {"suppliers", "tenderers", "lotValues", "criteria", "requirementGroups", "requirements",
     "requirementResponses"}
)  # fmt: skip
# Rows that are spoken of by their id: one without is nothing that could be acted on.
_ROWS = frozenset(
    {"items", "lots", "questions", "bids", "awards", "contracts", "documents", "complaints",
     "cancellations", "transactions"}
)  # fmt: skip


def as_documented(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the answer, for `json.loads(…, object_pairs_hook=as_documented)`."""
    found: dict[str, Any] = {}
    answer = any(name == "requirement" for name, _ in pairs)
    for name, value in pairs:
        if answer and name == "value":  # of an answer to a criterion, and no money
            found |= {name: value} if value is not None else {}
        elif name in _ROWS or (name == "data" and isinstance(value, list)):
            if isinstance(value, list):
                found[name] = [one for one in value if isinstance(one, dict) and one.get("id")]
        elif name in _PARTIES:
            if isinstance(value, list):
                found[name] = [one for one in value if isinstance(one, dict)]
        elif value is not None and isinstance(value, _kind(name)):
            found[name] = value
    return found


def _kind(name: str) -> type:
    if name in _TEXTS:
        return str
    return dict if name in _OBJECTS or name == "data" else object

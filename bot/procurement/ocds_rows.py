"""From OCDS releases to the port's rows. Contact persons are not taken over."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.procurement import port
from bot.procurement.ocds_releases import Doc

# From the standard's states to those the desk shows.
STATES = {
    "planning": "planning",
    "planned": "planned",
    "active": "active",
    "cancelled": "cancelled",
    "unsuccessful": "unsuccessful",
    "complete": "complete",
    "withdrawn": "cancelled",
}

REACHES = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+\d[\d ().-]{6,}\d")


def tender(release: Doc) -> port.Tender:
    tender: Doc = release.get("tender", {})
    buyer = release.get("buyer") or tender.get("procuringEntity") or {}
    period, asking = tender.get("tenderPeriod", {}), tender.get("enquiryPeriod", {})
    return port.Tender(
        id=release["ocid"],
        number=_number(release),
        title=_clean(_title(release)),
        description=_clean(tender.get("description") or ""),
        status=STATES.get(tender.get("status") or "", "planning" if not tender else "active"),
        buyer=name(buyer),
        buyer_id=str(buyer.get("id") or ""),
        value=money(tender.get("value")),
        category=tender.get("mainProcurementCategory") or "",
        place=_place(release, buyer),
        enquiry_ends=moment(asking.get("endDate")),
        clarifications_until=None,
        tender_starts=moment(period.get("startDate")),
        tender_ends=moment(period.get("endDate")),
        opens_at=moment(period.get("endDate")),
        modified_at=moment(release["date"]),
        items=[_item(one) for one in tender.get("items") or []],
        documents=[_document(one) for one in tender.get("documents") or []],
        codes=_codes(tender),
    )


def _title(release: Doc) -> str:
    """The tender's title, or where only what came after it is published, the title of that."""
    tender: Doc = release.get("tender", {})
    later = [*(release.get("awards") or []), *(release.get("contracts") or [])]
    titles = [tender.get("title"), tender.get("description"), *(one.get("title") for one in later)]
    return str(next((title for title in titles if title), release["ocid"]))


def _clean(text: str) -> str:
    """Without e-mail addresses and telephone numbers, which publishers leave in free text."""
    return REACHES.sub("[…]", text)


def _number(release: Doc) -> str:
    """What people quote. An ocid that is too long for the record ends in a digest of it."""
    ocid: str = release["ocid"]
    if len(ocid) <= 60:
        return ocid
    return f"{ocid[:49]}-{hashlib.sha256(ocid.encode()).hexdigest()[:10]}"


def _item(doc: Doc) -> port.Item:
    quantity = doc.get("quantity")
    return port.Item(
        id=str(doc.get("id", "")),
        description=doc.get("description") or "",
        quantity=_decimal(quantity),
        unit=(doc.get("unit") or {}).get("name") or "",
        code=str((doc.get("classification") or {}).get("id") or ""),
    )


def _codes(tender: Doc) -> list[str]:
    codes = [str((one.get("classification") or {}).get("id") or "")
             for one in tender.get("items") or []]  # fmt: skip
    return list(dict.fromkeys(code for code in codes if code))


def _document(doc: Doc) -> port.Document:
    return port.Document(
        id=str(doc.get("id", "")),
        title=doc.get("title") or "",
        kind=doc.get("documentType") or "",
        media_type=doc.get("format") or "",
        url=doc.get("url") or "",
        published_at=moment(doc.get("datePublished")),
    )


def award(doc: Doc) -> port.Award:
    return port.Award(
        id=str(doc["id"]),
        status=doc.get("status") or "",
        bid="",
        supplier=", ".join(name(one) for one in doc.get("suppliers") or []),
        amount=money(doc.get("value")),
        decided_at=moment(doc.get("date")),
        complaints_until=None,
    )


def contract(release: Doc, doc: Doc) -> port.Contract:
    period = doc.get("period") or {}
    awards = {str(one["id"]): one for one in release.get("awards") or []}
    award = awards.get(str(doc.get("awardID")), {})
    payments = [
        _payment(one) for one in (doc.get("implementation") or {}).get("transactions") or []
    ]
    return port.Contract(
        id=f"{release['ocid']}#{doc['id']}",
        number=str(doc["id"]),
        status=doc.get("status") or "",
        tender=release["ocid"],
        award=str(doc.get("awardID") or ""),
        supplier=", ".join(name(one) for one in award.get("suppliers") or []),
        buyer=name(release.get("buyer")),
        amount=money(doc.get("value")),
        paid=_sum(payments),
        signed_at=moment(doc.get("dateSigned")),
        starts=moment(period.get("startDate")),
        ends=moment(period.get("endDate")),
        payments=payments,
    )


def _payment(doc: Doc) -> port.Payment:
    value = money(doc.get("value") or doc.get("amount"))
    return port.Payment(str(doc.get("id", "")), value, moment(doc.get("date")), "successful")


def _sum(payments: Sequence[port.Payment]) -> port.Money | None:
    """What was paid in all, when it is all in one currency."""
    amounts = [one.amount for one in payments if one.amount]
    if not amounts or len({one.currency for one in amounts}) != 1:
        return None
    return port.Money(sum((one.amount for one in amounts), Decimal(0)), amounts[0].currency)


def _place(release: Doc, buyer: Doc) -> str:
    for party in release.get("parties") or []:
        if party.get("id") == buyer.get("id"):
            address = party.get("address") or {}
            parts = (address.get(n) for n in ("locality", "region", "countryName"))
            return ", ".join(dict.fromkeys(str(part) for part in parts if part))
    return ""


def name(party: Any) -> str:
    return str(party.get("name") or "") if isinstance(party, dict) else ""


def money(value: Any) -> port.Money | None:
    amount = _decimal(value.get("amount")) if isinstance(value, dict) else None
    return None if amount is None else port.Money(amount, str(value.get("currency") or ""))


def _decimal(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

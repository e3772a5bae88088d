"""From the API's JSON to the port's rows. What a core leaves out is None or empty."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.procurement.openprocurement.criteria import answers_of, criteria_of
from bot.procurement.openprocurement.profile import Profile
from bot.procurement.port import (
    Award,
    Bid,
    Complaint,
    Contract,
    Document,
    Item,
    Lot,
    Money,
    Payment,
    Plan,
    Question,
    Tender,
)

Doc = Mapping[str, Any]


MOST = Decimal(10) ** 18  # what is more is no money


def money(value: Any) -> Money | None:
    if not isinstance(value, dict):
        return None
    amount = decimal(value.get("amount"))
    return Money(amount, value.get("currency", "")) if amount is not None else None


def decimal(value: Any) -> Decimal | None:
    """An amount or a quantity of an answer; None for what is none."""
    try:
        read = Decimal(str(value)).normalize() + 0
    except InvalidOperation:
        return None
    return read if read.is_finite() and 0 <= read < MOST else None


def number(value: Decimal) -> float:
    """The API takes amounts as JSON numbers."""
    return float(value)


class Reader:
    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def moment(self, doc: Doc | None, *path: str) -> datetime | None:
        """The moment at a path of names; None where any of them is missing."""
        value: Any = doc
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return self._profile.read(value) if isinstance(value, str) else None

    def tender(self, doc: Doc) -> Tender:
        buyer = doc.get("procuringEntity", {})
        return Tender(
            id=doc["id"],
            number=doc.get("tenderID", ""),
            title=doc.get("title", ""),
            description=doc.get("description", ""),
            status=doc.get("status", ""),
            buyer=buyer.get("name", ""),
            buyer_id=buyer.get("identifier", {}).get("id", ""),
            value=money(doc.get("value")),
            category=doc.get("mainProcurementCategory", ""),
            place=_place(doc),
            enquiry_ends=self.moment(doc, "enquiryPeriod", "endDate"),
            clarifications_until=self.moment(doc, "enquiryPeriod", "clarificationsUntil"),
            tender_starts=self.moment(doc, "tenderPeriod", "startDate"),
            tender_ends=self.moment(doc, "tenderPeriod", "endDate"),
            opens_at=self.moment(doc, "auctionPeriod", "startDate")
            or self.moment(doc, "tenderPeriod", "endDate"),
            modified_at=self.moment(doc, "dateModified"),
            items=[_item(one) for one in doc.get("items", [])],
            lots=[Lot(one["id"], one.get("title", ""), money(one.get("value")))
                  for one in doc.get("lots", [])],
            questions=[self.question(one) for one in doc.get("questions", [])],
            documents=self.documents(doc),
            codes=_codes(doc),
            with_vat=doc.get("value", {}).get("valueAddedTaxIncluded") is True,
            criteria=criteria_of(doc),
        )  # fmt: skip

    def question(self, doc: Doc) -> Question:
        return Question(
            id=doc["id"],
            title=doc.get("title", ""),
            text=doc.get("description", ""),
            answer=doc.get("answer"),
            asked_at=self.moment(doc, "date"),
            answered_at=self.moment(doc, "dateAnswered"),
            author=doc.get("author", {}).get("name", ""),
        )

    def bid(self, doc: Doc) -> Bid:
        lots = doc.get("lotValues") or [doc]
        amounts = [money(lot.get("value")) for lot in lots]
        known = [amount for amount in amounts if amount]
        total = (
            Money(sum((a.amount for a in known), Decimal(0)), known[0].currency) if known else None
        )
        return Bid(
            id=doc["id"],
            status=doc.get("status", ""),
            amount=total,
            bidder=_names(doc.get("tenderers", [])),
            submitted_at=self.moment(doc, "submissionDate"),
            documents=self.documents(doc),
            amounts={
                lot["relatedLot"]: amount.amount
                for lot, amount in zip(lots, amounts, strict=True)
                if amount and "relatedLot" in lot
            },
            prices=_prices(doc),
            answers=answers_of(doc),
        )

    def award(self, doc: Doc) -> Award:
        return Award(
            id=doc["id"],
            status=doc.get("status", ""),
            bid=doc.get("bid_id", ""),
            supplier=_names(doc.get("suppliers", [])),
            amount=money(doc.get("value")),
            decided_at=self.moment(doc, "date") if doc.get("status") != "pending" else None,
            complaints_until=self.moment(doc, "complaintPeriod", "endDate"),
        )

    def contract(self, doc: Doc) -> Contract:
        """A whole contract, or the short form that a tender keeps of it."""
        payments = doc.get("implementation", {}).get("transactions", [])
        suppliers = doc.get("suppliers", [])
        return Contract(
            id=doc["id"],
            number=doc.get("contractID", ""),
            status=doc.get("status", ""),
            tender=doc.get("tender_id", ""),
            award=doc.get("awardID", ""),
            supplier=_names(suppliers),
            buyer=doc.get("buyer", {}).get("name", ""),
            amount=money(doc.get("value")),
            paid=money(doc.get("amountPaid")),
            signed_at=self.moment(doc, "dateSigned"),
            starts=self.moment(doc, "period", "startDate"),
            ends=self.moment(doc, "period", "endDate"),
            payments=[self.payment(one) for one in payments],
            supplier_signs=bool(suppliers) and all("signerInfo" in one for one in suppliers),
            buyer_signs="signerInfo" in doc.get("buyer", {}),
        )

    def payment(self, doc: Doc) -> Payment:
        return Payment(
            doc["id"], money(doc.get("value")), self.moment(doc, "date"), doc.get("status", "")
        )

    def complaint(self, doc: Doc) -> Complaint:
        return Complaint(
            id=doc["id"],
            number=doc.get("complaintID", ""),
            status=doc.get("status", ""),
            title=doc.get("title", ""),
            text=doc.get("description", ""),
            filed_at=self.moment(doc, "dateSubmitted") or self.moment(doc, "date"),
            fee=money(doc.get("value")),
            decision=doc.get("decision", ""),
        )

    def plan(self, doc: Doc) -> Plan:
        return Plan(
            id=doc["id"],
            number=doc.get("planID", ""),
            status=doc.get("status", ""),
            title=doc.get("budget", {}).get("description", ""),
            buyer=doc.get("procuringEntity", {}).get("name", ""),
            value=money(doc.get("budget")),
            tender=doc.get("tender_id"),
        )

    def documents(self, doc: Doc) -> list[Document]:
        """The newest version of each document."""
        latest = {one["id"]: one for one in doc.get("documents", [])}
        return [
            Document(
                id=one["id"],
                title=one.get("title", ""),
                kind=one.get("documentType", ""),
                media_type=one.get("format", ""),
                url=one.get("url", ""),
                published_at=self.moment(one, "datePublished"),
            )
            for one in latest.values()
        ]


def _names(parties: Sequence[Doc]) -> str:
    return ", ".join(one["name"] for one in parties if "name" in one)


def _item(doc: Doc) -> Item:
    return Item(
        id=doc["id"],
        description=doc.get("description", ""),
        quantity=decimal(doc.get("quantity")),
        unit=doc.get("unit", {}).get("name", ""),
        code=doc.get("classification", {}).get("id", ""),
        lot=doc.get("relatedLot"),
    )


def _prices(doc: Doc) -> dict[str, Decimal]:
    """What one unit of each item of a bid costs."""
    prices = {i["id"]: money(i.get("unit", {}).get("value")) for i in doc.get("items", [])}
    return {item: price.amount for item, price in prices.items() if price}


def _codes(doc: Doc) -> list[str]:
    codes = [item.get("classification", {}).get("id") for item in doc.get("items", [])]
    return list(dict.fromkeys(code for code in codes if code))


def _place(doc: Doc) -> str:
    """Where it is delivered, or where the buyer is."""
    for item in doc.get("items", []):
        address = item.get("deliveryAddress")
        if address and (address.get("locality") or address.get("region")):
            return _line(address)
    return _line(doc.get("procuringEntity", {}).get("address", {}))


def _line(address: Doc) -> str:
    parts = (address.get("locality"), address.get("region"), address.get("countryName"))
    return ", ".join(dict.fromkeys(part for part in parts if part))

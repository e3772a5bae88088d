"""A core that is only read: OCDS 1.1.5 releases and records, from a file, a folder or a URL.

Every release is checked against the published schema; what does not hold is left out and counted.
Publishers differ in what they put around their releases: bare releases, bare records, packages of
either. Contact persons of live data are never taken over: nothing here reads `contactPoint`.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import httpx
from jsonschema import Draft4Validator, FormatChecker

from bot.procurement import port

PREFIX = "ocds+"
SCHEMA = Path(__file__).parent / "ocds_schema" / "release-schema-1.1.5.json"
MOST_BYTES = 200_000_000
SECONDS = 30.0
FRESH = 300.0  # seconds for which what was read stands
PAGE = 100
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

Doc = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Read:
    """Valid releases by ocid, in the order of their dates, and how many were left out."""

    releases: Mapping[str, Doc] = field(default_factory=dict)
    left_out: int = 0


class OcdsCore:
    """`place` is a path, or a file:, http: or https: address."""

    name = "ocds"
    capabilities: frozenset[port.Kind] = frozenset()

    def __init__(self, place: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._place, self._transport = place, transport
        self._lock = threading.Lock()
        self._read: Read | None = None
        self._at = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def ready(self) -> bool:
        try:
            self.read()
        except port.CoreError:
            return False
        return True

    def read(self) -> Read:
        """What is published now, read again when it has grown old; raises Unreachable."""
        with self._lock:
            if self._read is None or time.monotonic() - self._at > FRESH:
                self._read = gather(self._texts())
                self._at = time.monotonic()
            return self._read

    # --- reading -------------------------------------------------------------------------------

    def feed(self, cursor: str | None = None) -> port.Page:
        """By the date of the last release; the cursor is that date with its ocid."""
        lines = sorted((release["date"], ocid) for ocid, release in self.read().releases.items())
        after = tuple(cursor.split(" ", 1)) if cursor else ("", "")
        rest = [line for line in lines if line > after][:PAGE]
        changes = [port.Change(ocid, _moment(date)) for date, ocid in rest]
        return port.Page(changes, " ".join(rest[-1]) if rest else cursor)

    def find_tenders(self, wanted: port.Wanted) -> Sequence[port.Tender]:
        found = []
        for _, ocid in sorted(
            ((r["date"], o) for o, r in self.read().releases.items()), reverse=True
        ):
            tender = self.tender(ocid)
            said = f"{tender.title} {tender.description}".casefold()
            if wanted.number and wanted.number not in {tender.number, tender.id}:
                continue
            if wanted.statuses and tender.status not in wanted.statuses:
                continue
            if wanted.buyer.casefold() not in tender.buyer.casefold():
                continue
            if all(word in said for word in wanted.text.casefold().split()):
                found.append(tender)
        return found[: wanted.limit]

    def tender(self, tender: str) -> port.Tender:
        return _tender(self._release(tender))

    def bid(self, tender: str, bid: str, credential: port.Credential | None = None) -> port.Bid:
        del credential, bid
        self._release(tender)
        raise port.Refused("not_offered", "OCDS publishes no single bids")

    def bids(self, tender: str) -> Sequence[port.Bid]:
        self._release(tender)
        raise port.Refused("not_offered", "OCDS publishes no single bids")

    def award(self, tender: str, award: str) -> port.Award:
        return _only([one for one in self.awards(tender) if one.id == award], "award")

    def awards(self, tender: str) -> Sequence[port.Award]:
        return [_award(one) for one in self._release(tender).get("awards", [])]

    def contract(self, contract: str) -> port.Contract:
        """`contract` is ocid and contract id, as `contracts` gives them."""
        ocid, _, _ = contract.partition("#")
        return _only([one for one in self.contracts(ocid) if one.id == contract], "contract")

    def contracts(self, tender: str) -> Sequence[port.Contract]:
        release = self._release(tender)
        return [_contract(release, one) for one in release.get("contracts", [])]

    def complaint(self, tender: str, complaint: str) -> port.Complaint:
        del complaint
        self._release(tender)
        raise port.Refused("not_offered", "OCDS publishes no complaints")

    def complaints(self, tender: str) -> Sequence[port.Complaint]:
        self._release(tender)
        raise port.Refused("not_offered", "OCDS publishes no complaints")

    def plan(self, plan: str) -> port.Plan:
        release = self._release(plan)
        budget = release.get("planning", {}).get("budget", {})
        return port.Plan(
            id=plan,
            number=plan,
            status="planning",
            title=budget.get("description", "") or release.get("tender", {}).get("title", ""),
            buyer=_name(release.get("buyer")),
            value=_money(budget.get("amount")),
            tender=plan if "tender" in release else None,
        )

    # --- acting: this core cannot ----------------------------------------------------------------

    def prepare(
        self, action: port.Action, credential: port.Credential | None = None
    ) -> port.Preview:
        del action, credential
        raise port.Refused("not_offered", "this core is only read")

    def perform(
        self,
        preview: port.Preview,
        credential: port.Credential | None,
        key: str,
        *,
        files: Sequence[port.Attachment] = (),
        keep: port.Keep | None = None,
    ) -> port.Receipt:
        del preview, credential, key, files, keep
        raise port.Refused("not_offered", "this core is only read")

    def match(
        self,
        action: port.Action,
        credential: port.Credential | None,
        key: str,
        *,
        since: datetime,
    ) -> port.Found:
        del action, credential, key, since
        return port.Found("absent")

    def _release(self, ocid: str) -> Doc:
        release = self.read().releases.get(ocid)
        if release is None:
            raise port.Refused("not_found", field="tender")
        return release

    def _texts(self) -> Iterator[str]:
        """The JSON texts at the place."""
        parts = urlsplit(self._place)
        if parts.scheme in {"http", "https"}:
            yield self._fetched()
            return
        path = Path(unquote(parts.path) if parts.scheme == "file" else self._place)
        try:
            files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
            for file in files:
                yield file.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise port.Unreachable(f"the file cannot be read: {error.strerror}") from None

    def _fetched(self) -> str:
        try:
            with (
                httpx.Client(timeout=SECONDS, transport=self._transport) as http,
                http.stream("GET", self._place, follow_redirects=True) as answer,
            ):
                if not answer.is_success:
                    raise port.Unreachable(f"the publisher answered {answer.status_code}")
                whole = bytearray()
                for chunk in answer.iter_bytes():
                    whole += chunk
                    if len(whole) > MOST_BYTES:
                        raise port.Unreachable("the publisher's file is too large")
        except httpx.HTTPError as error:
            raise port.Unreachable(type(error).__name__) from None
        return whole.decode("utf-8-sig", errors="replace")


def gather(texts: Iterator[str]) -> Read:
    """The latest valid state of each process out of packages, releases and records."""
    releases: dict[str, Doc] = {}
    left_out = 0
    for text in texts:
        try:
            whole = json.loads(text)
        except ValueError:
            left_out += 1
            continue
        for release in _releases(whole):
            if not valid(release):
                left_out += 1
                continue
            known = releases.get(release["ocid"])
            releases[release["ocid"]] = _merged(known, release) if known else release
    return Read(releases, left_out)


def _releases(whole: Any) -> Iterator[Any]:
    """Releases in whatever shape they come."""
    if isinstance(whole, list):
        for one in whole:
            yield from _releases(one)
    elif not isinstance(whole, dict):
        yield whole
    elif "records" in whole:
        for record in whole["records"] or []:
            yield from _releases(record)
    elif "compiledRelease" in whole:
        yield whole["compiledRelease"]
    elif "releases" in whole:
        # A release of a record may be only an address of it; that is nothing to read.
        yield from (one for one in whole["releases"] or [] if "ocid" in one or "url" not in one)
    else:
        yield whole


def _merged(known: Doc, release: Doc) -> Doc:
    """Two releases of one process: the later one's parts over the earlier one's."""
    earlier, later = sorted((known, release), key=lambda one: str(one["date"]))
    return {**earlier, **later}


def valid(release: Any) -> bool:
    """Whether it holds to the release schema 1.1.5, which also a compiled release does."""
    if not isinstance(release, dict) or not isinstance(release.get("date"), str):
        return False
    return next(_validator().iter_errors(release), None) is None


@cache
def _validator() -> Draft4Validator:
    schema = json.loads(SCHEMA.read_text())
    checker = FormatChecker(formats=())
    checker.checks("date-time", raises=ValueError)(_is_moment)
    return Draft4Validator(schema, format_checker=checker)


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


def _tender(release: Doc) -> port.Tender:
    tender: Doc = release.get("tender", {})
    buyer = release.get("buyer") or tender.get("procuringEntity") or {}
    period, asking = tender.get("tenderPeriod", {}), tender.get("enquiryPeriod", {})
    return port.Tender(
        id=release["ocid"],
        number=_number(release),
        title=_clean(_title(release)),
        description=_clean(tender.get("description") or ""),
        status=STATES.get(tender.get("status") or "", "planning" if not tender else "active"),
        buyer=_name(buyer),
        buyer_id=str(buyer.get("id") or ""),
        value=_money(tender.get("value")),
        category=tender.get("mainProcurementCategory") or "",
        place=_place(release, buyer),
        enquiry_ends=_moment(asking.get("endDate")),
        clarifications_until=None,
        tender_starts=_moment(period.get("startDate")),
        tender_ends=_moment(period.get("endDate")),
        opens_at=_moment(period.get("endDate")),
        modified_at=_moment(release["date"]),
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
        published_at=_moment(doc.get("datePublished")),
    )


def _award(doc: Doc) -> port.Award:
    return port.Award(
        id=str(doc["id"]),
        status=doc.get("status") or "",
        bid="",
        supplier=", ".join(_name(one) for one in doc.get("suppliers") or []),
        amount=_money(doc.get("value")),
        decided_at=_moment(doc.get("date")),
        complaints_until=None,
    )


def _contract(release: Doc, doc: Doc) -> port.Contract:
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
        supplier=", ".join(_name(one) for one in award.get("suppliers") or []),
        buyer=_name(release.get("buyer")),
        amount=_money(doc.get("value")),
        paid=_sum(payments),
        signed_at=_moment(doc.get("dateSigned")),
        starts=_moment(period.get("startDate")),
        ends=_moment(period.get("endDate")),
        payments=payments,
    )


def _payment(doc: Doc) -> port.Payment:
    value = _money(doc.get("value") or doc.get("amount"))
    return port.Payment(str(doc.get("id", "")), value, _moment(doc.get("date")), "successful")


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


def _name(party: Any) -> str:
    return str(party.get("name") or "") if isinstance(party, dict) else ""


def _money(value: Any) -> port.Money | None:
    amount = _decimal(value.get("amount")) if isinstance(value, dict) else None
    return None if amount is None else port.Money(amount, str(value.get("currency") or ""))


def _decimal(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _only(rows: list[T], what: str) -> T:
    if not rows:
        raise port.Refused("not_found", field=what)
    return rows[0]

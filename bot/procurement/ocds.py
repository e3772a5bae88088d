"""A core that is only read: OCDS 1.1.5 releases and records, from a file, a folder or a URL.

Every release is checked against the published schema; what does not hold is left out and counted.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import httpx

from bot import tls
from bot.procurement import ocds_rows as rows
from bot.procurement import port
from bot.procurement.ocds_releases import Doc, Read, gather

PREFIX = "ocds+"
MOST_BYTES = 200_000_000
SECONDS = 30.0
FRESH = 300.0  # seconds for which what was read stands
PAGE = 100

T = TypeVar("T")


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
        changes = [port.Change(ocid, rows.moment(date)) for date, ocid in rest]
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
        return rows.tender(self._release(tender))

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
        return [rows.award(one) for one in self._release(tender).get("awards", [])]

    def contract(self, contract: str) -> port.Contract:
        """`contract` is ocid and contract id, as `contracts` gives them."""
        ocid, _, _ = contract.partition("#")
        return _only([one for one in self.contracts(ocid) if one.id == contract], "contract")

    def contracts(self, tender: str) -> Sequence[port.Contract]:
        release = self._release(tender)
        return [rows.contract(release, one) for one in release.get("contracts", [])]

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
            buyer=rows.name(release.get("buyer")),
            value=rows.money(budget.get("amount")),
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
                httpx.Client(
                    timeout=SECONDS, transport=self._transport, verify=tls.context()
                ) as http,
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


def _only(found: list[T], what: str) -> T:
    if not found:
        raise port.Refused("not_found", field=what)
    return found[0]

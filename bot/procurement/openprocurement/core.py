"""`ProcurementCore` over the openprocurement API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import httpx

from bot.procurement import port
from bot.procurement.openprocurement import (
    awards,
    bids,
    complaints,
    contracts,
    plans,
    questions,
    tenders,
)
from bot.procurement.openprocurement.access import Access, Act, Doing
from bot.procurement.openprocurement.link import SECONDS, Link
from bot.procurement.openprocurement.profile import Profile
from bot.procurement.openprocurement.reading import Reader

ACTS = cast(
    Mapping[port.Kind, Act],
    {
        **questions.ACTS,
        **bids.ACTS,
        **complaints.ACTS,
        **tenders.ACTS,
        **plans.ACTS,
        **awards.ACTS,
        **contracts.ACTS,
    },
)
MOST_PAGES = 20
MOST_LOOKED = 50  # tenders fetched for one search by words: somebody waits for it


class OpenProcurement:
    """The core at `url` (without /api/2.5), reached with the desk's `key`. Safe to share."""

    name = "openprocurement"
    capabilities: frozenset[port.Kind] = frozenset(ACTS)

    def __init__(
        self,
        url: str,
        key: str,
        profile: Profile | None = None,
        *,
        documents: str | None = None,
        transport: httpx.BaseTransport | None = None,
        seconds: float = SECONDS,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        profile = profile or Profile()
        more = {"sleep": sleep} if sleep else {}
        self._link = Link(
            url, key, profile, documents=documents, transport=transport, seconds=seconds, **more
        )
        self._reader = Reader(profile)
        self._access = Access(self._link, self._reader, profile)

    def close(self) -> None:
        self._link.close()

    def now(self) -> datetime:
        return self._link.now()

    def ready(self) -> bool:
        try:
            self._link.read("/tenders", query={"limit": "1"})
        except port.CoreError:
            return False
        return True

    # --- reading -------------------------------------------------------------------------------

    def feed(self, cursor: str | None = None) -> port.Page:
        query = {"limit": str(self._access.profile.page)}
        if self._access.profile.feed_mode:
            query["mode"] = self._access.profile.feed_mode
        if cursor:
            query["offset"] = cursor
        rows, after = self._rows(query)
        changes = [port.Change(row["id"], self._reader.moment(row, "dateModified")) for row in rows]
        return port.Page(changes, after or cursor)

    def find_tenders(self, wanted: port.Wanted) -> Sequence[port.Tender]:
        """Walks the feed from its newest end, as the API has no search: bounded, and slow."""
        found: list[port.Tender] = []
        looked = 0
        for row in self._newest():
            if wanted.number and row.get("tenderID") != wanted.number:
                continue
            if wanted.statuses and row.get("status") not in wanted.statuses:
                continue
            buyer = row.get("procuringEntity", {}).get("name", "")
            if wanted.buyer.casefold() not in buyer.casefold():
                continue
            looked += 1
            tender = self._still_there(row["id"])
            if tender is None:
                continue
            said = f"{tender.title} {tender.description}".casefold()
            if all(word in said for word in wanted.text.casefold().split()):
                found.append(tender)
            if len(found) >= wanted.limit or looked >= MOST_LOOKED or wanted.number:
                break
        return found

    def _still_there(self, tender: str) -> port.Tender | None:
        try:
            return self.tender(tender)
        except port.CoreError:  # taken out of sight since the feed named it, or broken there
            return None

    def tender(self, tender: str) -> port.Tender:
        return self._reader.tender(self._data(f"/tenders/{tender}"))

    def bid(
        self, tender: str, bid: str, credential: port.Credential | None = None
    ) -> port.Bid:  # fmt: skip
        return self._reader.bid(self._data(f"/tenders/{tender}/bids/{bid}", credential))

    def bids(self, tender: str) -> Sequence[port.Bid]:
        return [self._reader.bid(one) for one in self._access.rows(f"/tenders/{tender}/bids")]

    def award(self, tender: str, award: str) -> port.Award:
        return self._reader.award(self._data(f"/tenders/{tender}/awards/{award}"))

    def awards(self, tender: str) -> Sequence[port.Award]:
        return [self._reader.award(one) for one in self._access.rows(f"/tenders/{tender}/awards")]

    def contract(self, contract: str) -> port.Contract:
        return self._reader.contract(self._data(f"/contracts/{contract}"))

    def contracts(self, tender: str) -> Sequence[port.Contract]:
        rows = self._access.rows(f"/tenders/{tender}/contracts")
        return [replace(self._reader.contract(one), tender=tender) for one in rows]

    def complaint(self, tender: str, complaint: str) -> port.Complaint:
        return self._reader.complaint(self._data(f"/tenders/{tender}/complaints/{complaint}"))

    def complaints(self, tender: str) -> Sequence[port.Complaint]:
        """Those about the tender and those about its awards."""
        return [self._reader.complaint(one) for one in complaints.all_of(self._access, tender)]

    def plan(self, plan: str) -> port.Plan:
        return self._reader.plan(self._data(f"/plans/{plan}"))

    # --- acting --------------------------------------------------------------------------------

    def prepare(
        self, action: port.Action, credential: port.Credential | None = None
    ) -> port.Preview:  # fmt: skip
        return self._act(action).prepare(self._access, action, credential)

    def perform(
        self,
        preview: port.Preview,
        credential: port.Credential | None,
        key: str,
        *,
        files: Sequence[port.Attachment] = (),
        keep: port.Keep | None = None,
    ) -> port.Receipt:
        act = self._act(preview.action)
        fresh = act.prepare(self._access, preview.action, credential)
        if fresh.deadline != preview.deadline or fresh.limit != preview.limit:
            raise port.Refused("changed", moment=fresh.deadline, limit=fresh.limit)
        return act.perform(self._access, Doing(fresh, credential, key, files, keep))

    def match(
        self,
        action: port.Action,
        credential: port.Credential | None,
        key: str,
        *,
        since: datetime,
    ) -> port.Found:
        return self._act(action).match(self._access, action, credential, key, since)

    def _act(self, action: port.Action) -> Act:
        act = ACTS.get(action.kind)
        if act is None:
            raise port.Refused("not_offered")
        return act

    def _data(self, path: str, credential: port.Credential | None = None) -> Mapping[str, Any]:
        return self._access.data(path, credential)

    def _newest(self) -> Iterator[Mapping[str, Any]]:
        query = {"descending": "1", "limit": "100",
                 "opt_fields": "status,tenderID,procuringEntity"}  # fmt: skip
        if self._access.profile.feed_mode:
            query["mode"] = self._access.profile.feed_mode
        for _ in range(MOST_PAGES):
            rows, following = self._rows(query)
            yield from rows
            if not rows or not following or following == query.get("offset"):
                return
            query["offset"] = following

    def _rows(self, query: Mapping[str, str]) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """A page of the feed, each tender once, and where the next one begins.

        Some cores name that place by a number.
        """
        body = self._link.read("/tenders", query=query)
        listed = body.get("data") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            raise port.Unreachable("the feed cannot be read")
        rows = {row["id"]: row for row in listed if isinstance(row, dict) and row.get("id")}
        following = body.get("next_page", {}).get("offset")
        return list(rows.values()), str(following) if following is not None else None

"""Feeds: what changed, in the order of the changes, page by page."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from bot.procurement.sandbox.core import Answer, Asked, Core
from bot.procurement.sandbox.errors import Trouble
from bot.procurement.sandbox.store import Doc

# Other fields that one asks for are left out without a word, as upstream does.
FIELDS = {
    "tender": ("status", "tenderID", "procuringEntity", "tenderPeriod", "enquiryPeriod", "lots",
               "procurementMethodType", "value", "next_check", "dateCreated"),
    "contract": ("status", "contractID"),
    "plan": ("status", "planID", "procuringEntity"),
}  # fmt: skip
OFFSET = re.compile(r"\d+\.\d+\.(\d+)\.[0-9a-f]+")
MOST = 1000


def of(kind: str) -> Callable[[Core, Asked], Answer]:
    def feed(core: Core, asked: Asked) -> Answer:
        query = asked.query
        descending = query.get("descending", "") not in {"", "0"}
        after = _place(query.get("offset"))
        limit = _limit(query.get("limit"))
        rows = core.store.feed(
            kind, after, limit, descending=descending, mode=query.get("mode", "")
        )
        wanted = [n for n in query.get("opt_fields", "").split(",") if n in FIELDS[kind]]
        data = [_line(doc, wanted) for _, doc in rows]
        body: Doc = {"data": data}
        last = rows[-1] if rows else None
        if last or not descending:
            place, doc = last or (after or 0, {})
            body["next_page"] = _page(asked, kind, _offset(place, doc), descending=descending)
        if rows:
            body["prev_page"] = _page(asked, kind, _offset(*rows[0]), descending=not descending)
        return Answer(body)

    return feed


def _line(doc: Doc, wanted: list[str]) -> Doc:
    fields = {name: doc[name] for name in wanted if name in doc}
    return fields | {"dateModified": doc["dateModified"], "id": doc["id"]}


def _place(offset: str | None) -> int | None:
    if not offset:
        return None
    known = OFFSET.fullmatch(offset)
    if not known:
        raise Trouble(404, "querystring", "offset", "Invalid offset provided: " + offset[:40])
    return int(known[1])


def _offset(place: int, doc: Doc) -> str:
    modified = doc.get("dateModified")
    seconds = datetime.fromisoformat(modified).timestamp() if modified else 0.0
    return f"{seconds:.6f}.{place}.{doc.get('id', '0' * 32)}"


def _limit(limit: str | None) -> int:
    return min(int(limit), MOST) if limit and limit.isdecimal() and int(limit) else 100


def _page(asked: Asked, kind: str, offset: str, *, descending: bool) -> Doc:
    query = {n: asked.query[n] for n in ("mode", "limit") if n in asked.query}
    if descending:
        query["descending"] = "1"
    if "opt_fields" in asked.query:
        query["opt_fields"] = ",".join(sorted(asked.query["opt_fields"].split(",")))
    path = f"/api/2.5/{kind}s?{urlencode(query | {'offset': offset})}"
    return {"offset": offset, "path": path, "uri": asked.base + path}

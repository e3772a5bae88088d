"""Documents: handed in to the document service, then named by its signed address."""

import hashlib
from urllib.parse import parse_qs, urlsplit

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.core import Answer, Asked, Core, new_id, pick
from bot.procurement.sandbox.errors import forbidden, missing, not_now, wrong
from bot.procurement.sandbox.shapes import read
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import OPEN, keep


def upload(core: Core, asked: Asked, name: str, media_type: str, content: bytes) -> Answer:
    """Keep a file; its signed address goes into the document that names it."""
    core.must_write(asked)
    key = new_id()
    core.store.keep_file(key, media_type, name, content)
    url = core.sign_url(asked.base, key)
    digest = "md5:" + hashlib.md5(content).hexdigest()  # noqa: S324 - the API's own checksum
    data = {"url": url, "title": name, "format": media_type, "hash": digest}
    return Answer({"data": data, "get_url": url}, 201)


def listed(core: Core, asked: Asked) -> Answer:
    rows = _holder(core, asked)[2].get("documents", [])
    if "all" not in asked.query:
        rows = list({row["id"]: row for row in rows}.values())
    return Answer({"data": rows})


def add(core: Core, asked: Asked) -> Answer:
    return _put(core, asked, new_id(), 201)


def replace(core: Core, asked: Asked) -> Answer:
    """A new version under the same id; `documents` shows both with `all`."""
    _, _, holder = _holder(core, asked)
    pick(holder.get("documents", []), asked.path["document"], "document_id")
    return _put(core, asked, asked.path["document"], 200)


def _put(core: Core, asked: Asked, key: str, status: int) -> Answer:
    kind, whole, holder = _holder(core, asked)
    author = _must_own(core, asked, kind, whole, holder)
    data = read(shapes.DOCUMENT, asked.data)
    now, url = core.clock.text(), _checked(core, data["url"])
    document = {"confidentiality": "public", **data, "url": url, "id": key}
    document |= {"datePublished": now, "dateModified": now}
    if kind == "contract":
        document.setdefault("documentOf", "contract")
    else:
        document |= {"documentOf": data.get("documentOf", "tender"), "language": "uk"}
    if author:
        document["author"] = author
    holder.setdefault("documents", []).append(document)
    if kind == "contract":
        whole["dateModified"] = now
        core.store.put("contract", whole, core.get("contract", whole["id"])[1], public=True)
    else:
        keep(core, whole, core.get("tender", whole["id"])[1], quiet=kind == "bid")
    place = f"{asked.base}/api/2.5{asked.path['prefix']}/documents/{key}"
    return Answer({"data": document}, status, place)


def _holder(core: Core, asked: Asked) -> tuple[str, Doc, Doc]:
    """What kind of thing holds the document, the object that is stored, and the holder in it."""
    if "contract" in asked.path:
        contract, _ = core.get("contract", asked.path["contract"])
        return "contract", contract, contract
    tender, _ = core.get("tender", asked.path["tender"])
    for kind in ("bid", "award", "complaint", "cancellation"):
        if kind in asked.path:
            rows = tender.get(f"{kind}s", [])
            if kind == "bid":
                _must_see(core, asked, tender)
            return kind, tender, pick(rows, asked.path[kind], f"{kind}_id")
    return "tender", tender, tender


def _must_see(core: Core, asked: Asked, tender: Doc) -> None:
    sealed = tender["status"] in {"draft", "active.auction", *OPEN}
    if sealed and not core.owns(asked, asked.path["bid"], "bid"):
        raise not_now(f"Can't view bid in current ({tender['status']}) tender status")


def _must_own(core: Core, asked: Asked, kind: str, whole: Doc, holder: Doc) -> str | None:
    if kind in {"bid", "complaint"}:
        core.must_own(asked, holder["id"], kind)
        return "complaint_owner" if kind == "complaint" else None
    if kind == "contract":
        core.must_own(asked, holder["id"], "buyer", "supplier")
        return None
    core.must_own(asked, whole["id"], "tender")
    return "tender_owner" if kind != "cancellation" else None


def _checked(core: Core, url: str) -> str:
    """The address, if it is one that the document service signed."""
    parts = urlsplit(url)
    key = parts.path.removeprefix("/get/")
    signed = parse_qs(parts.query).get("Signature", [""])[0]
    if core.rules.any_documents or (core.store.file(key) and signed == core.seal(key)):
        return url
    raise wrong("url", ["Can add document only from document service."])


def fetch(core: Core, asked: Asked) -> tuple[str, str, bytes]:
    """A file by its signed address."""
    key = asked.path["id"]
    if asked.query.get("Signature") != core.seal(key):
        raise forbidden()
    found = core.store.file(key)
    if found is None:
        raise missing("document_id")
    return found

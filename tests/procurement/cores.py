"""Cores for tests: the sandbox on a real port, with its clock in the test's hand."""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from bot.procurement.openprocurement import OpenProcurement, Profile, tenders
from bot.procurement.openprocurement.access import Doing
from bot.procurement.openprocurement.link import mark
from bot.procurement.port import Action, Attachment, Credential, Kind, Party, Preview, Receipt
from bot.procurement.sandbox.app import create
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.store import Store
from tests.conftest import served

CONTROL = "the clock's key"
BUYER = Party(
    "Town of Examples", id="00000001", scheme="XX-DEMO", person="Buyer Example",
    email="buyer@buyers.example", phone="+1 555 0100", country="Examples", locality="Example Town",
)  # fmt: skip
SUPPLIER = Party(
    "Ficticia Ltd.", id="00000002", scheme="XX-DEMO", person="Supplier Example",
    email="supplier@suppliers.example", phone="+1 555 0101", country="Examples",
)  # fmt: skip
RIVAL = Party(
    "Rival Ficticia S.A.", id="00000003", scheme="XX-DEMO", person="Rival Example",
    email="rival@suppliers.example", country="Examples",
)  # fmt: skip


# The API looks at its kind, never into it; this one signs nothing.
SIGNATURE = Attachment("signed.p7s", "application/pkcs7-signature", b"a dummy signature")
SIGNED_KINDS = {"bid", "submit_bid", "amend_bid", "publish_tender", "award", "reject_bid",
                "cancel_tender", "activate_contract"}  # fmt: skip


@dataclass
class Sandbox:
    """A sandbox that runs, and a client of it."""

    url: str
    core: OpenProcurement

    def ahead(self, **time: float) -> None:
        self._control(ahead=timedelta(**time).total_seconds())

    def move(self, to: datetime) -> None:
        self._control(now=to.isoformat())

    def _control(self, **body: object) -> None:
        answer = httpx.post(
            f"{self.url}/control/clock", json=body, headers={"X-Control-Token": CONTROL}
        )
        assert answer.is_success, answer.text
        self.core.ready()  # learns the new time

    def client(self, **more: object) -> OpenProcurement:
        return OpenProcurement(self.url, "broker", Profile(), **more)


class sandbox:  # noqa: N801 - read as a phrase: `with sandbox() as core`
    def __init__(
        self, path: Path | None = None, *, signatures: bool = False, demo: bool = False
    ) -> None:
        keys = {"broker": "broker", "bot": "bot", "reviewer": "reviewer"}
        rules = Rules(keys, CONTROL, signatures=signatures)
        self._core = Core(Store(path), Clock("Europe/Kyiv"), rules)
        self._server = served(create(self._core, demo=demo), date_header=False)

    def __enter__(self) -> Sandbox:
        url = self._server.__enter__()
        self._client = OpenProcurement(url, "broker", Profile(), sleep=lambda _: None)
        return Sandbox(url, self._client)

    def __exit__(self, *failure: object) -> None:
        self._client.close()
        self._server.__exit__(*failure)
        self._core.store.close()


@dataclass
class Actor:
    """Somebody who acts at a core, with the owner tokens that came of it."""

    core: OpenProcurement
    party: Party
    credential: Credential | None = None
    signs: bool = True

    def act(self, kind: Kind, tender: str | None = None, target: str | None = None,
            **values: object) -> Receipt:  # fmt: skip
        preview = self.preview(kind, tender, target, **values)
        receipt = self.core.perform(
            preview,
            self.held(kind),
            secrets.token_hex(8),
            files=[SIGNATURE] if self.signs and kind in SIGNED_KINDS else (),
        )
        self.credential = receipt.credential or self.credential
        return receipt

    def preview(self, kind: Kind, tender: str | None = None, target: str | None = None,
                **values: object) -> Preview:  # fmt: skip
        action = Action(kind, self.party, tender, target, values)
        return self.core.prepare(action, self.held(kind))

    def held(self, kind: Kind) -> Credential | None:
        return None if kind in {"question", "bid", "complaint", "plan"} else self.credential


def tender_values(core: OpenProcurement, **other: object) -> dict[str, object]:
    now = core.now()
    return {
        "title": "Sixty office chairs",
        "amount": "6000",
        "category": "goods",
        "code": "39112000-0",
        "quantity": "60",
        "unit": "piece",
        "enquiry_ends": (now + timedelta(days=3)).isoformat(),
        "tender_ends": (now + timedelta(days=6)).isoformat(),
    } | other


def published(
    core: OpenProcurement,
    items: Sequence[tuple[str, int, str]],
    *,
    lots: Mapping[str, Sequence[int]] | None = None,
    worth: float = 6000,
    vat: bool = False,
    criteria: Sequence[Mapping[str, object]] = (),
) -> tuple[str, Credential]:
    """A tender of several items, or of lots that hold some of them by their place, made at the core
    itself: its number, and the owner's token. `worth` is the most for it, and for each lot;
    `criteria` are what it asks of bidders."""
    values = tender_values(core, currency="UAH")
    action = Action("publish_tender", BUYER, values=values)
    doing = Doing(Preview(action, core.now()), None, secrets.token_hex(8), (), None)
    access = core._access
    draft = tenders._tender(access, action, mark(doing.key))
    [row] = draft["items"]
    ids = [secrets.token_hex(16) for _ in items]
    draft |= {
        "value": {"amount": worth, "currency": "UAH", "valueAddedTaxIncluded": vat},
        "items": [row | {"id": key, "description": name, "quantity": quantity,
                         "unit": {"name": unit, "code": "H87"}}
                  for key, (name, quantity, unit) in zip(ids, items, strict=True)],
    }  # fmt: skip
    owner = access.create_owned("tender", "/tenders", draft, config=tenders.CONFIG)
    path = f"/tenders/{owner.object}"
    for title, places in (lots or {}).items():
        lot, _ = access.create(f"{path}/lots", {"title": title, "value": {"amount": worth}}, owner)
        held = {ids[n] for n in places}
        tied = [i | ({"relatedLot": lot["id"]} if i["id"] in held else {})
                for i in access.data(path)["items"]]  # fmt: skip
        access.change(path, {"items": tied}, owner)
    if criteria:
        access.link.write("POST", f"{path}/criteria", list(criteria), owner)
    access.change(path, {"status": "active.enquiries"}, owner)
    return core.tender(owner.object).number, owner


def real_core() -> OpenProcurement | None:
    """The core that PROCUREMENT_URL names, if it names one."""
    url, key = os.environ.get("PROCUREMENT_URL"), os.environ.get("PROCUREMENT_KEY", "")
    profile = Profile(new_mode="test", feed_mode="test", acceleration="quick, accelerator=17280")
    documents = os.environ.get("PROCUREMENT_DOCUMENTS_URL")
    return OpenProcurement(url, key, profile, documents=documents) if url else None

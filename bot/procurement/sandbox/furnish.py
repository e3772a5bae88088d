"""The demo's tenders: goods, works and services in three languages, all of them invented.

They are made through the sandbox's own handlers, at moments that lie back as far as their state
needs. One that has closed is followed by a new one, so that there is always something to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.procurement.sandbox import bids, tenders
from bot.procurement.sandbox.core import Asked, Core
from bot.procurement.sandbox.store import Doc

BROKER = "broker"
EVERY = timedelta(minutes=10)
STALE = 0.25  # of the time that was left when it was put up


@dataclass(frozen=True)
class Demo:
    """`asks` and `bids` say in how many days asking and bidding end (below 0: it has ended)."""

    key: str
    title: str
    description: str
    item: str
    category: str
    code: str
    quantity: float
    unit: tuple[str, str]
    buyer: str
    place: tuple[str, str]
    amount: float
    currency: str
    asks: float
    bids: float
    sealed: tuple[float, ...] = ()


DEMOS = (
    Demo("open_enquiry", "Office chairs for Demo City Hall",
         "Sixty height-adjustable office chairs with armrests, delivered and assembled.",
         "Office chair, height-adjustable", "goods", "39112000-0", 60, ("piece", "H87"),
         "Demo City Hall", ("Republic of Examples", "Demo City"), 25_000_000, "KRW", 7, 14),
    Demo("open_bidding", "Servicio de limpieza del Hospital Demo",
         "Limpieza diaria de consultorios, pasillos y áreas comunes durante doce meses.",
         "Mes de servicio de limpieza", "services", "90910000-9", 12, ("mes", "MON"),
         "Hospital Demo", ("República de los Ejemplos", "Ciudad Ficticia"), 1_200_000, "MXN",
         -1, 0.5),
    Demo("sealed", "가상시 도로 보수 공사",
         "가상시 중앙로 2.4km 구간의 노후 포장을 걷어 내고 다시 포장하는 공사입니다.",
         "도로 재포장 공사 일식", "works", "45233142-6", 1, ("식", "C62"),
         "가상시청", ("예시도", "가상시"), 450_000_000, "KRW", -2, 5,
         sealed=(431_000_000, 428_500_000)),
    Demo("computers", "가상시립도서관 사무용 컴퓨터 구매",
         "열람실과 사무실에서 쓸 사무용 컴퓨터 40대를 납품하고 설치합니다.",
         "사무용 컴퓨터", "goods", "30213000-5", 40, ("대", "H87"),
         "가상시립도서관", ("예시도", "가상시"), 52_000_000, "KRW", 5, 12),
    Demo("guards", "예시문화회관 경비 용역",
         "예시문화회관의 주야간 경비를 1년간 맡을 업체를 찾습니다.",
         "경비 용역(월)", "services", "79713000-5", 12, ("월", "MON"),
         "예시문화회관", ("예시도", "예시시"), 96_000_000, "KRW", -1, 6),
    Demo("school", "Rehabilitación de la Escuela Primaria Demo Norte",
         "Sustitución de techos y renovación de la instalación eléctrica de ocho aulas.",
         "Obra de rehabilitación", "works", "45214200-2", 1, ("obra", "C62"),
         "Municipio de Ciudad Ficticia", ("República de los Ejemplos", "Ciudad Ficticia"),
         3_400_000, "MXN", -3, 8),
    Demo("medicines", "Suministro de guantes de exploración para el Hospital Demo",
         "Guantes de nitrilo sin polvo, tallas S a XL, en entregas mensuales.",
         "Caja de cien guantes", "goods", "33141420-0", 2_000, ("caja", "BX"),
         "Hospital Demo", ("República de los Ejemplos", "Ciudad Ficticia"), 380_000, "MXN", 4, 11),
    Demo("roof", "Roof repair of the Demo Public Library",
         "Replacement of 600 square metres of roof tiles, with new gutters.",
         "Roof repair", "works", "45261900-3", 1, ("lump sum", "C62"),
         "Demo Public Library", ("Republic of Examples", "Demo City"), 84_000, "EUR", -2, 9),
    Demo("park", "Grounds maintenance of Example Park",
         "Mowing, hedge trimming and leaf clearing for one year.",
         "Month of grounds maintenance", "services", "77314000-4", 12, ("month", "MON"),
         "Example Parks Department", ("Republic of Examples", "Demo City"), 45_000, "EUR", 6, 13),
)  # fmt: skip
RIVALS = ("Ficticia Norte S.A.", "가상건설(주)")
CONFIG = {
    "hasAuction": False,
    "hasEnquiries": True,
    "hasTenderComplaints": True,
    "hasAwardComplaints": True,
    "clarificationUntilDuration": 1,
}


def due(core: Core) -> bool:
    """Whether it is time to look at the demo's tenders again."""
    return core.furnished is None or core.clock.now() - core.furnished >= EVERY


def keep_fresh(core: Core) -> None:
    """Put up again whatever is no longer in its part."""
    if not due(core):
        return
    now = core.furnished = core.clock.now()
    for demo in DEMOS:
        if not _plays_its_part(core, demo, now):
            core.store.put(
                "demo", {"id": demo.key, "tender": _put_up(core, demo, now)}, {}, public=False
            )


def tenders_by_part(core: Core) -> dict[str, Doc]:
    """The demo's tenders by part: id, number and a buyer's token for each."""
    return dict(_parts(core))


def _parts(core: Core) -> Iterator[tuple[str, Doc]]:
    for demo in DEMOS:
        found = core.store.get("demo", demo.key)
        if found:
            tender, _ = core.get("tender", found[0]["tender"])
            token = core.entrust(tender["id"], "tender")["token"]
            yield demo.key, {"id": tender["id"], "number": tender["tenderID"], "token": token}


def _plays_its_part(core: Core, demo: Demo, now: datetime) -> bool:
    found = core.store.get("demo", demo.key)
    if not found:
        return False
    tender, _ = core.get("tender", found[0]["tender"])
    asking = demo.asks > 0
    if tender["status"] != ("active.enquiries" if asking else "active.tendering"):
        return False
    ends = tender["enquiryPeriod" if asking else "tenderPeriod"]["endDate"]
    left = core.clock.read(ends) - now
    return left > timedelta(days=demo.asks if asking else demo.bids) * STALE


def _put_up(core: Core, demo: Demo, now: datetime) -> str:
    asks_until, bids_until = now + timedelta(days=demo.asks), now + timedelta(days=demo.bids)
    with core.clock.at(min(now, asks_until) - timedelta(days=1)):
        made = tenders.create(core, _asked(_draft(demo, asks_until, bids_until), config=CONFIG))
        key: str = made.body["data"]["id"]
        token = made.body["access"]["token"]
        lot = _lot(core, demo, key, token)
        publish = _asked({"status": "active.enquiries"}, token, tender=key)
        _sign(core, key)
        tenders.amend(core, publish)
    if demo.asks <= 0:
        with core.clock.at(max(asks_until, now - timedelta(hours=1))):
            _open(core, key)
            for name, amount in zip(RIVALS, demo.sealed, strict=False):
                _rival(core, demo, key, lot, name, amount)
    return key


def _open(core: Core, key: str) -> None:
    """Enquiries are over; time would say so at the next request."""
    tender, config = core.get("tender", key)
    tender |= {"status": "active.tendering", "date": core.clock.text()}
    tenders.keep(core, tender, config)


def _sign(core: Core, key: str) -> None:
    """The notice's signature stands for the buyer's: the demo buyer has none."""
    tender, config = core.get("tender", key)
    now = core.clock.text()
    tender["documents"] = [
        {
            "id": key, "title": "notice.p7s", "documentType": "notice", "documentOf": "tender",
            "format": "application/pkcs7-signature", "hash": "md5:" + "0" * 32, "url": "",
            "datePublished": now, "dateModified": now,
        }
    ]  # fmt: skip
    tenders.keep(core, tender, config)


def _lot(core: Core, demo: Demo, key: str, token: str) -> str:
    money = {"amount": demo.amount, "currency": demo.currency}
    lot = {"title": demo.title, "description": demo.description, "value": money}
    added = tenders.add_lot(core, _asked(lot, token, tender=key)).body["data"]["id"]
    tender, config = core.get("tender", key)
    for item in tender["items"]:
        item["relatedLot"] = added
    tenders.keep(core, tender, config)
    made: str = added
    return made


def _draft(demo: Demo, asks_until: datetime, bids_until: datetime) -> Doc:
    region, locality = demo.place
    address = {"countryName": region, "region": region, "locality": locality}
    return {
        "title": demo.title,
        "description": demo.description,
        "mainProcurementCategory": demo.category,
        "procurementMethodType": "belowThreshold",
        "procuringEntity": {
            "name": demo.buyer,
            "kind": "general",
            "identifier": {"scheme": "XX-DEMO", "id": demo.buyer, "legalName": demo.buyer},
            "address": address,
            "contactPoint": {"name": demo.buyer, "email": "buyer@buyers.example"},
        },
        "value": {"amount": demo.amount, "currency": demo.currency},
        "items": [
            {
                "description": demo.item,
                "classification": {
                    "scheme": "ДК021", "id": demo.code, "description": demo.item,
                },
                "unit": {"name": demo.unit[0], "code": demo.unit[1]},
                "quantity": demo.quantity,
                "deliveryAddress": address,
            }
        ],
        "enquiryPeriod": {"endDate": asks_until.isoformat()},
        "tenderPeriod": {"endDate": bids_until.isoformat()},
    }  # fmt: skip


def _rival(core: Core, demo: Demo, key: str, lot: str, name: str, amount: float) -> None:
    """A sealed bid of somebody else's."""
    tender, config = core.get("tender", key)
    value = {"amount": amount, "currency": demo.currency}
    [item] = tender["items"]
    unit = item["unit"] | {"value": {**value, "amount": amount / demo.quantity}}
    bid = {
        "status": "draft",
        "tenderers": [
            {
                "name": name,
                "scale": "sme",
                "identifier": {"scheme": "XX-DEMO", "id": name, "legalName": name},
                "address": {"countryName": demo.place[0]},
                "contactPoint": {"name": name, "email": "rival@suppliers.example"},
            }
        ],
        "lotValues": [{"value": value, "relatedLot": lot}],
        "items": [{"id": item["id"], "description": demo.item, "quantity": demo.quantity,
                   "unit": unit}],
    }  # fmt: skip
    made = bids.create(core, _asked(bid, tender=key)).body["data"]["id"]
    tender, config = core.get("tender", key)
    for one in tender["bids"]:
        if one["id"] == made:
            now = core.clock.text()
            one |= {"status": "pending", "date": now, "submissionDate": now}
    tenders.keep(core, tender, config, quiet=True)


def _asked(data: Doc, token: str = "", config: Doc | None = None, **path: str) -> Asked:
    body = {"data": data} | ({"config": config} if config else {})
    return Asked(path=path, query={}, body=body, broker=BROKER, token=token, base="")

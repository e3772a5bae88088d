"""The demo's tenders: goods, works and services in three languages, all of them invented.

They are made through the sandbox's own handlers, at moments that lie back as far as their state
needs. One that has closed is followed by a new one, so that there is always something to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.procurement.sandbox import bids, tenders
from bot.procurement.sandbox.core import Asked, Core
from bot.procurement.sandbox.store import Doc

BROKER = "broker"
EVERY = timedelta(minutes=10)
STALE = 0.25  # of the time that was left when it was put up


@dataclass(frozen=True)
class Piece:
    """One item; `lot` is the title of its lot, where the tender has several."""

    name: str
    code: str
    quantity: float
    unit: tuple[str, str]
    lot: str = ""


@dataclass(frozen=True)
class Demo:
    """`asks` and `bids` say in how many days asking and bidding end (below 0: it has ended).

    `lots` are titles with the most that may be bid for each; without, all is one lot. `grounds` are
    what bidders must confirm, `valid` how long a bid must be valid, in days (0: not asked).
    """

    key: str
    title: str
    description: str
    pieces: tuple[Piece, ...]
    category: str
    buyer: str
    place: tuple[str, str]
    amount: float
    currency: str
    asks: float
    bids: float
    sealed: tuple[float, ...] = ()
    lots: tuple[tuple[str, float], ...] = ()
    grounds: tuple[str, ...] = ()
    valid: tuple[str, str, int] | None = None


_EN, _ES = ("Republic of Examples", "Demo City"), ("República de los Ejemplos", "Ciudad Ficticia")
_KO = ("예시도", "가상시")
DEMOS = (
    Demo("open_enquiry", "Office chairs for Demo City Hall",
         "Sixty height-adjustable office chairs with armrests, delivered and assembled.",
         (Piece("Office chair, height-adjustable", "39112000-0", 60, ("piece", "H87")),),
         "goods", "Demo City Hall", _EN, 25_000_000, "KRW", 7, 14),
    Demo("open_bidding", "Servicio de limpieza del Hospital Demo",
         "Limpieza diaria de consultorios, pasillos y áreas comunes durante doce meses.",
         (Piece("Mes de servicio de limpieza", "90910000-9", 12, ("mes", "MON")),),
         "services", "Hospital Demo", _ES, 1_200_000, "MXN", -1, 0.5),
    Demo("sealed", "가상시 도로 보수 공사",
         "가상시 중앙로 2.4km 구간의 노후 포장을 걷어 내고 다시 포장하는 공사입니다.",
         (Piece("도로 재포장 공사 일식", "45233142-6", 1, ("식", "C62")),),
         "works", "가상시청", _KO, 450_000_000, "KRW", -2, 5, sealed=(431_000_000, 428_500_000)),
    Demo("computers", "가상시립도서관 사무용 컴퓨터 구매",
         "열람실과 사무실에서 쓸 사무용 컴퓨터 40대를 납품하고 설치합니다.",
         (Piece("사무용 컴퓨터", "30213000-5", 40, ("대", "H87")),),
         "goods", "가상시립도서관", _KO, 52_000_000, "KRW", 5, 12),
    Demo("guards", "예시문화회관 경비 용역",
         "예시문화회관의 주야간 경비를 1년간 맡을 업체를 찾습니다.",
         (Piece("경비 용역(월)", "79713000-5", 12, ("월", "MON")),),
         "services", "예시문화회관", ("예시도", "예시시"), 96_000_000, "KRW", -1, 6),
    Demo("school", "Rehabilitación de la Escuela Primaria Demo Norte",
         "Sustitución de techos y renovación de la instalación eléctrica de ocho aulas.",
         (Piece("Obra de rehabilitación", "45214200-2", 1, ("obra", "C62")),),
         "works", "Municipio de Ciudad Ficticia", _ES, 3_400_000, "MXN", -3, 8),
    Demo("medicines", "Suministro de guantes de exploración para el Hospital Demo",
         "Guantes de nitrilo sin polvo, tallas S a XL, en entregas mensuales.",
         (Piece("Caja de cien guantes", "33141420-0", 2_000, ("caja", "BX")),),
         "goods", "Hospital Demo", _ES, 380_000, "MXN", 4, 11),
    Demo("roof", "Roof repair of the Demo Public Library",
         "Replacement of 600 square metres of roof tiles, with new gutters.",
         (Piece("Roof repair", "45261900-3", 1, ("lump sum", "C62")),),
         "works", "Demo Public Library", _EN, 84_000, "EUR", -2, 9),
    Demo("park", "Grounds maintenance of Example Park",
         "Mowing, hedge trimming and leaf clearing for one year.",
         (Piece("Month of grounds maintenance", "77314000-4", 12, ("month", "MON")),),
         "services", "Example Parks Department", _EN, 45_000, "EUR", 6, 13),
    Demo("reading_room", "Furniture for the reading room of the Demo Public Library",
         "Tables, chairs and shelves for the new reading room, delivered and put up.",
         (Piece("Reading table for six", "39121200-8", 8, ("piece", "H87")),
          Piece("Stacking chair", "39112000-0", 48, ("piece", "H87")),
          Piece("Book shelf, two metres", "39141100-3", 20, ("piece", "H87"))),
         "goods", "Demo Public Library", _EN, 28_000, "EUR", -1, 7,
         grounds=("No director of the bidder has been convicted of fraud or bribery",
                  "The bidder is not bankrupt and not being wound up"),
         valid=("How long the bid is valid after the closing date", "days", 60)),
    Demo("vans", "Vans for the Demo City workshops",
         "Two delivery vans and one refrigerated van, each with a service contract for a year.",
         (Piece("Delivery van", "34136000-9", 2, ("piece", "H87"), "Delivery vans"),
          Piece("Year of service for a van", "50110000-9", 2, ("year", "ANN"), "Delivery vans"),
          Piece("Refrigerated van", "34136000-9", 1, ("piece", "H87"), "Refrigerated van")),
         "goods", "Demo City Hall", _EN, 150_000, "EUR", -2, 10,
         lots=(("Delivery vans", 90_000), ("Refrigerated van", 60_000))),
    Demo("uniforms", "Uniformes para el personal del Hospital Demo",
         "Batas, pantalones y calzado de trabajo para doscientas personas.",
         (Piece("Bata médica", "33199000-1", 400, ("pieza", "H87")),
          Piece("Pantalón de trabajo", "18234000-8", 400, ("pieza", "H87")),
          Piece("Par de zapatos antideslizantes", "18830000-6", 200, ("par", "PR"))),
         "goods", "Hospital Demo", _ES, 640_000, "MXN", -1, 8,
         grounds=("Ningún administrador del licitante ha sido condenado por fraude o cohecho",
                  "El licitante no está en concurso ni en liquidación"),
         valid=("Vigencia de la oferta después del cierre", "días", 60)),
    Demo("gardens", "Mantenimiento de jardines y fuentes de Ciudad Ficticia",
         "Cuidado de parques y de fuentes durante un año, en dos lotes.",
         (Piece("Mes de mantenimiento de jardines", "77314000-4", 12, ("mes", "MON"), "Jardines"),
          Piece("Mes de mantenimiento de fuentes", "50511000-0", 12, ("mes", "MON"), "Fuentes")),
         "services", "Municipio de Ciudad Ficticia", _ES, 900_000, "MXN", -2, 11,
         lots=(("Jardines", 600_000), ("Fuentes", 300_000))),
    Demo("classrooms", "가상시 초등학교 교실 비품 구매",
         "새 교실 여섯 개에 쓸 책상, 의자, 칠판을 납품하고 설치합니다.",
         (Piece("학생용 책상", "39121100-7", 180, ("개", "H87")),
          Piece("학생용 의자", "39112000-0", 180, ("개", "H87")),
          Piece("자석 칠판", "30192170-3", 6, ("개", "H87"))),
         "goods", "가상시교육청", _KO, 38_000_000, "KRW", -1, 7,
         grounds=("입찰자의 임원 중 사기나 뇌물로 유죄 판결을 받은 사람이 없음",
                  "입찰자는 파산하지 않았고 청산 절차 중에 있지 않음"),
         valid=("개찰 이후 입찰서의 유효 기간", "일", 60)),
    Demo("meals", "가상시 복지관 급식 재료와 조리 기구 구매",
         "석 달치 쌀과 채소, 그리고 조리 기구를 두 로트로 나누어 구매합니다.",
         (Piece("쌀 20kg", "15614000-5", 300, ("포", "BG"), "급식 재료"),
          Piece("제철 채소(월)", "15300000-1", 3, ("월", "MON"), "급식 재료"),
          Piece("업소용 밥솥", "39221000-7", 4, ("대", "H87"), "조리 기구")),
         "goods", "가상시복지관", _KO, 27_000_000, "KRW", -2, 9,
         lots=(("급식 재료", 23_000_000), ("조리 기구", 4_000_000))),
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
        lots = _lots(core, demo, key, token)
        _ask(core, demo, key, token)
        publish = _asked({"status": "active.enquiries"}, token, tender=key)
        _sign(core, key)
        tenders.amend(core, publish)
    if demo.asks <= 0:
        with core.clock.at(max(asks_until, now - timedelta(hours=1))):
            _open(core, key)
            for name, amount in zip(RIVALS, demo.sealed, strict=False):
                _rival(core, demo, key, lots[0], name, amount)
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


def _lots(core: Core, demo: Demo, key: str, token: str) -> list[str]:
    """The lots of the tender, each with its items."""
    made: dict[str, str] = {}
    for title, amount in demo.lots or ((demo.title, demo.amount),):
        money = {"amount": amount, "currency": demo.currency}
        lot = {"title": title, "description": demo.description, "value": money}
        made[title] = tenders.add_lot(core, _asked(lot, token, tender=key)).body["data"]["id"]
    tender, config = core.get("tender", key)
    for item, piece in zip(tender["items"], demo.pieces, strict=True):
        item["relatedLot"] = made[piece.lot or demo.title]
    tenders.keep(core, tender, config)
    return list(made.values())


def _ask(core: Core, demo: Demo, key: str, token: str) -> None:
    """What bidders have to answer."""
    criteria = []
    if demo.grounds:
        rows = [{"title": g, "dataType": "boolean", "expectedValue": True} for g in demo.grounds]
        criteria.append(_criterion("CRITERION.EXCLUSION.CONVICTIONS.FRAUD", demo.title, rows))
    if demo.valid:
        title, unit, days = demo.valid
        row = {"title": title, "dataType": "integer", "minValue": days,
               "unit": {"name": unit, "code": "DAY"}}  # fmt: skip
        criteria.append(_criterion("CRITERION.OTHER.BID.VALIDITY_PERIOD", title, [row]))
    if criteria:
        tenders.add_criteria(core, _asked(criteria, token, tender=key))


def _criterion(kind: str, title: str, requirements: list[Doc]) -> Doc:
    return {
        "title": title, "source": "tenderer", "relatesTo": "tender",
        "classification": {"scheme": "LAW922", "id": kind},
        "requirementGroups": [{"description": title, "requirements": requirements}],
    }  # fmt: skip


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
                "description": piece.name,
                "classification": {
                    "scheme": "ДК021", "id": piece.code, "description": piece.name,
                },
                "unit": {"name": piece.unit[0], "code": piece.unit[1]},
                "quantity": piece.quantity,
                "deliveryAddress": address,
            }
            for piece in demo.pieces
        ],
        "enquiryPeriod": {"endDate": asks_until.isoformat()},
        "tenderPeriod": {"endDate": bids_until.isoformat()},
    }  # fmt: skip


def _rival(core: Core, demo: Demo, key: str, lot: str, name: str, amount: float) -> None:
    """A sealed bid of somebody else's."""
    tender, config = core.get("tender", key)
    value = {"amount": amount, "currency": demo.currency}
    [item] = tender["items"]
    [piece] = demo.pieces
    unit = item["unit"] | {"value": {**value, "amount": amount / piece.quantity}}
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
        "items": [{"id": item["id"], "description": piece.name, "quantity": piece.quantity,
                   "unit": unit}],
    }  # fmt: skip
    made = bids.create(core, _asked(bid, tender=key)).body["data"]["id"]
    tender, config = core.get("tender", key)
    for one in tender["bids"]:
        if one["id"] == made:
            now = core.clock.text()
            one |= {"status": "pending", "date": now, "submissionDate": now}
    tenders.keep(core, tender, config, quiet=True)


def _asked(data: Any, token: str = "", config: Doc | None = None, **path: str) -> Asked:
    body = {"data": data} | ({"config": config} if config else {})
    return Asked(path=path, query={}, body=body, broker=BROKER, token=token, base="")

"""Invented tenders in any number, for measuring: three languages, all states of bidding."""

import random
from datetime import timedelta

from bot.procurement.sandbox.core import Core
from bot.procurement.sandbox.store import Doc

THINGS = (
    ("goods", "Supply of {} for {}", ("office chairs", "printer paper", "laptops", "gloves",
     "school desks", "road salt", "fire hoses", "work boots", "lamps", "batteries")),
    ("services", "{} for {}", ("Cleaning services", "Catering", "Security guards", "Translation",
     "Waste collection", "Software support", "Grounds maintenance", "Courier services")),
    ("works", "{} at {}", ("Roof repair", "Road resurfacing", "Drainage works", "Lift renewal",
     "Window replacement", "Bridge painting", "Playground building", "Rewiring")),
    ("goods", "Suministro de {} para {}", ("medicamentos", "uniformes", "luminarias", "sillas",
     "papel", "computadoras", "vehículos", "tubería", "mobiliario escolar")),
    ("services", "Servicio de {} en {}", ("limpieza", "vigilancia", "jardinería", "comedor",
     "mantenimiento", "transporte", "fumigación", "consultoría")),
    ("works", "{} de {}", ("Rehabilitación", "Ampliación", "Pavimentación", "Impermeabilización",
     "Construcción", "Remodelación")),
    ("goods", "{1} {0} 구매", ("사무용 의자", "복사 용지", "노트북 컴퓨터", "작업화", "소방 호스",
     "책상", "제설제", "조명 기구")),
    ("services", "{1} {0} 용역", ("청소", "경비", "급식", "번역", "조경 관리", "폐기물 수거",
     "정보시스템 유지관리")),
    ("works", "{1} {0} 공사", ("도로 보수", "지붕 방수", "배수로 정비", "승강기 교체", "창호 교체",
     "전기 배선")),
)  # fmt: skip
BUYERS = {
    "en": ("City Hall", "Public Library", "Hospital", "School Board", "Parks Department"),
    "es": ("Municipio", "Hospital", "Universidad", "Instituto de Caminos", "Escuela"),
    "ko": ("시청", "도서관", "병원", "교육청", "공원관리소"),
}
LANGUAGES = ("en", "en", "en", "es", "es", "es", "ko", "ko", "ko")
AT_ONCE = 1000


def fill(core: Core, count: int) -> None:
    """Put up `count` tenders, unless as many are there; the same ones in each run."""
    have = sum(1 for _ in core.store.all("tender"))
    for first in range(have, count, AT_ONCE):
        with core.store.transaction():
            for n in range(first, min(first + AT_ONCE, count)):
                doc = _tender(core, n)
                core.store.put("tender", doc, {}, public=True)


def _tender(core: Core, n: int) -> Doc:
    chance = random.Random(n)
    kind = chance.randrange(len(THINGS))
    category, form, things = THINGS[kind]
    buyer = f"{chance.choice(BUYERS[LANGUAGES[kind]])} {chance.randrange(1, 2000)}"
    title = form.format(chance.choice(things), buyer)
    now = core.clock.now()
    asks = now + timedelta(days=chance.uniform(-20, 20))
    ends = asks + timedelta(days=chance.uniform(2, 20))
    over = "complete" if chance.random() < 0.8 else "unsuccessful"
    status = over if ends < now else "active.enquiries" if asks > now else "active.tendering"
    address = {"countryName": "Examples", "locality": f"Town {chance.randrange(1, 500)}"}
    return {
        "id": f"{n:032x}",
        "tenderID": f"UA-2026-{1 + n % 12:02d}-{1 + n % 28:02d}-{n:06d}-a",
        "title": title,
        "description": f"{title}. {chance.randrange(1, 10_000)} / {chance.randrange(1, 10_000)}",
        "status": status,
        "mainProcurementCategory": category,
        "procuringEntity": {"name": buyer, "identifier": {"scheme": "XX-DEMO", "id": str(n)},
                            "address": address},
        "value": {"amount": round(chance.uniform(1e3, 1e7), 2), "currency": "EUR"},
        "items": [{"id": f"{n:032x}", "description": title, "quantity": 1.0,
                   "deliveryAddress": address,
                   "classification": {"scheme": "ДК021", "id": "39112000-0"}}],
        "enquiryPeriod": {"startDate": now.isoformat(), "endDate": asks.isoformat()},
        "tenderPeriod": {"startDate": asks.isoformat(), "endDate": ends.isoformat()},
        "date": now.isoformat(),
        "dateModified": now.isoformat(),
        "dateCreated": now.isoformat(),
    }  # fmt: skip

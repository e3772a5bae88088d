"""Tenders taken in from a core, and found again: the same on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from crm import db, queries, tender_words, tenders
from crm.errors import Invalid
from crm.models import Event, Tender, TenderTerm
from crm.tenders import Seen, Wanted

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CHAIRS = Seen(
    core_id="c1", number="UA-2026-11-01-000001-a", title="Office chairs for Demo City Hall",
    description="Sixty chairs with armrests", status="active.enquiries", buyer="Demo City Hall",
    value={"amount": 25000.5, "currency": "KRW"}, category="goods", place="Demo City",
    enquiry_ends=NOW + timedelta(days=3), tender_ends=NOW + timedelta(days=9),
)  # fmt: skip
CLEANING = replace(
    CHAIRS, core_id="c2", number="UA-2026-11-01-000002-a", title="Licitación de limpieza",
    description="Servicios de limpieza", status="active.tendering", buyer="Hospital Demo",
    value={"amount": 900, "currency": "MXN"}, category="services", place="Ciudad Ficticia",
    tender_ends=NOW + timedelta(hours=5),
)  # fmt: skip
ROAD = replace(
    CHAIRS, core_id="c3", number="UA-2026-11-01-000003-a", title="가상시 도로보수공사",
    description="노후 포장을 다시 포장합니다", status="active.tendering", buyer="가상시청",
    value=None, category="works", place="가상시", tender_ends=None,
)  # fmt: skip


@pytest.fixture
def stocked(engine: Engine) -> Engine:
    take(engine, CHAIRS, CLEANING, ROAD, after=None, cursor="3")
    return engine


def take(
    engine: Engine, *seen: Seen, after: str | None, cursor: str | None, at_end: bool = False
) -> bool:
    with db.transaction(engine) as s:
        return tenders.take_in(s, "core", seen, after=after, cursor=cursor, at_end=at_end)


def titles(engine: Engine, **wanted: object) -> list[str]:
    with db.reading(engine) as s:
        page = queries.tenders(s, Wanted(**wanted), cursor=None, limit=50)
    return [row.title.split()[0] for row in page.rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["가상시", "Licitación", "Office"]),
        ("CHAIRS office", ["Office"]),
        ("chair", ["Office"]),
        ("sixty armrest", ["Office"]),
        ("licitacion", ["Licitación"]),
        ("licitaciones", ["Licitación"]),
        ("servicio", ["Licitación"]),
        ("도로 보수", ["가상시"]),
        ("보수공사를", ["가상시"]),
        ("도로보수 공사는", ["가상시"]),
        ("ua-2026-11-01-000002-A", ["Licitación"]),
        ("UA-2026-11-01-000009-a", []),
        ("chairs limpieza", []),
        ("demo", ["Licitación", "Office"]),
        ("-- %%", []),
        ("' OR 1=1", []),
    ],
)
def test_words_find_tenders(stocked: Engine, text: str, found: list[str]) -> None:
    assert titles(stocked, text=text) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"status": "active.tendering"}, ["가상시", "Licitación"]),
        ({"buyer": "city hall"}, ["Office"]),
        ({"buyer": "chairs"}, []),
        ({"buyer": "시청"}, ["가상시"]),
        ({"category": "services"}, ["Licitación"]),
        ({"currency": "KRW", "at_least": 25000}, ["Office"]),
        ({"currency": "KRW", "at_most": 25000}, []),
        ({"closes_before": NOW + timedelta(days=1)}, ["Licitación"]),
        ({"closes_after": NOW + timedelta(days=1)}, ["Office"]),
        ({"text": "demo", "status": "active.tendering", "at_most": 900}, ["Licitación"]),
    ],
)
def test_filters_narrow_it_down(stocked: Engine, wanted: dict, found: list[str]) -> None:
    assert titles(stocked, **wanted) == found


def test_pages_follow_each_other_while_new_tenders_come(stocked: Engine) -> None:
    with db.reading(stocked) as s:
        first = queries.tenders(s, Wanted(), cursor=None, limit=2)
    take(stocked, replace(CHAIRS, core_id="c4", number="N-4", title="Later one"), after="3",
         cursor="4")  # fmt: skip
    with db.reading(stocked) as s:
        second = queries.tenders(s, Wanted(), cursor=first.next, limit=2)
        with pytest.raises(Invalid):
            queries.tenders(s, Wanted(), cursor="not a place", limit=2)
    assert [row.title.split()[0] for row in (*first.rows, *second.rows)] == [
        "가상시", "Licitación", "Office",
    ]  # fmt: skip
    assert second.next is None


def test_a_change_is_told_and_found_by_its_new_words_alone(stocked: Engine) -> None:
    later = replace(CHAIRS, title="Office desks", description="", tender_ends=NOW)
    take(stocked, later, after="3", cursor="4")
    assert titles(stocked, text="desks") == ["Office"]
    assert titles(stocked, text="armrests") == []
    with db.reading(stocked) as s:
        [event] = s.scalars(select(Event).where(Event.kind == "tender.changed"))
        assert event.data["changed"] == ["title", "tender_ends"]
        assert "desks" not in str(event.data)


def test_the_same_again_changes_nothing(stocked: Engine) -> None:
    with db.reading(stocked) as s:
        before = s.scalar(select(func.count()).select_from(Event))
    assert take(stocked, CHAIRS, CHAIRS, ROAD, after="3", cursor="5", at_end=True)
    with db.reading(stocked) as s:
        assert s.scalar(select(func.count()).select_from(Event)) == before
        assert s.scalar(select(func.count()).select_from(Tender)) == 3
        assert tenders.cursor_of(s, "core") == "5"


def test_a_crawl_that_was_overtaken_changes_nothing(stocked: Engine) -> None:
    assert not take(stocked, replace(CHAIRS, title="Stale"), after="2", cursor="9")
    assert titles(stocked, text="stale") == []
    with db.reading(stocked) as s:
        assert tenders.cursor_of(s, "core") == "3"


def test_a_failed_page_leaves_neither_rows_nor_cursor(engine: Engine) -> None:
    broken = replace(CHAIRS, value={"amount": "not a number"})
    with pytest.raises(ValueError, match="not a number"):
        take(engine, ROAD, broken, after=None, cursor="1")
    with db.reading(engine) as s:
        assert s.scalar(select(func.count()).select_from(Tender)) == 0
        assert s.scalar(select(func.count()).select_from(TenderTerm)) == 0
        assert tenders.cursor_of(s, "core") is None


def test_a_number_names_a_tender_in_any_case(stocked: Engine) -> None:
    with db.reading(stocked) as s:
        found = tenders.by_number(s, " ua-2026-11-01-000003-a ")
        assert found
        assert found.core_id == "c3"
        assert tenders.by_number(s, "UA-1") is None


def test_what_a_database_cannot_hold_is_left_out(engine: Engine) -> None:
    odd = replace(CHAIRS, title="x" * 400 + "\0", buyer="B\ud800", place="p" * 300)
    take(engine, odd, after=None, cursor="1")
    with db.reading(engine) as s:
        [row] = s.scalars(select(Tender))
        assert len(row.title) == 300


def test_terms_are_the_same_for_a_text_and_a_search_of_it() -> None:
    for said in (
        "Licitaciones públicas",
        "Office chairs",
        "가상시 도로보수공사",
        "UA-2026-11-01-1-a",
    ):
        assert tender_words.asked(said) <= tender_words.terms(said)

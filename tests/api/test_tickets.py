"""Tickets and tenders, field by field."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crm import clock, db, tenders
from tests.conftest import DeskClient

PATH = "/api/v1/tickets"


def opened(desk: DeskClient, **changes: object) -> dict:
    guest = desk.guest()
    guest.say("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    contact = desk.as_("supervisor", "GET", path).json()["contact"]["id"]
    body = {"subject": "A matter", "queue": "payment", "contact": contact} | changes
    answer = desk.as_("counselor", "POST", PATH, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_hand_off_leaves_a_ticket_that_gathers_its_conversation(desk: DeskClient) -> None:
    guest = desk.guest()
    told = guest.outcome("today, a person please")
    [ticket] = desk.as_("counselor", "GET", PATH).json()["items"]
    assert ticket["number"] in told["text"]
    assert ticket["conversations"] == [guest.conversation_id]
    assert (ticket["priority"], ticket["status"], ticket["tier"]) == ("urgent", "open", 1)


def test_a_ticket_is_opened_read_and_changed(desk: DeskClient) -> None:
    ticket = opened(desk, category="question", priority="high", procurement_reference="UA-1")
    assert (ticket["queue"], ticket["tier"], ticket["procurement_reference"]) == (
        "payment",
        1,
        "UA-1",
    )
    path = f"{PATH}/{ticket['id']}"
    assert desk.as_("counselor", "GET", path).json() == ticket
    senior = desk.people["senior"].id
    changed = desk.as_("senior", "PATCH", path, json={"queue": "legal", "assignee": senior})
    assert changed.status_code == 200
    assert (changed.json()["tier"], changed.json()["assignee"]) == (2, senior)
    assert changed.json()["subject"] == "A matter"
    assert desk.as_("counselor", "GET", path).status_code == 404  # it left their queues
    solved = desk.as_("senior", "PATCH", path, json={"status": "solved"}).json()
    assert solved["solved_at"]
    again = desk.as_("senior", "PATCH", path, json={"status": "open", "assignee": None}).json()
    assert (again["solved_at"], again["assignee"]) == (None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "mood"},
        {"priority": None},
        {"queue": "nowhere"},
        {"assignee": "nobody"},
        {"subject": "  "},
        {"category": "x" * 41},
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(
    sqlite_desk: DeskClient, change: dict
) -> None:
    ticket = opened(sqlite_desk)
    path = f"{PATH}/{ticket['id']}"
    assert sqlite_desk.as_("counselor", "PATCH", path, json=change).status_code == 422
    assert sqlite_desk.as_("counselor", "GET", path).json() == ticket


def test_a_ticket_for_nobody_is_refused(sqlite_desk: DeskClient) -> None:
    body = {"subject": "x", "queue": "payment"}
    assert sqlite_desk.as_("counselor", "POST", PATH, json=body).status_code == 422
    foreign = body | {"conversation": "0" * 24}
    assert sqlite_desk.as_("counselor", "POST", PATH, json=foreign).status_code == 404


def test_six_tickets_at_once_have_six_numbers_without_a_gap(desk: DeskClient) -> None:
    guests = [desk.guest() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:  # the very first ticket of a year is raced for too
        list(pool.map(lambda g: g.outcome("a person please"), guests))
    numbers = [t["number"] for t in desk.as_("admin", "GET", PATH).json()["items"]]
    year = clock.now().year
    assert sorted(numbers) == [f"T-{year}-{n:06d}" for n in range(1, 7)]


def test_the_list_pages_and_filters(desk: DeskClient) -> None:
    for n in range(3):
        opened(desk, subject=f"Matter {n}")
    seen: list[str] = []
    query = "limit=4"
    while query:
        page = desk.as_("counselor", "GET", f"{PATH}?{query}").json()
        assert set(page) == {"items", "next"}
        seen += [t["number"] for t in page["items"]]
        query = page["next"] and f"limit=4&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen, reverse=True)
    assert desk.as_("counselor", "GET", f"{PATH}?status=solved").json()["items"] == []
    assert desk.as_("counselor", "GET", f"{PATH}?status=mood").status_code == 422


def put_up(desk: DeskClient) -> None:
    now = clock.now()
    seen = [
        tenders.Seen(
            core_id=f"{n:032x}",
            number=f"UA-2026-11-01-00000{n}-a",
            title=title,
            description="",
            status="active.tendering" if n else "active.enquiries",
            buyer="Demo City Hall",
            value={"amount": n + 1, "currency": "KRW"},
            category="goods",
            place="",
            enquiry_ends=now,
            tender_ends=now + timedelta(days=1),
        )
        for n, title in enumerate(("Office chairs", "Servicio 100% limpieza", "도로 보수 공사"))
    ]
    with db.transaction(desk.engine) as s:
        tenders.take_in(s, "a core", seen, after=None, cursor="1", at_end=True)


def test_tenders_are_public_and_found_by_words_and_status(desk: DeskClient) -> None:
    put_up(desk)

    def titles(**query: str) -> list[str]:
        answer = desk.http.get("/api/v1/tenders", params=query)
        assert answer.status_code == 200
        return [t["title"] for t in answer.json()["items"]]

    assert len(titles()) == 3
    assert titles(text="CHAIRS office") == ["Office chairs"]
    assert titles(text="보수") == ["도로 보수 공사"]
    assert titles(text="ua-2026-11-01-000001-a") == ["Servicio 100% limpieza"]
    assert titles(status="active.enquiries") == ["Office chairs"]
    assert titles(text="100%") == ["Servicio 100% limpieza"]
    assert titles(text="nothing like it") == []
    [first] = desk.http.get("/api/v1/tenders?limit=1").json()["items"]
    assert set(first) == {
        "number",
        "title",
        "status",
        "enquiry_ends",
        "tender_ends",
        "value",
        "buyer",
    }


def test_tenders_come_in_pages(sqlite_desk: DeskClient) -> None:
    put_up(sqlite_desk)
    first = sqlite_desk.http.get("/api/v1/tenders?limit=2").json()
    rest = sqlite_desk.http.get(f"/api/v1/tenders?limit=2&cursor={first['next']}").json()
    assert len(first["items"] + rest["items"]) == 3
    assert rest["next"] is None

"""Visits and remote sessions on a ticket: agreed upon, moved, kept or missed, never two at once."""

from datetime import UTC, datetime, timedelta

import pytest

from crm import clock
from tests.api.test_rulings import TICKETS, ok, ticket_of
from tests.conftest import DeskClient

LIST = "/api/v1/appointments"


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> dict:
    hands = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])
    return hands


def planned(desk: DeskClient, ticket: str, at: datetime, **more: object):
    body = {"kind": "visit", "starts_at": at.isoformat(), "place": "12 Sample Street"}
    return desk.as_("counselor", "POST", f"{TICKETS}/{ticket}/appointments", json=body | more)


def test_an_appointment_is_kept_moved_and_never_doubled(desk: DeskClient, stopped: dict) -> None:
    ticket, start = ticket_of(desk), stopped["now"] + timedelta(days=1)
    first = ok(planned(desk, ticket, start), 201)
    assert (first["counselor"], first["state"]) == (desk.people["counselor"].id, "planned")
    overlap = start + timedelta(minutes=30)
    assert planned(desk, ticket, overlap).status_code == 409
    senior = ok(planned(desk, ticket, overlap, counselor=desk.people["senior"].id), 201)
    after = ok(planned(desk, ticket, start + timedelta(hours=1), kind="remote", place=None), 201)
    one = f"{LIST}/{first['id']}"
    later = {"starts_at": (start + timedelta(minutes=70)).isoformat(), "minutes": 30}
    assert desk.as_("counselor", "POST", f"{one}/move", json=later).status_code == 409
    later["starts_at"] = (start + timedelta(minutes=15)).isoformat()
    assert (
        ok(desk.as_("counselor", "POST", f"{one}/move", json=later))["starts_at"]
        != first["starts_at"]
    )
    early = desk.as_("counselor", "POST", f"{one}/outcome", json={"outcome": "done"})
    assert early.status_code == 409  # it has not begun
    called_off = {"outcome": "cancelled", "note": "They mended it themselves."}
    ok(desk.as_("counselor", "POST", f"{LIST}/{after['id']}/outcome", json=called_off))
    stopped["now"] = start + timedelta(minutes=20)
    done = {"outcome": "done", "note": "The certificate works."}
    kept = ok(desk.as_("counselor", "POST", f"{one}/outcome", json=done))
    assert (kept["state"], kept["note"]) == ("done", "The certificate works.")
    assert desk.as_("counselor", "POST", f"{one}/outcome", json=done).status_code == 409
    mine = ok(desk.as_("senior", "GET", f"{LIST}?counselor=me"))["items"]
    assert [a["id"] for a in mine] == [senior["id"]]
    left = ok(desk.as_("counselor", "GET", f"{LIST}?state=planned"))["items"]
    assert [a["id"] for a in left] == [senior["id"]]
    journal = ok(desk.as_("auditor", "GET", "/api/v1/events?after=0"))["events"]
    assert "Sample Street" not in str(journal)
    assert "certificate works" not in str(journal)


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": None},
        {"kind": "lunch"},
        {"minutes": 1},
        {"counselor": "nobody"},
        {"starts_at": "2026-11-24T03:00:00Z"},
        {"starts_at": "2027-11-24T03:00:00Z"},
        {"starts_at": "2026-11-26T03:00:00"},
    ],
)
def test_what_is_no_appointment_is_refused(
    sqlite_desk: DeskClient, stopped: dict, wrong: dict
) -> None:
    ticket = ticket_of(sqlite_desk)
    start = stopped["now"] + timedelta(days=1)
    assert planned(sqlite_desk, ticket, start, **wrong).status_code == 422


def test_a_day_is_read_page_by_page(sqlite_desk: DeskClient, stopped: dict) -> None:
    desk, day = sqlite_desk, stopped["now"] + timedelta(days=1)
    ticket = ticket_of(desk)
    made = [ok(planned(desk, ticket, day + timedelta(hours=n)), 201)["id"] for n in range(3)]
    seen, cursor = [], ""
    for _ in range(3):
        page = ok(desk.as_("counselor", "GET", f"{LIST}?limit=1{cursor}"))
        seen += [a["id"] for a in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert (seen, page["next"]) == (made, None)
    until = (day + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = ok(desk.as_("counselor", "GET", f"{LIST}?to={until}"))["items"]
    assert [a["id"] for a in first] == made[:1]

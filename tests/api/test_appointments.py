"""Visits and remote sessions on a ticket: agreed upon, moved, kept or missed, never two at once."""

from datetime import UTC, datetime, timedelta

import pytest

from crm import clock
from routing import allocator
from tests.api.test_rulings import TICKETS, ok, ticket_of
from tests.conftest import DeskClient

LIST = "/api/v1/appointments"


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> dict:
    hands = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])
    return hands


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's own allocator sleeps: rounds are the test's."""
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)


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


def test_nothing_is_offered_to_whoever_is_at_an_appointment(
    quiet: None, desk: DeskClient, stopped: dict
) -> None:
    del quiet
    ticket, start = ticket_of(desk), stopped["now"] + timedelta(hours=1)
    wrap = ok(desk.as_("counselor", "GET", TICKETS + f"/{ticket}"))["conversations"]
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{wrap[0]}/accept"))
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{wrap[0]}/wrap", json={"code": "x"}))
    visit = ok(planned(desk, ticket, start), 201)
    who = desk.people["counselor"].id
    guest = desk.guest(language="en")
    guest.outcome("person please")

    def now_at(moment: datetime) -> dict:
        """A round at this moment; how the counselor is shown after it."""
        stopped["now"] = moment
        desk.as_("counselor", "POST", "/api/v1/presence/beat")
        offers = [m.agent for m in allocator.one_round(desk.engine)]
        seats = ok(desk.as_("supervisor", "GET", "/api/v1/presence"))["items"]
        seat = next(x for x in seats if x["counselor"] == who)
        told = (seat["state"], seat["reason"], seat["appointment_until"] is not None)
        return {"told": told, "offers": offers}

    ready = {"state": "ready"}
    stopped["now"] = start - timedelta(minutes=11)
    ok(desk.as_("counselor", "PUT", "/api/v1/presence", json=ready))
    busy = ("not_ready", "appointment", True)
    assert now_at(start - timedelta(minutes=9)) == {"told": busy, "offers": []}
    # Said once more, it holds for afterwards.
    assert ok(desk.as_("counselor", "PUT", "/api/v1/presence", json=ready))["state"] == "not_ready"
    assert now_at(start - timedelta(minutes=8)) == {"told": busy, "offers": []}
    page = desk.page("supervisor", "/console/floor")
    assert "On-site visit" in page
    ok(
        desk.as_(
            "counselor", "POST", f"{LIST}/{visit['id']}/outcome", json={"outcome": "cancelled"}
        )
    )
    back = now_at(start - timedelta(minutes=7))
    assert back == {"told": ("ready", None, False), "offers": [who]}
    # Another, which lasts to its end; whoever said that they are at a break stays so after it.
    ok(desk.as_("counselor", "PUT", "/api/v1/presence", json={"state": "not_ready",
                                                              "reason": "break"}))  # fmt: skip
    ok(planned(desk, ticket, start), 201)
    shown = now_at(start + timedelta(seconds=60))
    assert shown["told"] == ("not_ready", "break", True)
    ok(desk.as_("counselor", "PUT", "/api/v1/presence", json=ready))
    assert now_at(start + timedelta(seconds=90))["told"] == busy
    stopped["now"] = start + timedelta(minutes=59, seconds=59)
    desk.as_("counselor", "POST", "/api/v1/presence/beat")
    assert now_at(start + timedelta(hours=1))["told"] == ("ready", None, False)
    journal = ok(desk.as_("auditor", "GET", "/api/v1/events?after=0&limit=500"))["events"]
    changes = [e["data"]["reason"] for e in journal if e["kind"] == "presence.changed"
               and e["data"]["counselor"] == who and e["actor"]["kind"] == "system"]  # fmt: skip
    assert changes[:2] == ["appointment", None]

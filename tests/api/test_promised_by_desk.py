"""Call-backs that somebody of the desk promises: from a talk, a ticket, or with neither."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm import clock
from routing import allocator
from tests.conftest import DeskClient, GuestClient

NUMBER = "+82 2-555-0100"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    """A clock that stands until the test moves it, on a Wednesday at noon in Seoul, and a desk
    whose allocator sleeps."""
    found = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: found["now"])
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)
    return found


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def talking(desk: DeskClient, role: str = "counselor") -> GuestClient:
    """Somebody whom a counselor talks to."""
    guest = desk.guest(language="en")
    guest.outcome("person please")
    ok(desk.as_(role, "POST", f"/api/v1/conversations/{guest.conversation_id}/accept"))
    return guest


def seen(desk: DeskClient, talk: str) -> Any:
    return ok(desk.as_("supervisor", "GET", f"/api/v1/conversations/{talk}"))


def promises(desk: DeskClient) -> list[dict[str, Any]]:
    return ok(desk.as_("counselor", "GET", "/api/v1/callbacks"))["items"]


def test_who_talks_to_somebody_promises_and_is_offered_the_call(
    hands: dict[str, datetime], desk: DeskClient
) -> None:
    guest, other = talking(desk), "senior"
    path = f"/api/v1/conversations/{guest.conversation_id}/callback"
    body = {"number": NUMBER, "about": "The missing tax paper", "mine": True,
            "local": "2026-11-25T15:30"}  # fmt: skip
    assert desk.as_(other, "POST", path, json=body).status_code == 409  # it is a colleague's
    made = ok(desk.as_("counselor", "POST", path, json=body), 201)
    assert datetime.fromisoformat(made["due_at"]) == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
    talk = seen(desk, guest.conversation_id)
    assert (talk["owner"]["kind"], talk["status"]) == ("callback", "waiting")
    assert (talk["handoff"]["goal"], talk["handoff"]["reason"]) == (body["about"], "callback")
    again = desk.as_("counselor", "POST", path, json=body)
    assert again.json()["error"]["details"]["reason"] == "promised"
    hands["now"] = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
    for role in (other, "counselor"):  # who promised is asked, although another is idle longer
        hands["now"] += timedelta(seconds=1)
        ok(desk.as_(role, "PUT", "/api/v1/presence", json={"state": "ready"}))
    allocator.sweep(desk.engine)
    allocator.one_round(desk.engine)
    offered = ok(desk.as_("counselor", "GET", "/api/v1/reservations"))["items"]
    assert [o["conversation"] for o in offered] == [guest.conversation_id]
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{guest.conversation_id}/accept"))
    [due] = promises(desk)
    told = {"reached": True}
    ok(desk.as_("counselor", "POST", f"/api/v1/callbacks/{due['id']}/outcome", json=told))
    kinds = [e["kind"] for e in ok(desk.as_("auditor", "GET", "/api/v1/events?limit=500"))["events"]
             if e["kind"].startswith("callback.")]  # fmt: skip
    assert kinds == ["callback.promised", "callback.due", "callback.reached"]


def test_a_contact_without_a_talk_is_promised_one_on_the_telephone(
    hands: dict[str, datetime], desk: DeskClient
) -> None:
    guest = talking(desk)
    talk = seen(desk, guest.conversation_id)
    ticket = ok(desk.as_("counselor", "GET", "/api/v1/tickets"))["items"][0]
    wrap = {"code": "other"}
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{talk['id']}/wrap", json=wrap))
    hands["now"] += timedelta(minutes=1)
    path = f"/api/v1/contacts/{talk['contact']['id']}/callback"
    body = {"number": NUMBER, "about": "Your bond", "ticket": ticket["id"]}
    made = ok(desk.as_("senior", "POST", path, json=body), 201)
    assert (made["state"], made["number"], made["queue"]) == ("due", NUMBER, ticket["queue"])
    new = seen(desk, made["conversation"])
    assert (new["channel"], new["ticket"]) == ("phone", ticket["number"])
    assert (new["owner"]["kind"], new["status"]) == ("queue", "waiting")
    assert desk.as_("senior", "POST", path, json=body).status_code == 409  # once is enough
    # Nothing rings by itself: whoever accepts calls from the contact's page, and tells the outcome.
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{new['id']}/accept"))
    missed = ok(desk.as_("counselor", "POST", f"/api/v1/callbacks/{made['id']}/outcome",
                         json={"reached": False}))  # fmt: skip
    assert (missed["state"], missed["attempts"]) == ("waiting", 1)


def test_a_promise_from_a_page_belongs_to_the_talk_that_waits(
    hands: dict[str, datetime], sqlite_desk: DeskClient
) -> None:
    guest = sqlite_desk.guest(language="ko")
    guest.outcome("person please")
    hands["now"] += timedelta(minutes=1)
    talk = seen(sqlite_desk, guest.conversation_id)
    path = f"/api/v1/contacts/{talk['contact']['id']}/callback"
    body = {"number": NUMBER, "local": "2026-11-26T10:00"}
    made = ok(sqlite_desk.as_("counselor", "POST", path, json=body), 201)
    assert made["conversation"] == guest.conversation_id
    after = seen(sqlite_desk, guest.conversation_id)
    assert after["waiting_since"] == talk["waiting_since"]  # the place is kept
    assert after["handoff"]["goal"] == talk["handoff"]["goal"]  # and so is what was known


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"number": "no number"}, "number", None),
        ({"local": "2026-11-25T11:00"}, "at", None),  # over
        ({"local": "2027-01-25T11:00"}, "at", None),  # too far
        ({"local": "2026-11-25T22:00"}, "at", "quiet_hours"),
        ({"local": "2026-11-28T11:00"}, "at", "closed"),  # a Saturday
        ({"at": "2026-11-25T15:00"}, "at", None),  # without a zone
    ],
)
@pytest.mark.usefixtures("hands")
def test_a_promise_that_nobody_could_keep_is_refused(
    sqlite_desk: DeskClient,
    body: dict,
    field: str,
    reason: str | None,
) -> None:
    week = dict.fromkeys(("monday", "wednesday", "thursday", "friday"), ("09:00", "18:00"))
    hours = {"zone": "Asia/Seoul", "days": week}
    ok(sqlite_desk.as_("admin", "PUT", "/api/v1/calendars/default", json=hours))
    guest = talking(sqlite_desk)
    path = f"/api/v1/conversations/{guest.conversation_id}/callback"
    refused = sqlite_desk.as_("counselor", "POST", path, json={"number": NUMBER} | body)
    assert refused.status_code == 422
    details = refused.json()["error"]["details"]
    assert (details["field"], details.get("reason")) == (field, reason)
    assert seen(sqlite_desk, guest.conversation_id)["owner"]["kind"] == "counselor"
    assert promises(sqlite_desk) == []


@pytest.mark.usefixtures("hands")
def test_who_wants_no_contact_is_promised_nothing(sqlite_desk: DeskClient) -> None:
    guest = talking(sqlite_desk)
    contact = seen(sqlite_desk, guest.conversation_id)["contact"]["id"]
    no = {"purpose": "any", "given": False}
    ok(sqlite_desk.as_("counselor", "PUT", f"/api/v1/contacts/{contact}/consents", json=no))
    for path in (f"conversations/{guest.conversation_id}", f"contacts/{contact}"):
        refused = sqlite_desk.as_("counselor", "POST", f"/api/v1/{path}/callback",
                                  json={"number": NUMBER})  # fmt: skip
        assert refused.json()["error"]["details"]["reason"] == "do_not_contact"
    assert promises(sqlite_desk) == []

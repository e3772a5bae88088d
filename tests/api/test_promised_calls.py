"""While a call is promised the bot goes on answering and says so; the ticket is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm import clock, db
from crm.models import CallBack, Conversation
from routing import allocator, calling_back
from tests.conftest import DeskClient, GuestClient


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    """A clock that stands until the test moves it, and a desk whose allocator sleeps."""
    found = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: found["now"])
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)
    return found


def promised(desk: DeskClient, hands: dict[str, datetime], **more: str) -> GuestClient:
    """Somebody who left the queue for a call in two hours."""
    guest = desk.guest(language="en")
    assert guest.outcome("person please")["act"] == "handoff"
    hands["now"] += timedelta(seconds=9)
    at = (hands["now"] + timedelta(hours=2)).isoformat()
    body = {"at": at, "number": "+82 2-555-0100"} | more
    answer = desk.http.post("/api/v1/chat/callback", json=body, headers=guest.headers)
    assert answer.status_code == 201, answer.text
    hands["now"] += timedelta(seconds=9)
    return guest


def seen(desk: DeskClient, guest: GuestClient) -> Any:
    return desk.as_("supervisor", "GET", f"/api/v1/conversations/{guest.conversation_id}").json()


def replies(guest: GuestClient, text: str) -> list[tuple[str | None, str]]:
    return [(r["act"], r["text"]) for r in guest.say(text)["replies"]]


def test_the_bot_answers_while_a_call_is_promised(
    hands: dict[str, datetime], desk: DeskClient
) -> None:
    guest = promised(desk, hands)
    before = seen(desk, guest)
    assert before["owner"]["kind"] == "callback"
    first = replies(guest, "What is the price floor?")
    assert [act for act, _ in first] == ["answer", None]
    assert "a counselor will call you on 25 November 2026, 14:00 (KST)" in first[1][1]
    assert [act for act, _ in replies(guest, "And again?")] == ["answer"]  # said once
    assert [act for act, _ in replies(guest, "unknown one")] == ["abstain"]
    [(act, told)] = replies(guest, "unknown two")  # the bot would hand it over
    assert act == "handoff"
    assert "Your call back stands" in told
    assert before["ticket"] in told
    after = seen(desk, guest)
    assert (after["owner"]["kind"], after["ticket"]) == ("callback", before["ticket"])
    # Its time has come: the queue has the talk, and the bot is silent.
    hands["now"] += timedelta(hours=2)
    allocator.sweep(desk.engine)
    assert seen(desk, guest)["owner"]["kind"] == "queue"
    assert replies(guest, "Are you there?") == []


def test_who_would_rather_have_a_person_now_keeps_the_old_place(
    hands: dict[str, datetime], desk: DeskClient
) -> None:
    guest = promised(desk, hands)
    before = seen(desk, guest)
    other = desk.guest(language="en")
    other.outcome("person please")
    [(act, _)] = replies(guest, "a person now please")
    after = seen(desk, guest)
    assert (act, after["owner"]["kind"], after["ticket"]) == ("handoff", "queue", before["ticket"])
    assert after["waiting_since"] == before["waiting_since"]
    place = desk.http.get("/api/v1/chat/place", headers=guest.headers).json()["place"]
    assert place["ahead"] == 0  # before whoever came meanwhile
    listed = desk.as_("supervisor", "GET", "/api/v1/callbacks").json()["items"]
    assert listed == []
    hands["now"] += timedelta(hours=3)
    allocator.sweep(desk.engine)
    assert seen(desk, guest)["waiting_since"] == before["waiting_since"]


def test_a_promise_that_is_made_again_is_moved(
    hands: dict[str, datetime], desk: DeskClient
) -> None:
    guest = promised(desk, hands)
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id, with_for_update=True)
        for when, number in (("tomorrow at 10 am", "+82 2-555-0199"), ("in 3 hours", "")):
            made = calling_back.promise(
                s, talk, queue="payment", when=when, number=number, about="my invoice"
            )
            assert made is not None
        assert made.due_at > hands["now"]
        assert made.number == "+82 2-555-0199"
    with db.reading(desk.engine) as s:
        [row] = s.query(CallBack).all()
        assert (row.state, row.queue) == ("waiting", "bidding")
    assert seen(desk, guest)["owner"]["kind"] == "callback"
    kinds = [e["kind"] for e in desk.as_("auditor", "GET", "/api/v1/events?after=0&limit=500")
             .json()["events"] if e["kind"].startswith("callback.")]  # fmt: skip
    assert kinds == ["callback.promised", "callback.moved", "callback.moved"]

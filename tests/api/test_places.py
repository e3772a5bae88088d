"""What a waiting person is told of the queue, and the signs that nothing keeps."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create
from crm import clock, db
from crm.models import Event
from routing import allocator
from routing import waits as expected
from routing.kpi import rollup
from tests.conftest import DeskClient, GuestClient, NoKnowledge
from tests.scripted_bot import ScriptedBot


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's own allocator sleeps: nothing is offered."""
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)


def waits(desk: DeskClient, text: str = "a person please") -> GuestClient:
    guest = desk.guest()
    guest.say(text)
    return guest


def place(desk: DeskClient, guest: GuestClient) -> dict | None:
    answer = desk.http.get("/api/v1/chat/place", headers=guest.headers)
    return answer.json()["place"]


def standing(desk: DeskClient) -> list[expected.Place]:
    with db.reading(desk.engine) as s:
        return expected.places(s, "bidding")


def accept(desk: DeskClient, guest: GuestClient) -> None:
    path = f"/api/v1/conversations/{guest.conversation_id}/accept"
    assert desk.as_("counselor", "POST", path).status_code == 200


def follow(desk: DeskClient, guest: GuestClient) -> object:
    last = desk.http.get("/api/v1/chat/events?after=0", headers=guest.headers).json()["last"]
    protocol = [f"bearer.{guest.token}"]
    return desk.http.websocket_connect(f"/api/v1/chat/live?after={last}", subprotocols=protocol)


def test_a_place_follows_urgency_age_and_queue(desk: DeskClient) -> None:
    first, second = waits(desk), waits(desk)
    elsewhere = waits(desk, "a person about the payment")
    assert [place(desk, g)["ahead"] for g in (first, second, elsewhere)] == [0, 1, 0]
    urgent = waits(desk, "a person today")
    assert [place(desk, g)["ahead"] for g in (urgent, first, second)] == [0, 1, 2]
    accept(desk, first)
    assert place(desk, first) is None
    assert [place(desk, g)["ahead"] for g in (urgent, second)] == [0, 1]
    assert place(desk, desk.guest()) is None


def test_one_wait_is_told_everywhere_and_none_where_nobody_can_say(
    quiet: None, desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    del quiet
    hands = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])

    def present(state: str = "ready") -> None:
        body = {"state": state} | ({"reason": "break"} if state == "not_ready" else {})
        assert desk.as_("counselor", "PUT", "/api/v1/presence", json=body).status_code == 200

    def capacity(role: str, chats: int) -> None:
        path = f"/api/v1/counselors/{desk.people[role].id}/capacity"
        answer = desk.as_("supervisor", "PUT", path, json={"chat": chats})
        assert answer.status_code == 200, answer.text

    def board() -> float | None:
        state = desk.as_("supervisor", "GET", "/api/v1/queues").json()["items"]
        return next(q["expected_wait"] for q in state if q["name"] == "bidding")

    first = waits(desk)
    assert place(desk, first) == {"ahead": 0, "minutes": None}  # nobody is at work
    assert "min." not in desk.guest().outcome("a person please")["text"]
    present()
    assert board() == 0  # a slot is free
    capacity("counselor", 1)
    for _ in range(3):  # three talks of four minutes, one after another
        path = f"/api/v1/conversations/{first.conversation_id}"
        assert desk.as_("counselor", "POST", f"{path}/accept").status_code == 200
        assert place(desk, waits(desk))["minutes"] is None  # nothing was finished yet
        present()
        hands["now"] += timedelta(minutes=4)
        body = {"code": "other"}
        assert desk.as_("counselor", "POST", f"{path}/wrap", json=body).status_code == 200
        present()
        first = waits(desk)
    rollup.catch_up(desk.engine, batches=9)
    there = [p.conversation_id for p in standing(desk)]
    assert desk.as_("counselor", "POST", f"/api/v1/conversations/{there[0]}/accept").is_success
    # One counselor, four minutes each, and so many in front.
    hands["now"] += timedelta(seconds=1)
    asked = desk.guest()
    told = asked.outcome("a person please")["text"]
    ahead = place(desk, asked)["ahead"]
    assert place(desk, asked)["minutes"] == (ahead + 1) * 4
    assert f"about {(ahead + 1) * 4} min" in told
    seconds = desk.http.get("/api/v1/chat/wait", headers=asked.headers).json()["expected_wait"]
    assert seconds == (ahead + 1) * 240
    assert board() == (ahead + 2) * 240  # whoever came now would be behind them
    # An urgent one passes, by the rule of the line.
    urgent = waits(desk, "a person today")
    assert place(desk, urgent)["minutes"] == 4
    assert place(desk, asked)["minutes"] == (ahead + 2) * 4
    # A colleague halves it; another language that nobody speaks is not known.
    assert desk.as_("senior", "PUT", "/api/v1/presence", json={"state": "ready"}).is_success
    capacity("senior", 0)
    assert place(desk, urgent)["minutes"] == 2
    hands["now"] += timedelta(hours=3)  # what was measured is old
    assert place(desk, urgent)["minutes"] is None


def test_a_new_place_is_told_over_the_socket(desk: DeskClient) -> None:
    first, second = waits(desk), waits(desk)
    time.sleep(1.1)  # what moved before is told before the socket is there
    with follow(desk, second) as socket:
        accept(desk, first)
        told = socket.receive_json()
        assert told == {
            "kind": "place",
            "conversation_id": second.conversation_id,
            "ahead": 0,
            "minutes": None,
        }


def test_typing_reaches_the_other_side_and_no_row(desk: DeskClient) -> None:
    guest = waits(desk)
    accept(desk, guest)
    sign = {"kind": "typing", "conversation_id": guest.conversation_id}
    with db.reading(desk.engine) as s:
        before = len(s.scalars(select(Event.id)).all())
    token = desk.people["counselor"].token
    last = desk.as_("counselor", "GET", "/api/v1/events?after=0").json()["last"]
    counselor = desk.http.websocket_connect(f"/live?after={last}", subprotocols=[f"bearer.{token}"])
    with follow(desk, guest) as at_guest, counselor as at_desk:
        at_guest.send_json({"kind": "typing", "conversation_id": "somebody else's"})
        assert at_desk.receive_json() == sign
        at_desk.send_text("[" * 5000)
        at_desk.send_json({"kind": "typing", "conversation_id": 7})
        at_desk.send_json(sign)
        assert at_guest.receive_json() == sign
    with db.reading(desk.engine) as s:
        assert len(s.scalars(select(Event.id)).all()) == before


@pytest.mark.parametrize(
    "engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_typing_crosses_from_one_process_to_another(desk: DeskClient) -> None:
    """Two apps over one database, as two processes are; SQLite has only one."""
    guest = waits(desk)
    accept(desk, guest)
    sign = {"kind": "typing", "conversation_id": guest.conversation_id}
    token = desk.people["counselor"].token
    last = desk.as_("counselor", "GET", "/api/v1/events?after=0").json()["last"]
    app = create(
        desk.settings, engine=desk.engine, bot=ScriptedBot(), knowledge=NoKnowledge(), works=False
    )
    with TestClient(app) as second:
        other = second.websocket_connect(f"/live?after={last}", subprotocols=[f"bearer.{token}"])
        with other as at_desk, follow(desk, guest) as at_guest:
            time.sleep(1.2)  # until both listen to the database
            at_guest.send_json({"kind": "typing"})
            assert at_desk.receive_json() == sign
            at_desk.send_json(sign)
            assert at_guest.receive_json() == sign


def test_nobody_signals_into_a_talk_that_is_not_theirs(sqlite_desk: DeskClient) -> None:
    desk = sqlite_desk
    guest = waits(desk)
    accept(desk, guest)
    sign = {"kind": "typing", "conversation_id": guest.conversation_id}
    token = desk.people["senior"].token
    path = f"/api/v1/conversations/{guest.conversation_id}/messages"
    stranger = desk.http.websocket_connect("/live?after=0", subprotocols=[f"bearer.{token}"])
    with follow(desk, guest) as at_guest, stranger as at_desk:
        at_desk.send_json(sign)
        time.sleep(0.3)
        desk.as_("counselor", "POST", path, json={"client_id": "1", "text": "hello"})
        assert at_guest.receive_json()["kind"] == "message.said"

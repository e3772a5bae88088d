"""What a waiting person is told of the queue, and the signs that nothing keeps."""

import time
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.app import create
from crm import clock, db
from crm.models import Conversation, Event
from tests.conftest import DeskClient, GuestClient, NoKnowledge
from tests.scripted_bot import ScriptedBot


def waits(desk: DeskClient, text: str = "a person please") -> GuestClient:
    guest = desk.guest()
    guest.say(text)
    return guest


def place(desk: DeskClient, guest: GuestClient) -> dict | None:
    answer = desk.http.get("/api/v1/chat/place", headers=guest.headers)
    return answer.json()["place"]


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


def test_a_wait_is_told_only_from_enough_recent_accepts(desk: DeskClient) -> None:
    for minutes in (2, 4, 30):
        guest = waits(desk)
        with db.transaction(desk.engine) as s:
            since = clock.now() - timedelta(minutes=minutes)
            s.execute(
                update(Conversation)
                .where(Conversation.id == guest.conversation_id)
                .values(waiting_since=since)
            )
        assert place(desk, guest)["minutes"] is None
        accept(desk, guest)
    waits(desk)
    guest = desk.guest()
    told = guest.outcome("a person please")["text"]
    assert place(desk, guest) == {"ahead": 1, "minutes": 5}  # 4 and a little, rounded up
    assert "about 5 min" in told
    other = waits(desk, "a person about the payment")
    assert place(desk, other) == {"ahead": 0, "minutes": None}
    with db.transaction(desk.engine) as s:
        s.execute(
            update(Conversation)
            .where(Conversation.accepted_at.is_not(None))
            .values(accepted_at=clock.now() - timedelta(hours=3))
        )
    assert place(desk, guest)["minutes"] is None


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

"""The events over GET and over the socket: the same, in order, without a gap."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from api.auth import COOKIE
from crm import counselors, db, events
from crm.events import SYSTEM
from crm.models import Counselor
from tests.conftest import DeskClient, GuestClient

LIVE = "/api/v1/chat/live"


def guest_socket(desk: DeskClient, guest: GuestClient, after: int = 0) -> WebSocketTestSession:
    return desk.http.websocket_connect(
        f"{LIVE}?after={after}", subprotocols=[f"bearer.{guest.token}"]
    )


def desk_socket(desk: DeskClient, role: str, after: int = 0) -> WebSocketTestSession:
    token = desk.people[role].token
    return desk.http.websocket_connect(f"/live?after={after}", subprotocols=[f"bearer.{token}"])


def got(desk: DeskClient, guest: GuestClient, after: int = 0) -> dict:
    answer = desk.http.get(f"/api/v1/chat/events?after={after}", headers=guest.headers)
    assert answer.status_code == 200
    return answer.json()


def test_events_are_a_list_and_the_last_id_scanned(desk: DeskClient) -> None:
    guest, other = desk.guest(), desk.guest()
    guest.say("hi")
    page = got(desk, guest)
    assert [e["kind"] for e in page["events"]] == ["conversation.started", *["message.said"] * 2]
    other.say("a stranger's words")
    later = got(desk, guest, page["last"])
    assert later["events"] == []
    assert later["last"] > page["last"]  # scanned, though none of it may be shown
    assert got(desk, guest, later["last"])["last"] == later["last"]


def test_after_the_end_nothing_comes_and_last_never_goes_back(desk: DeskClient) -> None:
    guest = desk.guest()
    assert got(desk, guest, 10_000) == {"events": [], "last": 10_000}


def test_the_socket_replays_what_get_tells_then_goes_on_live(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("before")
    past = got(desk, guest)["events"]
    with guest_socket(desk, guest) as socket:
        assert socket.accepted_subprotocol == f"bearer.{guest.token}"
        assert [socket.receive_json() for _ in past] == past
        guest.say("after")
        live = [socket.receive_json() for _ in range(2)]
    everything = got(desk, guest)["events"]
    assert [e["id"] for e in past + live] == [e["id"] for e in everything]
    assert live == everything[len(past) :]


def test_after_skips_what_was_seen(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("before")
    with guest_socket(desk, guest, after=got(desk, guest)["last"]) as socket:
        guest.say("after")
        assert socket.receive_json()["message"]["text"] == "after"


def test_two_listeners_hear_every_event_once_and_in_order_under_concurrent_writes(
    desk: DeskClient,
) -> None:
    guests = [desk.guest() for _ in range(4)]
    asked = 6
    heard: dict[int, list[int]] = {}

    def listen(number: int) -> None:
        with desk_socket(desk, "supervisor") as socket:
            ids: list[int] = []
            while True:
                event = socket.receive_json()
                ids.append(event["id"])
                if event["kind"] == "test.end":
                    break
            heard[number] = ids

    listeners = [threading.Thread(target=listen, args=(n,)) for n in range(2)]
    for listener in listeners:
        listener.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda g: [g.say(f"question {n}") for n in range(asked)], guests))
    with db.transaction(desk.engine) as s:
        events.emit(s, "test.end", SYSTEM)
    for listener in listeners:
        listener.join(30)
    page = desk.as_("supervisor", "GET", "/api/v1/events").json()
    everything = [e["id"] for e in page["events"]]
    assert len(everything) >= len(guests) * (1 + 2 * asked)
    assert heard[0] == everything
    assert heard[1] == everything


def test_a_long_journal_comes_in_pages_that_leave_nothing_out(sqlite_desk: DeskClient) -> None:
    with db.transaction(sqlite_desk.engine) as s:
        for n in range(1200):
            events.emit(s, "test.many", SYSTEM, data={"n": n})
    seen: list[int] = []
    last = 0
    while True:
        page = sqlite_desk.as_("admin", "GET", f"/api/v1/events?after={last}").json()
        if page["last"] == last:
            break
        seen += [e["data"]["n"] for e in page["events"] if e["kind"] == "test.many"]
        last = page["last"]
    assert seen == list(range(1200))
    with desk_socket(sqlite_desk, "admin") as socket:
        replayed = [socket.receive_json() for _ in range(last)]
    assert [e["id"] for e in replayed] == list(range(1, last + 1))


def test_the_desks_socket_tells_what_its_get_twin_tells(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    page = desk.as_("counselor", "GET", "/api/v1/events").json()
    assert "conversation.handed_off" in [e["kind"] for e in page["events"]]
    with desk_socket(desk, "counselor") as socket:
        assert [socket.receive_json() for _ in page["events"]] == page["events"]


def refused(desk: DeskClient, path: str, **how: object) -> bool:
    try:
        with desk.http.websocket_connect(path, **how):
            return False
    except WebSocketDisconnect:
        return True


@pytest.fixture
def talk(sqlite_desk: DeskClient) -> tuple[DeskClient, GuestClient]:
    return sqlite_desk, sqlite_desk.guest()


def test_a_socket_opens_to_nobody_without_a_right_to_it(
    talk: tuple[DeskClient, GuestClient],
) -> None:
    desk, guest = talk
    editor = desk.people["editor"].token
    assert refused(desk, LIVE)
    assert refused(desk, LIVE, subprotocols=["bearer.wrong"])
    assert refused(desk, LIVE, subprotocols=[f"bearer.{editor}"])
    assert refused(desk, f"{LIVE}?token={guest.token}")
    assert refused(desk, f"{LIVE}?after=-1", subprotocols=[f"bearer.{guest.token}"])
    assert refused(desk, "/live")
    assert refused(desk, "/live", subprotocols=[f"bearer.{guest.token}"])


def test_a_cookie_opens_the_desks_socket_from_our_own_pages_only(sqlite_desk: DeskClient) -> None:
    cookie = signed_in(sqlite_desk, "counselor")
    headers = {"cookie": cookie}
    assert refused(sqlite_desk, "/live", headers=headers)
    assert refused(sqlite_desk, "/live", headers=headers | {"origin": "http://evil.example"})
    assert not refused(sqlite_desk, "/live", headers=headers | {"origin": "http://testserver"})


def signed_in(desk: DeskClient, role: str) -> str:
    with db.transaction(desk.engine) as s:
        counselor = s.get_one(Counselor, desk.people[role].id)
        return f"{COOKIE}={counselors.sign_in(s, counselor)[0]}"


def test_internal_notes_reach_the_guest_by_no_road(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    desk.as_("counselor", "POST", f"{path}/accept")
    upload = {"file": ("secret.txt", b"internal words in a file")}
    kept = desk.as_("counselor", "POST", f"{path}/files", files=upload).json()["file_id"]
    with guest_socket(desk, guest, after=got(desk, guest)["last"]) as socket:
        note = {"client_id": "n", "text": "internal words", "audience": "internal"}
        said = desk.as_("counselor", "POST", f"{path}/messages", json=note | {"files": [kept]})
        assert said.status_code == 201
        moved = {"queue": "payment", "note": "internal words too"}
        assert desk.as_("counselor", "POST", f"{path}/transfer", json=moved).status_code == 200
        over_the_socket = [socket.receive_text() for _ in range(2)]
    assert "conversation.transferred" in "".join(over_the_socket)
    file = desk.http.get(f"/api/v1/chat/files/{kept}", headers=guest.headers)
    assert file.status_code == 404
    current = desk.http.get("/api/v1/chat/sessions/current", headers=guest.headers)
    everything = "".join([*over_the_socket, current.text, str(got(desk, guest))])
    assert "internal words" not in everything
    assert "message.noted" not in everything
    assert "internal words" in desk.as_("counselor", "GET", path).text
    downloaded = desk.as_("counselor", "GET", f"{path}/files/{kept}")
    assert downloaded.content == b"internal words in a file"


def test_the_guest_is_not_told_which_member_of_the_desk_wrote(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    desk.as_("counselor", "POST", f"{path}/accept")
    desk.as_("counselor", "POST", f"{path}/messages", json={"client_id": "x", "text": "Good day"})
    told = str(got(desk, guest))
    assert "Good day" in told
    assert desk.people["counselor"].id not in told

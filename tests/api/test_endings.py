"""How a talk ends: by either side, with its wrap-up after it, and how it is taken up again."""

import pytest

from crm import counselors, db, events
from crm.errors import Conflict
from crm.events import Actor
from crm.models import Conversation
from routing import desk as verbs
from tests.conftest import DeskClient, GuestClient


def waits(desk: DeskClient, text: str = "a person please", **who: object) -> tuple:
    guest = desk.guest(**who)
    guest.say(text)
    return guest, f"/api/v1/conversations/{guest.conversation_id}"


def talks(desk: DeskClient, role: str = "counselor") -> tuple[GuestClient, str]:
    guest, path = waits(desk)
    assert desk.as_(role, "POST", f"{path}/accept").status_code == 200
    return guest, path


def ends(desk: DeskClient, guest: GuestClient) -> int:
    return desk.http.post("/api/v1/chat/end", headers=guest.headers).status_code


def rates(desk: DeskClient, guest: GuestClient) -> int:
    body = {"score": 4}
    return desk.http.post("/api/v1/chat/survey", json=body, headers=guest.headers).status_code


def seen(desk: DeskClient, path: str) -> dict:
    return desk.as_("supervisor", "GET", path).json()


@pytest.mark.parametrize("by", ["contact", "counselor"])
def test_a_talk_that_ended_waits_for_its_wrap_up(desk: DeskClient, by: str) -> None:
    guest, path = talks(desk)
    if by == "contact":
        assert ends(desk, guest) == 200
    else:
        assert desk.as_("counselor", "POST", f"{path}/end").status_code == 200
    stands = seen(desk, path)
    assert (stands["status"], stands["owner"]["kind"]) == ("wrap_up", "counselor")
    ended = stands["messages"][-1]
    assert (ended["author"], "?" in ended["text"]) == ("system", False)  # the widget's form asks
    assert rates(desk, guest) == 200
    late = {"client_id": "late", "text": "one more"}
    assert desk.as_("counselor", "POST", f"{path}/messages", json=late).status_code == 409
    note = late | {"client_id": "note", "audience": "internal"}
    assert desk.as_("counselor", "POST", f"{path}/messages", json=note).status_code == 201
    wrapped = desk.as_("counselor", "POST", f"{path}/wrap", json={"code": "answered"})
    assert wrapped.json()["status"] == "closed"
    assert [m["text"] for m in wrapped.json()["messages"]].count(ended["text"]) == 1  # told once
    with db.reading(desk.engine) as s:
        assert list(events.broken_links(s)) == []


def test_who_writes_before_the_wrap_up_has_the_same_counselor_again(desk: DeskClient) -> None:
    guest, path = talks(desk)
    ends(desk, guest)
    assert guest.say("wait, one more thing")["replies"] == []
    stands = seen(desk, path)
    assert (stands["status"], stands["owner"]["id"]) == ("active", desk.people["counselor"].id)
    answer = {"client_id": "a", "text": "of course"}
    assert desk.as_("counselor", "POST", f"{path}/messages", json=answer).status_code == 201


def test_who_leaves_the_queue_keeps_the_ticket_and_finds_the_bot_again(desk: DeskClient) -> None:
    guest, path = waits(desk)
    assert ends(desk, guest) == 200
    stands = seen(desk, path)
    assert (stands["status"], stands["owner"]["kind"]) == ("closed", "bot")
    assert stands["ticket"] in stands["messages"][-1]["text"]
    assert ends(desk, guest) == 409
    assert desk.as_("counselor", "POST", f"{path}/accept").status_code == 409
    assert guest.outcome("What is the floor?")["act"] == "answer"


def test_there_is_nothing_to_end_where_nobody_is_waited_for(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("hello")
    assert ends(desk, guest) == 409


def test_a_person_shut_out_strands_nobody(desk: DeskClient) -> None:
    _, active = talks(desk, "senior")
    guest, ended = talks(desk, "senior")
    ends(desk, guest)
    before = seen(desk, active)["waiting_since"]
    path = f"/api/v1/counselors/{desk.people['senior'].id}"
    assert desk.as_("admin", "PATCH", path, json={"disabled": True}).status_code == 200
    back = seen(desk, active)
    assert (back["status"], back["owner"], back["waiting_since"]) == (
        "waiting",
        {"kind": "queue", "id": None},
        before,
    )
    assert seen(desk, ended)["status"] == "closed"
    assert desk.as_("counselor", "POST", f"{active}/accept").status_code == 200


def test_the_last_admin_stays(desk: DeskClient) -> None:
    path = f"/api/v1/counselors/{desk.people['admin'].id}"
    for change in ({"role": "auditor"}, {"disabled": True}):
        assert desk.as_("admin", "PATCH", path, json=change).status_code == 409
    second = f"/api/v1/counselors/{desk.people['auditor'].id}"
    assert desk.as_("admin", "PATCH", second, json={"role": "admin"}).status_code == 200
    assert desk.as_("admin", "PATCH", path, json={"role": "auditor"}).status_code == 200
    with db.transaction(desk.engine) as s, pytest.raises(Conflict):
        verbs.change_person(s, Actor("system"), desk.people["auditor"].id, disabled=True)


def test_a_message_is_seen_once_and_only_forwards(desk: DeskClient) -> None:
    guest, path = talks(desk)
    said = [
        desk.as_("counselor", "POST", f"{path}/messages", json={"client_id": c, "text": c}).json()
        for c in ("a", "b")
    ]
    note = {"client_id": "n", "text": "n", "audience": "internal"}
    hidden = desk.as_("counselor", "POST", f"{path}/messages", json=note).json()

    def see(message_id: str) -> int:
        body = {"message_id": message_id}
        return desk.http.post("/api/v1/chat/seen", json=body, headers=guest.headers).status_code

    assert [see(said[1]["id"]), see(said[0]["id"]), see(said[1]["id"])] == [204] * 3
    assert see(hidden["id"]) == 404
    assert seen(desk, path)["seen_message"] == said[1]["id"]
    told = desk.as_("counselor", "GET", "/api/v1/events?after=0").json()["events"]
    assert [e["kind"] for e in told].count("conversation.seen") == 1
    with db.reading(desk.engine) as s:
        assert s.get_one(Conversation, guest.conversation_id).seen_message_id == said[1]["id"]
    own = desk.http.get("/api/v1/chat/events?after=0", headers=guest.headers).json()["events"]
    assert "conversation.seen" not in {e["kind"] for e in own}


def test_a_new_password_opens_the_door_and_the_old_one_does_not(sqlite_desk: DeskClient) -> None:
    desk, senior = sqlite_desk, sqlite_desk.people["senior"]
    path = f"/api/v1/counselors/{senior.id}/reset-password"
    made = desk.as_("admin", "POST", path).json()["password"]
    assert len(made) >= counselors.MIN_PASSWORD
    assert desk.as_("senior", "GET", "/api/v1/me").status_code == 401
    sign = {"email": senior.email, "label": "the new laptop"}
    old = desk.http.post("/api/v1/tokens", json=sign | {"password": senior.password})
    assert old.status_code == 401
    fresh = desk.http.post("/api/v1/tokens", json=sign | {"password": made}).json()["token"]
    mine = {"Authorization": f"Bearer {fresh}"}
    [token] = desk.http.get("/api/v1/me/tokens", headers=mine).json()["items"]
    assert token["label"] == "the new laptop"
    assert fresh not in str(token)
    assert desk.http.delete(f"/api/v1/me/tokens/{token['id']}", headers=mine).status_code == 204
    assert desk.http.get("/api/v1/me", headers=mine).status_code == 401

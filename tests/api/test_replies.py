"""Canned replies, and what a search among conversations finds."""

import re
import secrets
from datetime import datetime

import pytest

from bot.personal_numbers import masked
from crm import db
from tests.conftest import DeskClient

PATH = "/api/v1/replies"


def words(name: str = "Greeting", **texts: str) -> dict:
    return {"name": name, "texts": texts or {"en": "Good day, {contact}."}}


def test_a_reply_is_worded_read_and_taken_away(desk: DeskClient) -> None:
    made = desk.as_("editor", "POST", PATH, json=words(ko="안녕하세요, {contact}님."))
    assert made.status_code == 201
    one = f"{PATH}/{made.json()['id']}"
    again = desk.as_("supervisor", "PATCH", one, json=words("Hello", en="Hello.", ko=" "))
    assert again.json()["texts"] == {"en": "Hello."}
    assert [r["name"] for r in desk.as_("counselor", "GET", PATH).json()["items"]] == ["Hello"]
    assert desk.as_("admin", "DELETE", one).status_code == 204
    assert desk.as_("counselor", "GET", PATH).json()["items"] == []
    told = desk.as_("admin", "GET", "/api/v1/events?after=0").json()["events"]
    kinds = [e["kind"] for e in told if e["kind"].startswith("reply.")]
    assert kinds == ["reply.saved", "reply.saved", "reply.removed"]
    assert "Hello" not in str(told)


def test_of_two_who_reword_a_reply_the_second_is_told(desk: DeskClient) -> None:
    made = desk.as_("editor", "POST", PATH, json=words()).json()
    one, seen = f"{PATH}/{made['id']}", {"seen": made["updated_at"]}
    assert desk.as_("editor", "PATCH", one, json=words(en="A") | seen).status_code == 200
    late = desk.as_("admin", "PATCH", one, json=words(en="B") | seen)
    assert (late.status_code, late.json()["error"]["details"]["field"]) == (409, "stale")
    form = {"id": made["id"], "name": "Greeting", "en": "B", **seen}
    page = desk.form("admin", "/console/replies", form)
    assert (page.status_code, ">B</textarea>" in page.text) == (409, True)
    now = desk.as_("counselor", "GET", PATH).json()["items"][0]
    assert now["texts"] == {"en": "A"}
    # What is wrong beside that changes nothing of what they had seen.
    page = desk.form("admin", "/console/replies", form | {"en": ""})
    assert page.status_code == 422
    shown = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert shown
    assert datetime.fromisoformat(shown[1]) == datetime.fromisoformat(made["updated_at"])
    form["seen"] = now["updated_at"]
    assert desk.form("admin", "/console/replies", form).status_code == 303


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (words(en="Dear {name}"), 422, "place"),
        (words(en=" "), 422, "texts"),
        (words(" "), 422, "name"),
        (words("Taken"), 409, "taken"),
        ({"name": "x", "texts": {"de": "Guten Tag"}}, 422, None),
        (words(en="x" * 4001), 422, None),
    ],
)
def test_a_reply_that_makes_no_sense_is_refused(
    sqlite_desk: DeskClient, body: dict, status: int, field: str | None
) -> None:
    sqlite_desk.as_("editor", "POST", PATH, json=words("Taken"))
    refused = sqlite_desk.as_("editor", "POST", PATH, json=body)
    assert refused.status_code == status
    if field and field != "name":
        assert refused.json()["error"]["details"]["field"] == field


def found(desk: DeskClient, role: str, text: str, **more: str) -> list[str]:
    answer = desk.http.get(
        "/api/v1/conversations",
        params={"q": text, **more},
        headers=desk.people[role].headers,
    )
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_search_finds_what_one_may_see_and_nothing_else(desk: DeskClient) -> None:
    guest = desk.guest(name="Ana Ficticia", email="ana@firm.example")
    guest.say("a 100%_safe bond, and a person please. My card is 4111 1111 1111 1111.")
    bot_talk = desk.guest(name="Ana Ficticia")
    bot_talk.say("what is the floor")
    talk = desk.as_("counselor", "GET", f"/api/v1/conversations/{guest.conversation_id}").json()
    for text in ("ana", "FIRM.example", talk["ticket"], "100%_safe", guest.conversation_id):
        assert found(desk, "counselor", text) == [guest.conversation_id], text
    assert set(found(desk, "auditor", "ana")) == {guest.conversation_id, bot_talk.conversation_id}
    assert found(desk, "counselor", "100_%safe") == []
    assert found(desk, "counselor", "4111 1111 1111 1111") == []  # nothing to guess at
    assert found(desk, "counselor", "ana", queue="payment") == []
    assert found(desk, "counselor", "%") == [guest.conversation_id]


def test_an_id_that_looks_like_an_account_is_found_as_an_id_alone(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One id in 140 has the form and the check digits of somebody's number."""
    real = secrets.token_hex

    def like_an_account(size: int) -> str:
        made = real(size)
        while size == 12 and masked(made) == made:
            made = real(size)
        return made

    monkeypatch.setattr(db.secrets, "token_hex", like_an_account)
    guest, other = sqlite_desk.guest(), sqlite_desk.guest()
    guest.say("a person please")
    other.say(f"a person please, about {guest.conversation_id}")
    assert masked(guest.conversation_id) != guest.conversation_id
    assert found(sqlite_desk, "counselor", guest.conversation_id) == [guest.conversation_id]

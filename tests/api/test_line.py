"""One order of a queue: chat, console and the offers say the same of who is next."""

from datetime import timedelta
from typing import Any

import pytest

from crm import clock, db
from routing import line, words
from tests.conftest import DeskClient, GuestClient


def waits(desk: DeskClient) -> GuestClient:
    guest = desk.guest()
    guest.say("a person please")
    return guest


def test_a_near_closing_counts_the_same_everywhere(desk: DeskClient) -> None:
    first, second, third = waits(desk), waits(desk), waits(desk)
    soon = (clock.now() + timedelta(minutes=30)).isoformat()
    path = f"/api/v1/conversations/{third.conversation_id}/needs"
    answer = desk.as_("supervisor", "PUT", path, json={"deadline": soon})
    assert answer.status_code == 200, answer.text
    order = [third, first, second]
    places = [
        desk.http.get("/api/v1/chat/place", headers=g.headers).json()["place"]["ahead"]
        for g in order
    ]
    standing = [
        desk.http.get("/api/v1/chat/wait", headers=g.headers).json()["position"] for g in order
    ]
    assert (places, standing) == ([0, 1, 2], [1, 2, 3])
    with db.reading(desk.engine) as s:
        assert [w.id for w in line.of_queue(s, "bidding")] == [g.conversation_id for g in order]
    page = desk.page("counselor", "/console/lists")
    told = [page.index(g.conversation_id) for g in order]
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("language", "again"),
    [("en", "operator"), ("es", "Quiero hablar con una persona."), ("ko", "상담원이요")],
)
def test_whoever_asks_again_hears_where_they_stand_once_for_each_asking(
    sqlite_desk: DeskClient, language: str, again: str
) -> None:
    waits(sqlite_desk)
    guest = sqlite_desk.guest(language=language)
    guest.say("a person please")
    number = shown(sqlite_desk, guest)["ticket"]
    for asked in (1, 2):
        guest.say(again)
        told = [m for m in shown(sqlite_desk, guest)["messages"] if m["author"] == "system"]
        assert len(told) == asked
        assert told[-1]["text"].startswith(words.say(language, "still_in_line"))
        assert words.say(language, "waiting", number=number, ahead=1) in told[-1]["text"]
    guest.say("My company is called Ficticia.")
    told = [m for m in shown(sqlite_desk, guest)["messages"] if m["author"] == "system"]
    assert len(told) == 2


def shown(desk: DeskClient, guest: GuestClient) -> dict[str, Any]:
    place = f"/api/v1/conversations/{guest.conversation_id}"
    found: dict[str, Any] = desk.as_("supervisor", "GET", place).json()
    return found

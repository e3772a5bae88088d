"""One order of a queue: chat, console and the offers say the same of who is next."""

from datetime import timedelta

from crm import clock, db
from routing import line
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

"""Tickets that go to another queue, and the talks that wait about them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm import clock, db
from crm.models import Conversation, Ticket
from routing import allocator
from routing.assign import Match
from tests.api.test_macros import waits_for_a_lock
from tests.conftest import DeskClient, GuestClient
from tests.routing.test_turns import until

pytestmark = pytest.mark.at_rest


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


class Waiting:
    """A guest who waits for people, and the ticket of the matter."""

    def __init__(self, desk: DeskClient) -> None:
        self.desk = desk
        self.guest: GuestClient = desk.guest(language="en", name="Ana Ficticia")
        self.guest.outcome("person please")
        self.path = f"/api/v1/conversations/{self.guest.conversation_id}"
        listed = ok(desk.as_("supervisor", "GET", "/api/v1/tickets"))["items"]
        self.ticket = next(t["id"] for t in listed if t["number"] == self.talk["ticket"])

    @property
    def talk(self) -> dict[str, Any]:
        return ok(self.desk.as_("supervisor", "GET", self.path))


def test_who_waits_goes_along_and_keeps_the_place(desk: DeskClient) -> None:
    one = Waiting(desk)
    before = one.talk
    path = f"/api/v1/tickets/{one.ticket}"
    changed = ok(desk.as_("counselor", "PATCH", path, json={"queue": "legal"}))
    after = one.talk
    assert (changed["queue"], after["queue"], changed["tier"]) == ("legal", "legal", 2)
    assert (after["status"], after["owner"]["kind"]) == ("waiting", "queue")
    assert after["waiting_since"] == before["waiting_since"]
    assert len(after["messages"]) == len(before["messages"]) + 1
    assert after["messages"][-1]["author"] == "system"  # the contact is told
    told = ok(desk.as_("auditor", "GET", "/api/v1/events?after=0"))["events"]
    moved = [e["data"] for e in told if e["kind"] == "conversation.transferred"]
    assert moved == [{"queue": "legal"}]
    # Who does not serve that line has neither in sight any more; who does picks it there.
    assert desk.as_("counselor", "GET", one.path).status_code == 404
    ok(desk.as_("senior", "POST", f"{one.path}/accept"))


def test_nothing_moves_where_the_queue_stays(desk: DeskClient) -> None:
    one = Waiting(desk)
    before = one.talk
    same = {"queue": before["queue"], "priority": "high"}
    ok(desk.as_("counselor", "PATCH", f"/api/v1/tickets/{one.ticket}", json=same))
    assert one.talk == before


def test_a_talk_that_goes_on_stays_with_its_counselor(desk: DeskClient) -> None:
    one = Waiting(desk)
    ok(desk.as_("counselor", "POST", f"{one.path}/accept"))
    before = one.talk
    path = f"/api/v1/tickets/{one.ticket}"
    ok(desk.as_("senior", "PATCH", path, json={"queue": "payment"}))
    assert one.talk == before


def test_a_promised_call_stays_promised_in_the_other_line(desk: DeskClient) -> None:
    one = Waiting(desk)
    ok(desk.as_("counselor", "POST", f"{one.path}/accept"))
    noon = clock.now().astimezone(ZoneInfo(desk.settings.hours.zone)).replace(hour=12)
    at = (noon + timedelta(days=1)).isoformat()
    promise = desk.as_("counselor", "POST", f"{one.path}/callback",
                       json={"at": at, "number": "+15550100123"})  # fmt: skip
    ok(promise, 201)
    path = f"/api/v1/tickets/{one.ticket}"
    ok(desk.as_("supervisor", "PATCH", path, json={"queue": "payment"}))
    talk = one.talk
    assert (talk["queue"], talk["owner"]["kind"], talk["status"]) == (
        "payment", "callback", "waiting",
    )  # fmt: skip
    live = ok(desk.as_("supervisor", "GET", "/api/v1/callbacks"))["items"]
    assert [promised["state"] for promised in live] == ["waiting"]


def test_the_other_talks_of_a_matter_go_where_one_of_them_is_passed(desk: DeskClient) -> None:
    one, two = Waiting(desk), Waiting(desk)
    merge = {"into": one.ticket}
    ok(desk.as_("supervisor", "POST", f"/api/v1/tickets/{two.ticket}/merge", json=merge))
    since = two.talk["waiting_since"]
    ok(desk.as_("counselor", "POST", f"{one.path}/accept"))
    ok(desk.as_("counselor", "POST", f"{one.path}/transfer", json={"queue": "payment"}))
    assert [talk.talk["queue"] for talk in (one, two)] == ["payment", "payment"]
    assert two.talk["waiting_since"] == since


def test_who_waits_goes_to_the_line_of_the_ticket_theirs_is_merged_into(desk: DeskClient) -> None:
    one, two = Waiting(desk), Waiting(desk)
    ok(desk.as_("supervisor", "PATCH", f"/api/v1/tickets/{one.ticket}", json={"queue": "payment"}))
    before = two.talk
    merge = {"into": one.ticket}
    ok(desk.as_("supervisor", "POST", f"/api/v1/tickets/{two.ticket}/merge", json=merge))
    assert (two.talk["queue"], two.talk["owner"]["kind"]) == ("payment", "queue")
    assert two.talk["waiting_since"] == before["waiting_since"]
    ok(desk.as_("supervisor", "POST", f"/api/v1/tickets/{two.ticket}/undo"))
    assert two.talk["queue"] == before["queue"]
    assert two.talk["waiting_since"] == before["waiting_since"]


def test_a_split_to_another_queue_takes_its_talks_along(desk: DeskClient) -> None:
    one = Waiting(desk)
    before = one.talk["queue"]
    split = {"conversations": [one.guest.conversation_id], "queue": "payment"}
    made = desk.as_("counselor", "POST", f"/api/v1/tickets/{one.ticket}/split", json=split)
    assert ok(made, 201)["queue"] == one.talk["queue"] == "payment"
    since = one.talk["waiting_since"]
    ok(desk.as_("counselor", "POST", f"/api/v1/tickets/{one.ticket}/undo"))
    assert (one.talk["queue"], one.talk["waiting_since"]) == (before, since)


def test_the_page_of_a_ticket_takes_who_waits_along(sqlite_desk: DeskClient) -> None:
    one = Waiting(sqlite_desk)
    form = {"subject": "Payment", "status": "open", "priority": "normal", "queue": "payment"}
    sent = sqlite_desk.form("counselor", f"/console/tickets/{one.ticket}", form)
    assert sent.status_code == 303, sent.text
    assert one.talk["queue"] == "payment"


def test_what_has_left_a_line_is_not_offered_in_it(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The allocator looked before the ticket went to the second line, and claims after it."""
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)
    one = Waiting(desk)
    match = Match(one.guest.conversation_id, desk.people["counselor"].id, "chat", one.talk["queue"])
    ok(desk.as_("counselor", "PUT", "/api/v1/presence", json={"state": "ready"}))
    ok(desk.as_("counselor", "PATCH", f"/api/v1/tickets/{one.ticket}", json={"queue": "legal"}))
    assert not allocator.DeskStore(desk.engine).claim(match, 0)
    assert desk.as_("counselor", "GET", one.path).status_code == 404


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
@pytest.mark.postgres
@pytest.mark.parametrize("act", ["merge", "split", "undo"])
def test_who_moves_talks_waits_for_what_is_said_in_them(desk: DeskClient, act: str) -> None:
    """Whoever says something has the talk and asks for its ticket: who had the ticket and asked for
    the talk would wait for them as they for it, until the database ends one of the two."""
    one, two = Waiting(desk), Waiting(desk)
    ok(desk.as_("counselor", "POST", f"{one.path}/accept"))
    path, other, talk = f"/api/v1/tickets/{one.ticket}", two.ticket, one.guest.conversation_id
    bodies: dict[str, Any] = {"merge": {"into": other}, "split": {"conversations": [talk]}}
    if act == "undo":
        ok(desk.as_("counselor", "POST", f"{path}/merge", json=bodies["merge"]))
    ticket = other if act == "undo" else one.ticket
    with ThreadPoolExecutor(1) as pool:
        with db.transaction(desk.engine) as s:
            s.execute(select(Conversation.id).where(Conversation.id == talk).with_for_update())
            done = pool.submit(desk.as_, "counselor", "POST", f"{path}/{act}", json=bodies.get(act))
            until(lambda: waits_for_a_lock(s))
            s.execute(select(Ticket.id).where(Ticket.id == ticket).with_for_update(nowait=True))
        assert done.result(20).is_success

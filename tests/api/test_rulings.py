"""A ticket waits for approval or interpretation; what was granted can be cited by its number."""

from datetime import UTC, datetime, timedelta

import pytest

from crm import clock
from routing import allocator
from tests.api.test_walls import NUMBER, wall
from tests.conftest import DeskClient

TICKETS, RULINGS = "/api/v1/tickets", "/api/v1/rulings"


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> dict:
    """A clock that stands until the test moves it: Wednesday noon in Seoul."""
    hands = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])
    return hands


def ok(answer, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


def ticket_of(desk: DeskClient, text: str = "person please") -> str:
    guest = desk.guest(language="en")
    guest.outcome(text)
    talk = ok(desk.as_("counselor", "GET", f"/api/v1/conversations/{guest.conversation_id}"))
    listed = ok(desk.as_("counselor", "GET", TICKETS))["items"]
    return next(t["id"] for t in listed if t["number"] == talk["ticket"])


def asked(desk: DeskClient, ticket: str, who: str = "counselor", **body: object) -> dict:
    body = {"kind": "interpretation", "question": "Does the floor hold for leases?"} | body
    return ok(desk.as_(who, "POST", f"{TICKETS}/{ticket}/rulings", json=body), 201)


def decided(desk: DeskClient, who: str, ruling: str, **body: object):
    body = {"granted": True, "reply": "It holds for leases too.", "basis": "Article 7"} | body
    return desk.as_(who, "POST", f"{RULINGS}/{ruling}/decide", json=body)


def test_an_interpretation_from_question_to_citation(desk: DeskClient) -> None:
    ticket = ticket_of(desk)
    made = asked(desk, ticket, approver=desk.people["senior"].id)
    assert (made["state"], made["approver"]) == ("asked", desk.people["senior"].id)
    waits = ok(desk.as_("counselor", "GET", f"{TICKETS}/{ticket}"))
    assert (waits["awaits"], waits["tier"], waits["status"]) == ("interpretation", 2, "open")
    listed = ok(desk.as_("counselor", "GET", f"{TICKETS}?awaits=interpretation"))["items"]
    assert [t["id"] for t in listed] == [ticket]
    for change in ({"status": "solved"}, {"status": "closed"}):
        refused = desk.as_("counselor", "PATCH", f"{TICKETS}/{ticket}", json=change)
        assert refused.status_code == 409
    moved = ok(desk.as_("counselor", "PATCH", f"{TICKETS}/{ticket}", json={"queue": "payment"}))
    assert moved["tier"] == 2  # it stays with the second line
    # Nobody is asked twice about one ticket, and only whose decision it is decides.
    again = {"kind": "approval", "question": "And this?"}
    twice = desk.as_("counselor", "POST", f"{TICKETS}/{ticket}/rulings", json=again)
    assert twice.status_code == 409
    assert decided(desk, "counselor", made["id"]).status_code == 403
    assert decided(desk, "senior", made["id"], basis=None).status_code == 422
    granted = ok(decided(desk, "senior", made["id"]))
    assert granted["state"] == "granted"
    assert granted["citation"].startswith(f"{made['number']}, ")
    assert granted["citation"].endswith("(Article 7): Senior Example")
    assert decided(desk, "senior", made["id"]).status_code == 409
    free = ok(desk.as_("counselor", "PATCH", f"{TICKETS}/{ticket}", json={"status": "solved"}))
    assert (free["awaits"], free["status"]) == (None, "solved")
    # Cited by its number, found by what it says; the question is not for everybody.
    cited = ok(desk.as_("editor", "GET", f"{RULINGS}/{made['number']}"))
    assert (cited["reply"], cited["question"], cited["ticket"]) == (
        "It holds for leases too.",
        None,
        None,
    )
    for text in ("leases", "article 7", made["number"].lower()):
        found = ok(desk.as_("counselor", "GET", f"{RULINGS}?text={text}"))["items"]
        assert [r["id"] for r in found] == [made["id"]]
    assert ok(desk.as_("counselor", "GET", f"{RULINGS}?text=100%25"))["items"] == []
    journal = ok(desk.as_("auditor", "GET", "/api/v1/events?after=0"))["events"]
    kinds = [e["kind"] for e in journal if e["kind"].startswith("ruling.")]
    assert kinds == ["ruling.asked", "ruling.granted"]
    assert "leases" not in str(journal)


def test_an_approval_is_the_complaint_managers_and_nobody_approves_for_themselves(
    desk: DeskClient,
) -> None:
    ticket = ticket_of(desk)
    body = {"kind": "approval", "question": "May I refund?"}
    path = f"{TICKETS}/{ticket}/rulings"
    senior = body | {"approver": desk.people["senior"].id}
    assert desk.as_("counselor", "POST", path, json=senior).status_code == 422
    own = body | {"approver": desk.people["supervisor"].id}
    assert desk.as_("supervisor", "POST", path, json=own).status_code == 422
    made = asked(desk, ticket, "supervisor", **body)
    for role in ("senior", "supervisor"):  # not theirs to decide; asked for by themselves
        assert decided(desk, role, made["id"]).status_code == 403
    assert desk.as_("senior", "POST", f"{RULINGS}/{made['id']}/withdraw").status_code == 403
    gone = ok(desk.as_("supervisor", "POST", f"{RULINGS}/{made['id']}/withdraw"))
    assert gone["state"] == "withdrawn"
    second = asked(desk, ticket, **body)
    refused = ok(decided(desk, "supervisor", second["id"], granted=False, reply="No.", basis=None))
    assert (refused["state"], refused["citation"]) == ("refused", None)
    # What was refused is nobody's to cite.
    assert desk.as_("editor", "GET", f"{RULINGS}/{second['id']}").status_code == 404
    around = ok(desk.as_("counselor", "GET", f"{RULINGS}?kind=approval"))["items"]
    assert [r["state"] for r in around] == ["refused", "withdrawn"]


def test_the_deadline_is_counted_on_the_calendar_and_missed_once(
    sqlite_desk: DeskClient, stopped: dict
) -> None:
    desk, start = sqlite_desk, stopped["now"]
    made = asked(desk, ticket_of(desk), kind="approval")
    assert made["due_at"] > start.isoformat()
    for wrong in (start - timedelta(minutes=1), start + timedelta(days=121)):
        body = {"kind": "approval", "question": "x", "due_at": wrong.isoformat()}
        path = f"{TICKETS}/{ticket_of(desk)}/rulings"
        assert desk.as_("counselor", "POST", path, json=body).status_code == 422
    soon = asked(desk, ticket_of(desk), due_at=(start + timedelta(hours=1)).isoformat())
    for _ in range(2):
        stopped["now"] = start + timedelta(hours=2)
        allocator.sweep(desk.engine)
    assert ok(desk.as_("senior", "GET", f"{RULINGS}/{soon['id']}"))["late"]
    journal = ok(desk.as_("auditor", "GET", "/api/v1/events?after=0"))["events"]
    late = [e["data"]["ruling"] for e in journal if e["kind"] == "ruling.late"]
    assert late == [soon["id"]]
    assert ok(decided(desk, "senior", soon["id"]))["state"] == "granted"  # late is not lost


def test_lists_go_on_where_they_stopped_and_know_their_own_cursors(
    sqlite_desk: DeskClient,
) -> None:
    desk = sqlite_desk
    made = [asked(desk, ticket_of(desk))["number"] for _ in range(3)]
    seen, cursor = [], ""
    for _ in range(3):
        page = ok(desk.as_("senior", "GET", f"{RULINGS}?limit=1{cursor}"))
        seen += [r["number"] for r in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert seen == made[::-1]
    assert page["next"] is None
    for path in (RULINGS, TICKETS, "/api/v1/appointments"):
        assert desk.as_("senior", "GET", f"{path}?cursor=zz").status_code == 422, path


def test_a_wall_before_the_tender_hides_its_rulings_too(sqlite_desk: DeskClient) -> None:
    desk = sqlite_desk
    ticket = ticket_of(desk, f"person please, about {NUMBER}")
    made = asked(desk, ticket)
    assert [r["id"] for r in ok(desk.as_("senior", "GET", RULINGS))["items"]] == [made["id"]]
    wall(desk, "senior")
    assert ok(desk.as_("senior", "GET", RULINGS))["items"] == []
    assert desk.as_("senior", "GET", f"{RULINGS}/{made['number']}").status_code == 404
    assert decided(desk, "senior", made["id"]).status_code == 404
    ok(decided(desk, "supervisor", made["id"]))
    assert desk.as_("senior", "GET", f"{RULINGS}/{made['number']}").status_code == 404
    assert ok(desk.as_("editor", "GET", f"{RULINGS}/{made['number']}"))["state"] == "granted"

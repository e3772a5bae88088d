"""Merging, splitting and undoing tickets; notes, watchers, links, likeness, clocks; contacts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from crm import clock, counselors, db, mentions
from crm.models import Counselor, Event
from crm.settings import QUEUES
from routing import allocator
from tests.conftest import PASSWORD, DeskClient


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> dict:
    """A clock that stands until the test moves it."""
    hands = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])
    return hands


def handed_off(desk: DeskClient, text: str = "person please") -> tuple[str, str]:
    """A waiting conversation and its ticket."""
    guest = desk.guest(language="en")
    guest.outcome(text)
    talk = desk.as_("counselor", "GET", f"/api/v1/conversations/{guest.conversation_id}").json()
    listed = desk.as_("counselor", "GET", "/api/v1/tickets").json()["items"]
    return talk["id"], next(t["id"] for t in listed if t["number"] == talk["ticket"])


def ok(answer, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_merged_tickets_are_one_matter_and_two_again(desk: DeskClient) -> None:
    (talk_a, a), (talk_b, b) = handed_off(desk), handed_off(desk)
    path = "/api/v1/tickets"
    merged = ok(desk.as_("counselor", "POST", f"{path}/{a}/merge", json={"into": b}))
    assert (merged["id"], sorted(merged["conversations"])) == (b, sorted([talk_a, talk_b]))
    gone = ok(desk.as_("counselor", "GET", f"{path}/{a}"))
    assert (gone["status"], gone["merged_into"]) == ("closed", b)
    for body in ({"into": b}, {"into": a}):  # neither again, nor into itself
        refused = desk.as_("counselor", "POST", f"{path}/{a}/merge", json=body)
        assert refused.status_code in {409, 422}
    changed = desk.as_("counselor", "PATCH", f"{path}/{a}", json={"status": "open"})
    assert changed.status_code == 409
    back = ok(desk.as_("counselor", "POST", f"{path}/{b}/undo"))
    assert back["conversations"] == [talk_b]
    own = ok(desk.as_("counselor", "GET", f"{path}/{a}"))
    assert (own["status"], own["merged_into"], own["conversations"]) == ("open", None, [talk_a])
    assert desk.as_("counselor", "POST", f"{path}/{b}/undo").status_code == 409


def test_several_are_merged_into_one_and_taken_back_one_by_one(sqlite_desk: DeskClient) -> None:
    (_, a), (_, b), (_, c) = (handed_off(sqlite_desk) for _ in range(3))
    one = ok(sqlite_desk.as_("senior", "POST", f"/api/v1/tickets/{a}/merge",
                             json={"tickets": [b, c]}))  # fmt: skip
    assert len(one["conversations"]) == 3
    for left in (2, 1):
        one = ok(sqlite_desk.as_("senior", "POST", f"/api/v1/tickets/{a}/undo"))
        assert len(one["conversations"]) == left


def test_a_split_gives_talks_a_ticket_of_their_own(desk: DeskClient) -> None:
    (talk_a, a), (talk_b, b) = handed_off(desk), handed_off(desk)
    path = "/api/v1/tickets"
    ok(desk.as_("counselor", "POST", f"{path}/{b}/merge", json={"into": a}))
    body = {"conversations": [talk_b], "subject": "Another matter", "queue": "payment"}
    made = ok(desk.as_("counselor", "POST", f"{path}/{a}/split", json=body), 201)
    assert (made["subject"], made["queue"]) == ("Another matter", "payment")
    assert made["conversations"] == [talk_b]
    foreign = desk.as_("counselor", "POST", f"{path}/{a}/split", json=body)
    assert foreign.status_code == 422  # it is not there any more
    whole = ok(desk.as_("counselor", "POST", f"{path}/{a}/undo"))
    assert sorted(whole["conversations"]) == sorted([talk_a, talk_b])
    assert ok(desk.as_("counselor", "GET", f"{path}/{made['id']}"))["status"] == "closed"


def test_notes_mention_and_the_mentioned_watch(sqlite_desk: DeskClient) -> None:
    _, ticket = handed_off(sqlite_desk)
    path = f"/api/v1/tickets/{ticket}"
    senior, mine = sqlite_desk.people["senior"].id, sqlite_desk.people["counselor"].id
    body = {"text": "Please look at clause 3.", "mentions": [senior]}
    ok(sqlite_desk.as_("counselor", "POST", f"{path}/notes", json=body), 201)
    unknown = {"text": "x", "mentions": ["nobody"]}
    assert sqlite_desk.as_("counselor", "POST", f"{path}/notes", json=unknown).status_code == 422
    link = {"kind": "organisation", "value": "Ficticia 1 Ltd."}
    for _ in range(2):  # the same again changes nothing
        there = ok(sqlite_desk.as_("counselor", "POST", f"{path}/links", json=link), 201)
    assert there["watchers"] == sorted([senior, mine])
    assert [n["text"] for n in there["notes"]] == ["Please look at clause 3."]
    assert there["links"] == [link]
    gone = ok(sqlite_desk.as_("senior", "POST", f"{path}/watch", json={"watching": False}))
    assert gone["watchers"] == [mine]
    journal = sqlite_desk.as_("auditor", "GET", "/api/v1/events").text
    assert "clause 3" not in journal
    assert "Ficticia" not in journal


def test_a_duplicate_is_warned_of_while_writing(desk: DeskClient) -> None:
    handed_off(desk, "person: my certificate is refused at signing")
    handed_off(desk, "person: when is the invoice paid")
    asked = "/api/v1/tickets/similar?text=certificate refused when signing the bid"
    found = ok(desk.as_("counselor", "GET", asked))["items"]
    assert [("certificate" in x["ticket"]["subject"], x["why"]) for x in found] == [
        (True, ["words"])
    ]
    assert ok(desk.as_("counselor", "GET", "/api/v1/tickets/similar"))["items"] == []


def test_clocks_stand_while_the_contact_is_awaited(sqlite_desk: DeskClient, stopped: dict) -> None:
    desk = sqlite_desk
    guest = desk.guest(language="en")
    guest.outcome("person please")
    talk = guest.conversation_id
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    ticket = desk.as_("counselor", "GET", "/api/v1/tickets").json()["items"][0]
    path = f"/api/v1/tickets/{ticket['id']}"
    due = datetime.fromisoformat(ticket["solution_due"])
    said = {"client_id": "1", "text": "Which tender?"}
    ok(desk.as_("counselor", "POST", f"/api/v1/conversations/{talk}/messages", json=said), 201)
    ok(desk.as_("counselor", "PATCH", path, json={"status": "pending"}))
    stopped["now"] += timedelta(days=30)
    allocator.sweep(desk.engine)
    assert ok(desk.as_("counselor", "GET", path))["late"] == []
    guest.say("This one")
    back = ok(desk.as_("counselor", "GET", path))
    assert (back["status"], back["late"]) == ("open", [])
    assert datetime.fromisoformat(back["solution_due"]) == due + timedelta(days=30)
    next_due = datetime.fromisoformat(back["next_answer_due"])
    assert next_due == stopped["now"] + timedelta(hours=8)
    stopped["now"] = next_due + timedelta(seconds=1)
    for _ in range(2):
        allocator.sweep(desk.engine)
    assert ok(desk.as_("counselor", "GET", path))["late"] == ["next_answer"]
    told = [e for e in desk.as_("auditor", "GET", "/api/v1/events").json()["events"]
            if e["kind"] == "ticket.breached"]  # fmt: skip
    assert [e["data"]["clock"] for e in told] == ["next_answer"]


def test_a_contact_is_seen_all_round_and_merged_and_undone(desk: DeskClient) -> None:
    (talk_a, _), (talk_b, _) = handed_off(desk), handed_off(desk)
    who = [
        desk.as_("senior", "GET", f"/api/v1/conversations/{t}").json()["contact"]["id"]
        for t in (talk_a, talk_b)
    ]
    path = "/api/v1/contacts"
    one = ok(desk.as_("senior", "POST", f"{path}/{who[0]}/merge", json={"into": who[1]}))
    assert {c["id"] for c in one["conversations"]} == {talk_a, talk_b}
    assert len(one["tickets"]) == 2
    again = desk.as_("senior", "POST", f"{path}/{who[0]}/merge", json={"into": who[1]})
    assert again.status_code == 409
    circle = desk.as_("senior", "POST", f"{path}/{who[1]}/merge", json={"into": who[0]})
    assert circle.status_code == 409
    two = ok(desk.as_("senior", "POST", f"{path}/{who[0]}/undo"))
    assert [c["id"] for c in two["conversations"]] == [talk_a]


def test_a_note_in_a_talk_tells_the_colleague_whom_it_names(sqlite_desk: DeskClient) -> None:
    desk = sqlite_desk
    talk, _ = handed_off(desk)
    path = f"/api/v1/conversations/{talk}/messages"
    said = {"client_id": "1", "audience": "internal", "text": "@Senior Example, which clause?"}
    for _ in range(2):  # sent again, it is told once
        ok(desk.as_("counselor", "POST", path, json=said), 201)
    blind = said | {"client_id": "2", "text": "@editor example look"}
    refused = desk.as_("counselor", "POST", path, json=blind)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"]["people"] == ["Editor Example"]
    public = {"client_id": "3", "text": "write to help@senior example"}
    assert desk.as_("counselor", "POST", path, json=public).status_code == 403  # not theirs yet
    told = ok(desk.as_("senior", "GET", "/api/v1/notifications"))
    [one] = told["items"]
    assert (told["unread"], one["kind"], one["conversation"]) == (1, "mention", talk)
    assert one["text"] == said["text"]
    page = desk.page("senior", "/console/notifications")
    assert f"/console?c={talk}" in page
    assert ok(desk.as_("counselor", "GET", "/api/v1/notifications"))["items"] == []
    path = f"/api/v1/notifications/{one['id']}/read"
    assert desk.as_("counselor", "POST", path).status_code == 404  # another's
    for _ in range(2):
        assert ok(desk.as_("senior", "POST", path))["unread"] == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@김상담에게 물어보세요", ["김상담"]),
        ("＠김상담사님", ["김상담사"]),
        ("@ANA PEÑA: ¿la ves?", ["Ana Peña"]),
        ("@Ana Peñarol", []),
        ("write to x@ana peña", []),
        ("@nobody @ @@Ana Peña", ["Ana Peña"]),
    ],
)
def test_names_are_found_as_people_write_them(
    sqlite_desk: DeskClient, text: str, named: list[str]
) -> None:
    with db.transaction(sqlite_desk.engine) as s:
        for n, name in enumerate(("김상담", "김상담사", "Ana Peña")):
            counselors.sign_up(
                s, email=f"n{n}@desk.example", name=name, password=PASSWORD, role="counselor",
                languages=["en"], queues=["bidding"],
            )  # fmt: skip
        assert [x.name for meant in mentions.named(s, text) for x in meant] == named


def test_two_colleagues_of_one_name_are_told_apart(desk: DeskClient) -> None:
    talk, ticket = handed_off(desk)
    with db.transaction(desk.engine) as s:
        one, two, three = (
            counselors.sign_up(
                s, email=f"ana{n}@desk.example", name="Ana Peña", password=PASSWORD,
                role="counselor", languages=["en"], queues=QUEUES if n < 3 else ["legal"],
            ).id
            for n in (1, 2, 3)
        )  # fmt: skip
        asking = counselors.issue_token(s, s.get_one(Counselor, two))
    for path in (f"/api/v1/tickets/{ticket}", f"/api/v1/conversations/{talk}"):
        listed = ok(desk.as_("counselor", "GET", f"{path}/colleagues"))["items"]
        called = {x["id"]: x["called"] for x in listed}
        assert (called[one], called[two]) == (
            "Ana Peña (ana1@desk.example)", "Ana Peña (ana2@desk.example)",
        )  # fmt: skip
        assert called[desk.people["senior"].id] == "Senior Example"
        assert three not in called  # who may not see it
        assert desk.people["counselor"].id not in called
        assert desk.people["editor"].id not in called
    notes = f"/api/v1/tickets/{ticket}/notes"
    unclear = desk.as_("counselor", "POST", notes, json={"text": "@Ana Peña, which clause?"})
    assert unclear.status_code == 422
    details = unclear.json()["error"]["details"]
    assert details["reason"] == "which"
    assert details["people"] == [f"@{called[one]}", f"@{called[two]}"]
    for note, whom in (
        ({"text": f"@{called[two]}, which clause?"}, [two]),
        ({"text": "@ana peña( ANA1@desk.example )"}, [one]),
        ({"text": "@Ana Peña, which clause?", "mentions": [one]}, [one]),
        ({"text": f"@{called[one]}@{called[two]}"}, sorted([one, two])),
    ):
        assert ok(desk.as_("counselor", "POST", notes, json=note), 201)["mentions"] == whom
    said = {"client_id": "1", "audience": "internal", "text": "@Ana Peña: look"}
    path = f"/api/v1/conversations/{talk}/messages"
    assert desk.as_("counselor", "POST", path, json=said).status_code == 422
    ok(desk.as_("counselor", "POST", path, json=said | {"text": f"@{called[two]}: look"}), 201)
    told = ok(desk.http.get("/api/v1/notifications",
                            headers={"Authorization": f"Bearer {asking}"}))["items"]  # fmt: skip
    assert [x["kind"] for x in told if x["conversation"] == talk] == ["mention"]
    page = desk.form("counselor", f"/console/tickets/{ticket}/notes", {"text": "@Ana Peña?"})
    assert page.status_code == 422
    assert "Several colleagues have the name" in page.text
    assert "@Ana Peña (ana1@desk.example)" in page.text


def test_watchers_hear_of_what_becomes_of_it_and_the_assigned_of_being_given_it(
    desk: DeskClient,
) -> None:
    _, ticket = handed_off(desk)
    path = f"/api/v1/tickets/{ticket}"
    ok(desk.as_("senior", "POST", f"{path}/watch", json={"watching": True}))
    for priority in ("high", "urgent"):  # twice before it was read: told once
        ok(desk.as_("counselor", "PATCH", path, json={"priority": priority}))
    me = desk.people["supervisor"].id
    ok(desk.as_("counselor", "PATCH", path, json={"assignee": me}))
    told = ok(desk.as_("senior", "GET", "/api/v1/notifications"))
    assert [x["kind"] for x in told["items"]] == ["change"]
    given = ok(desk.as_("supervisor", "GET", "/api/v1/notifications"))["items"]
    assert [(x["kind"], x["ticket"]) for x in given] == [("assigned", ticket)]
    assert ok(desk.as_("senior", "POST", "/api/v1/notifications/read"))["unread"] == 0
    # Moved to a queue that they do not serve, it is out of their sight.
    ok(desk.as_("supervisor", "POST", f"{path}/watch", json={"watching": True}))
    with db.transaction(desk.engine) as s:
        s.get_one(Counselor, desk.people["senior"].id).queues = ["payment"]
    ok(desk.as_("counselor", "PATCH", path, json={"priority": "low"}))
    assert ok(desk.as_("senior", "GET", "/api/v1/notifications")) == {
        "items": [], "unread": 0, "next": None,
    }  # fmt: skip


def test_who_can_be_mentioned_is_asked_at_once_however_many_they_are(desk: DeskClient) -> None:
    talk, ticket = handed_off(desk)
    asked: list[str] = []
    event.listen(desk.engine, "before_cursor_execute", lambda *what: asked.append(what[2]))

    def cost(path: str) -> int:
        asked.clear()
        ok(desk.as_("counselor", "GET", f"{path}/colleagues"))
        return len(asked)

    paths = (f"/api/v1/tickets/{ticket}", f"/api/v1/conversations/{talk}")
    few = sum(cost(path) for path in paths)
    with db.transaction(desk.engine) as s:
        for n in range(20):
            counselors.sign_up(
                s, email=f"more{n}@desk.example", name=f"More {n}", password=PASSWORD,
                role="counselor", languages=["en"], queues=QUEUES,
            )  # fmt: skip
    assert sum(cost(path) for path in paths) < few + 20  # others may ask something meanwhile


def test_the_stream_tells_a_watcher_no_more_of_what_they_may_not_see(desk: DeskClient) -> None:
    _, ticket = handed_off(desk)
    path = f"/api/v1/tickets/{ticket}"
    ok(desk.as_("senior", "POST", f"{path}/watch", json={"watching": True}))
    ok(desk.as_("counselor", "PATCH", path, json={"priority": "high"}))
    with db.reading(desk.engine) as s:
        last = s.scalar(select(func.max(Event.id)))

    def changes(after: int = 0) -> list[dict]:
        told = ok(desk.as_("senior", "GET", f"/api/v1/events?after={after}"))["events"]
        return [e for e in told if e["kind"] == "ticket.changed"]

    assert len(changes()) == 1
    with db.transaction(desk.engine) as s:
        s.get_one(Counselor, desk.people["senior"].id).queues = ["payment"]
    token = desk.people["senior"].token
    with desk.http.websocket_connect(
        f"/live?after={last}", subprotocols=[f"bearer.{token}"]
    ) as live:
        ok(desk.as_("counselor", "PATCH", path, json={"priority": "urgent"}))
        ok(desk.as_("senior", "PUT", "/api/v1/presence", json={"state": "ready"}))
        assert live.receive_json()["kind"] == "presence.changed"  # which is their own
    assert changes() == []
    ok(desk.as_("counselor", "PATCH", path, json={"queue": "payment"}))
    assert len(changes()) == 3  # it came to their queue, with what became of it


def test_what_came_of_a_happy_call_stands_on_its_ticket_and_contact(
    sqlite_desk: DeskClient,
) -> None:
    desk = sqlite_desk
    talk, ticket = handed_off(desk)
    new = {"name": "After help", "kind": "happy_call", "texts": {"en": "How was it?"}}
    made = ok(desk.as_("supervisor", "POST", "/api/v1/campaigns", json=new), 201)["id"]
    path = f"/api/v1/conversations/{talk}"
    ok(desk.as_("counselor", "POST", f"{path}/accept"))
    ok(desk.as_("counselor", "POST", f"{path}/wrap", json={"code": "answered"}))
    now = clock.now()
    span = {
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(hours=1)).isoformat(),
    }
    campaign = f"/api/v1/campaigns/{made}"
    ok(desk.as_("supervisor", "POST", f"{campaign}/targets", json={"closed": span}), 201)
    ok(desk.as_("supervisor", "POST", f"{campaign}/start"))
    [call] = ok(desk.as_("senior", "GET", "/api/v1/happy-calls"))["items"]
    ok(desk.as_("senior", "POST", f"/api/v1/happy-calls/{call['id']}/take"))
    told = {"result": "follow_up", "note": "wants the form by post"}
    ok(desk.as_("senior", "POST", f"/api/v1/happy-calls/{call['id']}/result", json=told))
    seen = ok(desk.as_("counselor", "GET", f"/api/v1/contacts/{call['contact']}"))
    [line] = seen["calls"]
    assert (line["result"], line["note"], line["about"]) == ("follow_up", told["note"], talk)
    for page in (f"/console/tickets/{ticket}", f"/console/contacts/{call['contact']}"):
        assert told["note"] in desk.page("counselor", page)
    _, other = handed_off(desk)
    assert told["note"] not in desk.page("counselor", f"/console/tickets/{other}")

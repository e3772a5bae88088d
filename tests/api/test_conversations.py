"""The desk's side of a conversation, field by field."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from crm import counselors, db
from crm.models import Event
from tests.conftest import PASSWORD, DeskClient, GuestClient

pytestmark = pytest.mark.at_rest

LIST = "/api/v1/conversations"
SUMMARY = {"id", "queue", "urgent", "owner", "status", "language", "contact"}
HANDOFF = {"reason", "goal", "facts", "sources_tried", "language", "deadline", "last_turns"}


def waiting(desk: DeskClient, text: str = "a person please") -> tuple[GuestClient, str]:
    guest = desk.guest()
    assert guest.outcome(text)["act"] == "handoff"
    return guest, f"{LIST}/{guest.conversation_id}"


def accepted(desk: DeskClient, role: str = "counselor") -> tuple[GuestClient, str]:
    guest, path = waiting(desk)
    assert desk.as_(role, "POST", f"{path}/accept").status_code == 200
    return guest, path


def status_of(desk: DeskClient, role: str, path: str, verb: str, body: dict | None = None) -> int:
    return desk.as_(role, "POST", f"{path}/{verb}", json=body).status_code


def test_queue_urgency_and_the_packet_stand_when_the_hand_off_is_told(desk: DeskClient) -> None:
    guest = desk.guest(language="es", name="Ana Ficticia")
    guest.say("what is the floor?")
    guest.say("payment is due today, a person please")
    seen = desk.as_("counselor", "GET", f"{LIST}/{guest.conversation_id}").json()
    assert set(seen) >= SUMMARY | {"messages", "handoff"}
    assert (seen["queue"], seen["urgent"], seen["status"]) == ("payment", True, "waiting")
    assert seen["owner"] == {"kind": "queue", "id": None}
    assert set(seen["handoff"]) == HANDOFF
    packet = seen["handoff"]
    assert (packet["reason"], packet["language"], packet["deadline"]) == ("asked", "es", "today")
    assert packet["goal"].startswith("payment is due today")
    assert packet["facts"]["said"].startswith("payment is due today")
    assert [s["article"] for s in packet["sources_tried"]] == ["price-floor"]
    assert [t["author"] for t in packet["last_turns"]] == ["contact", "bot", "contact", "bot"]


def test_accepting_makes_the_counselor_the_owner_and_tells_the_contact(desk: DeskClient) -> None:
    guest, path = waiting(desk)
    taken = desk.as_("counselor", "POST", f"{path}/accept")
    assert taken.status_code == 200
    assert taken.json()["owner"] == {"kind": "counselor", "id": desk.people["counselor"].id}
    assert taken.json()["status"] == "active"
    events = desk.http.get("/api/v1/chat/events", headers=guest.headers).json()["events"]
    assert "Counselor Example has joined" in str(events)


def test_accepting_again_is_the_same_answer_and_another_is_refused(desk: DeskClient) -> None:
    _, path = accepted(desk)
    first = desk.as_("counselor", "GET", path).json()
    again = desk.as_("counselor", "POST", f"{path}/accept")
    assert again.status_code == 200
    assert again.json()["messages"] == first["messages"]  # nobody joins twice
    second = desk.as_("senior", "POST", f"{path}/accept")
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "conflict"


def test_twenty_counselors_race_and_exactly_one_wins(desk: DeskClient) -> None:
    _, path = waiting(desk)
    tokens = []
    with db.transaction(desk.engine) as s:
        for n in range(20):
            one = counselors.sign_up(
                s,
                email=f"racer{n}@desk.example",
                name=f"Racer {n}",
                password=PASSWORD,
                role="counselor",
                languages=["en"],
                queues=["bidding"],
            )
            tokens.append(counselors.issue_token(s, one))

    def race(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return desk.http.post(f"{path}/accept", headers=headers).status_code

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(race, tokens))
    assert sorted(results) == [200] + [409] * 19
    with db.reading(desk.engine) as s:
        kinds = s.scalars(select(Event.kind).order_by(Event.id)).all()
    assert kinds.count("conversation.accepted") == 1


def test_what_the_counselor_says_is_seen_live_and_once(desk: DeskClient) -> None:
    guest, path = accepted(desk)
    body = {"client_id": "a", "text": "Good day", "audience": "public"}
    first = desk.as_("counselor", "POST", f"{path}/messages", json=body)
    again = desk.as_("counselor", "POST", f"{path}/messages", json=body)
    assert first.status_code == 201
    assert again.json()["id"] == first.json()["id"]
    other = desk.as_("counselor", "POST", f"{path}/messages", json=body | {"text": "Bye"})
    assert other.status_code == 409
    events = desk.http.get("/api/v1/chat/events", headers=guest.headers).json()["events"]
    assert [e["message"]["text"] for e in events if e["message"]].count("Good day") == 1


def test_only_the_owner_speaks_but_colleagues_may_leave_notes(sqlite_desk: DeskClient) -> None:
    _, path = accepted(sqlite_desk)
    said = {"client_id": "a", "text": "x"}
    assert status_of(sqlite_desk, "senior", path, "messages", said) == 403
    note = said | {"audience": "internal"}
    assert status_of(sqlite_desk, "senior", path, "messages", note) == 201
    assert status_of(sqlite_desk, "counselor", path, "messages", said | {"client_id": "b"}) == 201
    unknown = said | {"audience": "everyone"}
    assert status_of(sqlite_desk, "counselor", path, "messages", unknown) == 422


def test_before_accepting_nobody_speaks(sqlite_desk: DeskClient) -> None:
    _, path = waiting(sqlite_desk)
    assert (
        status_of(sqlite_desk, "counselor", path, "messages", {"client_id": "a", "text": "x"})
        == 403
    )


def test_a_transfer_to_a_queue_keeps_the_place_in_the_line(desk: DeskClient) -> None:
    _, path = waiting(desk)
    since = desk.as_("counselor", "GET", path).json()["waiting_since"]
    desk.as_("counselor", "POST", f"{path}/accept")
    moved = desk.as_(
        "counselor", "POST", f"{path}/transfer", json={"queue": "legal", "note": "see"}
    )
    assert moved.status_code == 200
    seen = desk.as_("senior", "GET", path).json()
    assert (seen["queue"], seen["status"]) == ("legal", "waiting")
    assert seen["owner"] == {"kind": "queue", "id": None}
    assert seen["waiting_since"] == since
    assert seen["handoff"] is not None
    assert [m["text"] for m in seen["messages"] if m["audience"] == "internal"] == ["see"]
    assert status_of(desk, "counselor", path, "accept") == 404  # not their queue any more
    assert status_of(desk, "senior", path, "accept") == 200


def test_a_transfer_to_a_counselor_makes_them_the_owner(desk: DeskClient) -> None:
    _, path = accepted(desk)
    senior = desk.people["senior"].id
    assert status_of(desk, "counselor", path, "transfer", {"counselor": senior}) == 200
    seen = desk.as_("senior", "GET", path).json()
    assert (seen["owner"], seen["status"]) == ({"kind": "counselor", "id": senior}, "active")
    assert status_of(desk, "senior", path, "messages", {"client_id": "a", "text": "x"}) == 201
    assert status_of(desk, "counselor", path, "messages", {"client_id": "b", "text": "x"}) == 403


def test_a_transfer_names_exactly_one_target_that_exists(sqlite_desk: DeskClient) -> None:
    _, path = accepted(sqlite_desk)
    senior, auditor = (sqlite_desk.people[r].id for r in ("senior", "auditor"))
    for body in (
        {},
        {"queue": "legal", "counselor": senior},
        {"queue": "nowhere"},
        {"queue": ""},
        {"counselor": "nobody"},
        {"counselor": auditor},
    ):
        assert status_of(sqlite_desk, "counselor", path, "transfer", body) == 422
    assert sqlite_desk.as_("counselor", "GET", path).json()["status"] == "active"


def test_wrapping_closes_and_asks_the_one_question(desk: DeskClient) -> None:
    guest, path = accepted(desk)
    assert status_of(desk, "counselor", path, "wrap", {"code": "No Slug!"}) == 422
    assert status_of(desk, "senior", path, "wrap", {"code": "answered"}) == 403
    wrapped = desk.as_(
        "counselor", "POST", f"{path}/wrap", json={"code": "answered", "note": "done"}
    )
    assert wrapped.status_code == 200
    assert wrapped.json()["status"] == "closed"
    assert (wrapped.json()["wrap_code"], wrapped.json()["wrap_note"]) == ("answered", "done")
    events = desk.http.get("/api/v1/chat/events", headers=guest.headers).json()["events"]
    # The widget has a form for the one question: the words do not ask it a second time.
    assert events[-2]["message"]["text"] == "The conversation has ended."
    assert events[-1]["kind"] == "conversation.wrapped"
    number = wrapped.json()["ticket"]
    tickets = desk.as_("counselor", "GET", "/api/v1/tickets").json()["items"]
    assert next(t for t in tickets if t["number"] == number)["status"] == "solved"


def test_the_list_pages_through_everything_once_and_filters(desk: DeskClient) -> None:
    guests = [waiting(desk)[0] for _ in range(5)]
    waiting(desk, "payment, a person please")
    seen: list[str] = []
    cursor = None
    while True:
        query = "?limit=2" + (f"&cursor={cursor}" if cursor else "")  # pasted as it came
        page = desk.as_("counselor", "GET", LIST + query)
        assert page.status_code == 200, page.text
        assert set(page.json()) == {"items", "next"}
        seen += [item["id"] for item in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    assert set(seen) > {g.conversation_id for g in guests}

    def ids(query: str, role: str = "counselor") -> int:
        return len(desk.as_(role, "GET", f"{LIST}?{query}").json()["items"])

    desk.as_("counselor", "POST", f"{LIST}/{seen[-1]}/accept")
    assert ids("queue=payment") == 1
    assert ids("owner=queue") == 5
    assert ids("owner=counselor") == ids("owner=me") == ids("status=active") == 1
    assert ids(f"owner={desk.people['counselor'].id}", "senior") == 1
    assert ids("queue=payment&status=active") == 0
    item = desk.as_("counselor", "GET", f"{LIST}?limit=1").json()["items"][0]
    assert set(item) >= SUMMARY
    assert set(item["contact"]) == {"id", "name", "email", "language", "proven"}


@pytest.mark.parametrize("cursor", ["x", "2026-01-01|abc", "2026-01-01T00:00:00~", "~", "é"])
def test_a_cursor_that_is_not_ours_is_refused(sqlite_desk: DeskClient, cursor: str) -> None:
    answer = sqlite_desk.as_("counselor", "GET", LIST, params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


def test_the_list_holds_only_what_a_member_may_see(sqlite_desk: DeskClient) -> None:
    guest, path = accepted(sqlite_desk, "senior")
    sqlite_desk.as_("senior", "POST", f"{path}/transfer", json={"queue": "legal"})
    bot_only = sqlite_desk.guest()
    bot_only.say("hi")

    def ids(role: str) -> set[str]:
        return {c["id"] for c in sqlite_desk.as_(role, "GET", LIST).json()["items"]}

    assert ids("counselor") == set()
    assert ids("senior") == {guest.conversation_id}
    assert ids("supervisor") == ids("auditor") == {guest.conversation_id, bot_only.conversation_id}
    assert sqlite_desk.as_("editor", "GET", LIST).status_code == 403

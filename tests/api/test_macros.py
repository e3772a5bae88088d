"""Macros: written, previewed, applied whole or not at all, once, and taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from crm import clock, db
from crm.models import Conversation, Macro, Ticket
from tests.conftest import DeskClient, GuestClient
from tests.routing.test_turns import until

PATH = "/api/v1/macros"
TEXTS = {
    "en": "Good day, {contact}. I pass {ticket} to {queue}. {counselor}",
    "es": "Buen día, {contact}. Paso {ticket} a {queue}.",
    "ko": "안녕하세요, {contact}님. {ticket}번을 {queue}(으)로 넘깁니다.",
}


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def made(desk: DeskClient, role: str = "supervisor", **more: Any) -> dict[str, Any]:
    body = {"name": "To pay", "scope": "all", "changes": {"priority": "high"}} | more
    return ok(desk.as_(role, "POST", PATH, json=body), 201)


class Matter:
    """A guest's talk that a counselor has accepted, and its ticket."""

    def __init__(self, desk: DeskClient, language: str = "en", role: str = "counselor") -> None:
        self.desk, self.role = desk, role
        self.guest: GuestClient = desk.guest(language=language, name="Ana Ficticia")
        self.guest.outcome("person please")
        self.talk = f"/api/v1/conversations/{self.guest.conversation_id}"
        ok(desk.as_(role, "POST", f"{self.talk}/accept"))
        number = ok(desk.as_(role, "GET", self.talk))["ticket"]
        listed = ok(desk.as_(role, "GET", "/api/v1/tickets"))["items"]
        self.id = next(t["id"] for t in listed if t["number"] == number)
        self.number, self.path = number, f"/api/v1/tickets/{self.id}"

    def applies(self, macro: dict[str, Any], client_id: str = "a", **more: Any) -> Any:
        body = {"client_id": client_id, **more}
        role = more.pop("role", self.role)
        return self.desk.as_(role, "POST", f"{self.path}/macros/{macro['id']}", json=body)

    def preview(self, macro: dict[str, Any], role: str | None = None) -> dict[str, Any]:
        found = ok(self.desk.as_(role or self.role, "GET", f"{self.path}/macros"))["items"]
        return next(one for one in found if one["macro"]["id"] == macro["id"])

    def whole(self) -> Any:
        """All that a macro could change: the ticket, what stands around it, and the talk."""
        around = ok(self.desk.as_("supervisor", "GET", f"{self.path}/around"))
        return around, ok(self.desk.as_("supervisor", "GET", self.talk))

    def events(self) -> list[dict[str, Any]]:
        told = ok(self.desk.as_("auditor", "GET", "/api/v1/events?after=0&limit=500"))["events"]
        return [e for e in told if e["kind"].startswith("macro.")]


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_one_act_changes_ticket_and_talk_and_is_done_once(desk: DeskClient, language: str) -> None:
    matter = Matter(desk, language)
    changes = {
        "category": "payment",
        "priority": "urgent",
        "queue": "payment",
        "status": "pending",
        "assignee": "me",
        "add_tags": ["Invoice", "late"],
        "remove_tags": ["new"],
    }
    macro = made(desk, changes=changes, note="Waits for the invoice.", texts=TEXTS)
    ok(desk.as_("counselor", "PATCH", matter.path, json={"tags": ["new", "old"]}))
    plan = matter.preview(macro)
    assert (plan["hindrance"], plan["language"], plan["moves"]) == (None, language, True)
    assert plan["changes"]["priority"] == {"was": "normal", "becomes": "urgent"}
    assert plan["changes"]["tags"] == {"was": ["new", "old"],
                                       "becomes": ["invoice", "late", "old"]}  # fmt: skip
    before = len(matter.whole()[1]["messages"])
    applied = ok(matter.applies(macro, seen=macro["updated_at"]))
    me = desk.people["counselor"].id
    assert {name: applied[name] for name in ("category", "priority", "queue", "status")} == {
        name: changes[name] for name in ("category", "priority", "queue", "status")
    }
    assert (applied["assignee"], applied["tags"]) == (me, ["invoice", "late", "old"])
    around, talk = matter.whole()
    assert [note["text"] for note in around["notes"]] == ["Waits for the invoice."]
    assert (talk["queue"], talk["owner"]["kind"], talk["status"]) == ("payment", "queue", "waiting")
    said, moved = talk["messages"][before:]
    assert (said["author"], said["text"]) == ("counselor", plan["reply"])
    assert matter.number in said["text"]
    assert "{" not in said["text"]
    assert "Ana Ficticia" in said["text"]
    assert moved["author"] == "system"
    # The same act again is the same answer, and nothing is done twice.
    assert ok(matter.applies(macro)) == applied
    assert matter.whole() == (around, talk)
    assert [(e["kind"], e["ticket_id"]) for e in matter.events()] == [
        ("macro.saved", None),
        ("macro.applied", matter.id),
    ]
    assert "invoice" not in str(matter.events())
    assert "Ficticia" not in str(matter.events())


def test_an_empty_name_goes_with_what_stands_around_it(sqlite_desk: DeskClient) -> None:
    texts = {"ko": "안녕하세요, {contact}님. 확인하겠습니다.", "en": "Hello, {contact}."}
    macro = made(sqlite_desk, texts=texts)
    matter = Matter(sqlite_desk, "ko")
    assert matter.preview(macro)["reply"] == "안녕하세요, Ana Ficticia님. 확인하겠습니다."
    guest = sqlite_desk.guest(language="ko")
    guest.outcome("person please")
    ok(sqlite_desk.as_("counselor", "POST",
                       f"/api/v1/conversations/{guest.conversation_id}/accept"))  # fmt: skip
    newest = ok(sqlite_desk.as_("counselor", "GET", "/api/v1/tickets"))["items"][0]
    found = ok(sqlite_desk.as_("counselor", "GET", f"/api/v1/tickets/{newest['id']}/macros"))
    assert found["items"][0]["reply"] == "안녕하세요. 확인하겠습니다."


@pytest.mark.parametrize(
    ("why", "macro", "spoilt"),
    [
        ("closed", {}, {"status": "closed"}),
        ("awaits", {"changes": {"status": "solved", "priority": "high"}}, {}),
        ("tags", {"changes": {"add_tags": ["one more"]}}, {"tags": [f"t{n}" for n in range(20)]}),
        ("language", {"texts": {"es": "Hola."}}, {}),
        ("nothing", {"changes": {"priority": "normal"}}, {}),
    ],
)
def test_what_cannot_be_is_refused_whole(
    desk: DeskClient, why: str, macro: dict, spoilt: dict
) -> None:
    matter = Matter(desk)
    note = {} if why == "nothing" else {"note": "x"}
    kept = made(desk, **({"texts": {"en": "Hello."}} | macro | note) if why != "nothing" else macro)
    if why == "awaits":
        asked = {"kind": "approval", "question": "May we?"}
        ok(desk.as_("counselor", "POST", f"{matter.path}/rulings", json=asked), 201)
    if spoilt:
        ok(desk.as_("senior", "PATCH", matter.path, json=spoilt))
    before = matter.whole()
    assert matter.preview(kept)["hindrance"] == why
    refused = matter.applies(kept)
    assert refused.status_code == 409
    assert refused.json()["error"]["details"]["reason"] == why
    assert matter.whole() == before
    assert [e["kind"] for e in matter.events()] == ["macro.saved"]


def test_a_colleagues_ticket_is_changed_by_a_macro_as_it_is_by_hand(desk: DeskClient) -> None:
    macro, matter = made(desk, changes={"priority": "high"}), Matter(desk)
    senior = desk.people["senior"].id
    ok(desk.as_("senior", "PATCH", matter.path, json={"assignee": senior}))
    ok(desk.as_("counselor", "PATCH", matter.path, json={"priority": "low"}))
    changed = ok(matter.applies(macro))
    assert (changed["priority"], changed["assignee"]) == ("high", senior)


def test_who_waits_goes_along_with_a_macro_that_moves_the_ticket(desk: DeskClient) -> None:
    macro, matter = made(desk, changes={"queue": "payment"}), Matter(desk)
    ok(desk.as_("counselor", "POST", f"{matter.talk}/transfer", json={"queue": "contract"}))
    before = ok(desk.as_("supervisor", "GET", matter.talk))
    ok(matter.applies(macro))
    after = ok(desk.as_("supervisor", "GET", matter.talk))
    assert (before["queue"], after["queue"]) == ("contract", "payment")
    assert (after["status"], after["waiting_since"]) == ("waiting", before["waiting_since"])


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_macro_takes_the_talks_of_its_matter_in_the_order_of_every_act(
    desk: DeskClient,
) -> None:
    """Or two who act at once would wait for each other until the database ends one of them."""
    macro, one, two = made(desk, changes={"queue": "payment"}), Matter(desk), Matter(desk)
    merge = {"into": one.id}
    ok(desk.as_("supervisor", "POST", f"{two.path}/merge", json=merge))
    first, last = sorted((one, two), key=lambda matter: matter.guest.conversation_id)
    ok(desk.as_("counselor", "POST", f"{first.talk}/transfer", json={"queue": "technical"}))
    locking = select(Conversation.id).with_for_update(nowait=True)
    path, body = f"{one.path}/macros/{macro['id']}", {"client_id": "a"}
    with ThreadPoolExecutor(1) as pool:
        with db.transaction(desk.engine) as s:
            s.execute(locking.where(Conversation.id == first.guest.conversation_id))
            applied = pool.submit(desk.as_, "counselor", "POST", path, json=body)
            until(lambda: waits_for_a_lock(s))
            s.execute(locking.where(Conversation.id == last.guest.conversation_id))
        assert ok(applied.result(20))["queue"] == "payment"
    talks = [ok(desk.as_("supervisor", "GET", matter.talk)) for matter in (first, last)]
    assert [talk["queue"] for talk in talks] == ["payment", "payment"]


def waits_for_a_lock(s: db.Session) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(s.scalar(waiting))


def test_of_two_who_write_a_macro_the_second_is_told(desk: DeskClient) -> None:
    macro = made(desk)
    path, seen = f"{PATH}/{macro['id']}", macro["updated_at"]
    body = {"name": "To pay", "scope": "all", "changes": {"priority": "low"}, "seen": seen}
    first = ok(desk.as_("supervisor", "PATCH", path, json=body))
    late = desk.as_("admin", "PATCH", path, json=body | {"changes": {"priority": "urgent"}})
    assert late.status_code == 409
    assert late.json()["error"]["details"]["reason"] == "changed"
    assert ok(desk.as_("admin", "GET", PATH))["items"] == [first]
    body |= {"changes": {"priority": "urgent"}, "seen": first["updated_at"]}
    assert ok(desk.as_("admin", "PATCH", path, json=body))["changes"]["priority"] == "urgent"


def test_the_page_of_macros_answers_as_the_api_does(sqlite_desk: DeskClient) -> None:
    desk = sqlite_desk
    macro = made(desk)
    form = {"name": "To pay", "scope": "all", "priority": "low"}
    assert desk.form("supervisor", "/console/macros", form).status_code == 409
    assert desk.form("supervisor", "/console/macros", form | {"name": ""}).status_code == 422
    shown = form | {"id": macro["id"], "seen": macro["updated_at"]}
    assert desk.form("supervisor", "/console/macros", shown).status_code == 303
    late = desk.form("admin", "/console/macros", shown | {"priority": "urgent", "note": "Mine."})
    assert late.status_code == 409
    assert "Mine." in late.text
    # What is wrong beside that changes nothing of what they had seen.
    wrong = desk.form("admin", "/console/macros", shown | {"name": ""})
    assert wrong.status_code == 422
    assert f'name="seen" value="{macro["updated_at"]}"' in wrong.text
    now = ok(desk.as_("admin", "GET", PATH))["items"][0]
    assert now["changes"]["priority"] == "low"
    assert datetime.fromisoformat(now["updated_at"]).isoformat() in late.text  # what it is now


def test_a_queue_that_is_no_more_refuses_the_whole_macro(desk: DeskClient) -> None:
    macro, matter = made(desk, changes={"queue": "payment", "priority": "high"}), Matter(desk)
    with db.transaction(desk.engine) as s:  # as a desk whose queues were others
        s.execute(update(Macro).values(changes={"queue": "fax", "priority": "high"}))
    before = matter.whole()
    assert matter.preview(macro)["hindrance"] == "queue_gone"
    assert matter.applies(macro).json()["error"]["details"]["reason"] == "queue_gone"
    assert matter.whole() == before


def test_words_need_a_talk_of_ones_own_and_pass_the_guard(sqlite_desk: DeskClient) -> None:
    matter = Matter(sqlite_desk, role="senior")
    told = made(sqlite_desk, texts={"en": "Hello."})
    silent = made(sqlite_desk, name="Silent", changes={"priority": "urgent"})
    before = matter.whole()
    assert matter.preview(told, "counselor")["hindrance"] == "no_talk"
    refused = sqlite_desk.as_("counselor", "POST", f"{matter.path}/macros/{told['id']}",
                              json={"client_id": "a"})  # fmt: skip
    assert refused.json()["error"]["details"]["reason"] == "no_talk"
    assert matter.whole() == before
    answer = sqlite_desk.as_("counselor", "POST", f"{matter.path}/macros/{silent['id']}",
                             json={"client_id": "a"})  # fmt: skip
    assert ok(answer)["priority"] == "urgent"  # what tells nobody needs no talk


def test_a_macro_that_was_changed_since_it_was_looked_at_is_not_applied(
    sqlite_desk: DeskClient,
) -> None:
    macro, matter = made(sqlite_desk), Matter(sqlite_desk)
    body = {"name": "To pay", "scope": "all", "changes": {"priority": "low"}}
    ok(sqlite_desk.as_("admin", "PATCH", f"{PATH}/{macro['id']}", json=body))
    refused = matter.applies(macro, seen=macro["updated_at"])
    assert refused.json()["error"]["details"]["reason"] == "changed"
    ok(matter.applies(macro))
    other = made(sqlite_desk, name="Other", changes={"priority": "urgent"})
    assert matter.applies(other).status_code == 409  # the same name for another act
    gone = sqlite_desk.as_("admin", "DELETE", f"{PATH}/{other['id']}")
    assert gone.status_code == 204
    assert matter.applies(other, "b").status_code == 404


def test_a_macro_is_taken_back_where_the_ticket_is_as_it_left_it(desk: DeskClient) -> None:
    matter = Matter(desk)
    changes = {"priority": "high", "status": "solved", "queue": "legal", "add_tags": ["x"]}
    first = made(desk, changes={"category": "legal"})
    second = made(desk, name="Second", changes=changes, note="Kept.")
    kept = ok(desk.as_("supervisor", "GET", matter.path))
    role = "supervisor"
    ok(matter.applies(first, "1"))
    done = ok(desk.as_(role, "POST", f"{matter.path}/macros/{second['id']}",
                       json={"client_id": "2"}))  # fmt: skip
    assert (done["tier"], done["status"], done["queue"]) == (2, "solved", "legal")
    not_last = desk.as_(role, "POST", f"{matter.path}/macros/{first['id']}/undo")
    assert not_last.json()["error"]["details"]["reason"] == "not_last"
    ok(desk.as_(role, "PATCH", matter.path, json={"priority": "urgent"}))
    back = ok(desk.as_(role, "POST", f"{matter.path}/macros/{second['id']}/undo"))
    assert back["priority"] == "urgent"  # somebody chose it since
    fields = ("status", "queue", "tier", "tags", "solved_at")
    assert {f: back[f] for f in fields} == {f: kept[f] for f in fields}
    assert [n["text"] for n in matter.whole()[0]["notes"]] == ["Kept."]
    ok(desk.as_(role, "POST", f"{matter.path}/macros/{first['id']}/undo"))
    nothing = desk.as_(role, "POST", f"{matter.path}/macros/{first['id']}/undo")
    assert nothing.status_code == 409
    kinds = [e["kind"] for e in matter.events()]
    assert kinds == ["macro.saved"] * 2 + ["macro.applied"] * 2 + ["macro.undone"] * 2


def test_whose_a_macro_is_decides_who_reads_and_writes_it(sqlite_desk: DeskClient) -> None:
    desk = sqlite_desk
    own = made(desk, "counselor", scope="own")
    of_queue = made(desk, scope="queue", queue="legal")
    everybody = made(desk)

    def names(role: str) -> set[str]:
        return {m["id"] for m in ok(desk.as_(role, "GET", PATH))["items"]}

    assert names("counselor") == {own["id"], everybody["id"]}  # who does not serve `legal`
    assert names("senior") == {of_queue["id"], everybody["id"]}
    assert names("auditor") == {of_queue["id"], everybody["id"]}
    for scope, queue in (("all", None), ("queue", "bidding")):
        body = {"name": "y", "scope": scope, "queue": queue, "changes": {"priority": "low"}}
        assert desk.as_("counselor", "POST", PATH, json=body).status_code == 403
        mine = f"{PATH}/{own['id']}"
        assert desk.as_("counselor", "PATCH", mine, json=body).status_code == 403  # not to others
    for role, status in (("counselor", 204), ("senior", 404), ("supervisor", 404)):
        if role != "counselor":
            assert desk.as_(role, "DELETE", f"{PATH}/{own['id']}").status_code == status
    assert desk.as_("counselor", "DELETE", f"{PATH}/{everybody['id']}").status_code == 403
    assert desk.as_("counselor", "DELETE", f"{PATH}/{own['id']}").status_code == 204


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"changes": {}}, 422, "nothing"),
        ({"changes": {"queue": "fax"}}, 422, "queue"),
        ({"scope": "queue"}, 422, "queue"),
        ({"texts": {"en": "Dear {name}"}}, 422, "place"),
        ({"name": "Taken"}, 409, "taken"),
        ({"changes": {"priorty": "high"}}, 422, None),
        ({"changes": {"tier": 3}}, 422, None),
        ({"texts": {"de": "Guten Tag"}}, 422, None),
        ({"note": "x" * 4001}, 422, None),
    ],
)
def test_a_macro_that_makes_no_sense_is_refused(
    sqlite_desk: DeskClient, more: dict, status: int, field: str | None
) -> None:
    made(sqlite_desk, name="Taken")
    body = {"name": "x", "scope": "all", "changes": {"priority": "high"}} | more
    refused = sqlite_desk.as_("supervisor", "POST", PATH, json=body)
    assert refused.status_code == status
    if field:
        assert refused.json()["error"]["details"]["field"] == field


def test_an_act_done_before_a_wall_shows_nothing_behind_it(sqlite_desk: DeskClient) -> None:
    matter, macro = Matter(sqlite_desk), made(sqlite_desk)
    ok(matter.applies(macro))
    ok(matter.applies(macro))
    with db.transaction(sqlite_desk.engine) as s:
        ticket = s.get_one(Ticket, matter.id)
        ticket.procurement_reference = "T-1"
    wall = {
        "counselor": sqlite_desk.people["counselor"].id,
        "reason": "a brother works for a bidder",
        "ends_at": (clock.now() + timedelta(days=1)).isoformat(),
        "tender": "T-1",
    }
    ok(sqlite_desk.as_("supervisor", "POST", "/api/v1/walls", json=wall), 201)
    assert matter.applies(macro).status_code == 404

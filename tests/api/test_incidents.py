"""A burst is found and proposed; one act tells everybody; its end is told and followed up."""

from datetime import timedelta

import numpy as np
import pytest

from crm import campaigns, clock, db
from crm.models import Tender
from routing import surge
from routing.surge import Asked, bursts, chance
from tests.conftest import DeskClient

NOTICE = {"en": "Sign-in is down.", "es": "El acceso no funciona.", "ko": "로그인이 되지 않습니다."}
OVER = {"en": "Sign-in works again.", "es": "El acceso funciona.", "ko": "로그인이 복구되었습니다."}
SAME = (
    "person: sign in fails with a certificate error",
    "person: the sign in fails, certificate error",
    "person: certificate error when sign in fails",
    "person: sign in fails, error of the certificate",
    "person: my sign in fails with certificate errors",
    "person: again a certificate error, sign in fails",
)


def ok(answer, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


def asked(n: int, text: str, queue: str = "technical") -> list[Asked]:
    return [Asked(f"{queue}{text[:3]}{i}", queue, text, clock.now()) for i in range(n)]


def test_the_chance_of_a_number_is_poissons() -> None:
    assert chance(0, 3.0) == 1.0
    assert chance(1, 2.0) == pytest.approx(1 - np.exp(-2))
    assert chance(10, 2.0) == pytest.approx(4.65e-5, rel=0.01)


@pytest.mark.parametrize(
    ("contacts", "usual", "found"),
    [
        (asked(6, "certificate error"), 0.0, 6),
        (asked(4, "certificate error"), 0.0, 0),  # too few
        (asked(6, "certificate error"), 6.0, 0),  # as many as ever
        ([*asked(3, "certificate error"), *asked(3, "invoice unpaid")], 0.0, 0),  # not one cause
        ([*asked(6, "certificate error"), *asked(3, "invoice unpaid")], 0.0, 6),
    ],
)
def test_a_burst_is_many_and_alike(contacts: list[Asked], usual: float, found: int) -> None:
    bursts_found = bursts(contacts, {"technical": usual})
    assert sum(len(b.conversations) for b in bursts_found) == found


PLEAS = (
    "a person please",
    "I want to talk to a human",
    "Can I speak with someone right now?",
    "Quiero hablar con una persona, por favor",
    "상담원 연결해 주세요",
    "사람이랑 얘기할 수 있나요?",
)
ONES_OWN = (
    "my account is locked, a person please",
    "the invoice of March, a person please",
    "how do I withdraw a bid, a person please",
    "a fingerprint reader, a person please",
    "the floor price of services, a person please",
    "who signs the contract, a person please",
)


@pytest.mark.parametrize("texts", [PLEAS, ("a person please",) * 6, ONES_OWN])
def test_that_many_want_a_person_is_no_cause(texts: tuple[str, ...]) -> None:
    contacts = [Asked(f"c{i}", "technical", t, clock.now()) for i, t in enumerate(texts)]
    assert bursts(contacts, {}) == []


def test_one_cause_is_found_behind_all_ways_to_ask_for_a_person() -> None:
    words = ("{}: a person please", "I want to talk to somebody about {}", "{}. Agent!", "{}") * 2
    texts = [w.format("a certificate error at sign-in") for w in words]
    contacts = [Asked(f"c{i}", "technical", t, clock.now()) for i, t in enumerate(texts)]
    pleas = [Asked(f"p{i}", "technical", t, clock.now()) for i, t in enumerate(PLEAS)]
    [found] = bursts([*pleas, *contacts], {})
    assert set(found.conversations) == {c.conversation for c in contacts}


def test_likeness_is_what_is_handed_in() -> None:
    texts = [Asked(f"c{i}", "technical", word, clock.now()) for i, word in enumerate("bcdefg")]
    assert bursts(texts, {}) == []
    alike = bursts(texts, {}, lambda t: np.ones((len(t), 1), dtype=np.float32))
    assert len(alike[0].conversations) == 6


def test_from_burst_to_happy_calls(desk: DeskClient) -> None:
    guests = [desk.guest(language=("en", "es", "ko")[n % 3]) for n in range(len(SAME))]
    for guest, text in zip(guests, SAME, strict=True):
        guest.outcome(text)
    other = desk.guest(language="en")
    other.outcome("person: when is an invoice paid")
    assert len(surge.look(desk.engine)) == 1
    assert len(surge.look(desk.engine)) == 1  # the same proposal, not a second one
    path = "/api/v1/incidents"
    proposed = ok(desk.as_("supervisor", "GET", path))["items"]
    assert [(i["state"], i["found"]) for i in proposed] == [("proposed", len(SAME))]
    one = f"{path}/{proposed[0]['id']}"
    untold = {"title": "Sign-in", "notice": NOTICE | {"ko": " "}}
    assert desk.as_("supervisor", "POST", f"{one}/open", json=untold).status_code == 422
    opening = {"title": "Sign-in is down", "notice": NOTICE}
    opened = ok(desk.as_("supervisor", "POST", f"{one}/open", json=opening))
    assert opened["conversations"] == [g.conversation_id for g in guests]
    assert desk.as_("supervisor", "POST", f"{one}/open", json=opening).status_code == 409
    tickets = ok(desk.as_("supervisor", "GET", "/api/v1/tickets"))["items"]
    assert sum(t["incident"] == opened["id"] for t in tickets) == len(SAME)
    # Everybody is told: who waits, who comes now, and the banner.
    assert [n["notice"] for n in ok(desk.http.get("/api/v1/incidents/notices"))["items"]] == [
        NOTICE
    ]
    assert heard(guests[1]) == [NOTICE["es"]]
    newcomer = desk.guest(language="en")
    newcomer.say("hello")
    newcomer.say("hello again")
    assert heard(newcomer) == [NOTICE["en"]]
    page = desk.http.get("/help?lang=es").text
    assert NOTICE["es"] in page
    # Tenders that close meanwhile, or within the margin.
    with db.transaction(desk.engine) as s:
        for n, minutes in enumerate((30, 119, 200)):
            ends = clock.now() + timedelta(minutes=minutes)
            s.add(Tender(number=f"T{n}", title="x", status="active", buyer="b", tender_ends=ends))
    assert [t["number"] for t in ok(desk.as_("auditor", "GET", one))["tenders"]] == ["T0", "T1"]
    closed = ok(desk.as_("supervisor", "POST", f"{one}/close", json={"notice": OVER}))
    assert closed["state"] == "closed"
    # That many were told of it names nobody of the desk, who all read on.
    assert ok(desk.as_("counselor", "GET", "/api/v1/events"))["events"]
    assert [c["conversation"] for c in closed["happy_calls"]] == opened["conversations"]
    assert desk.as_("supervisor", "POST", f"{one}/close", json={"notice": OVER}).status_code == 409
    assert heard(guests[2]) == [NOTICE["ko"], OVER["ko"]]
    assert heard(newcomer) == [NOTICE["en"]]  # was not affected
    assert ok(desk.http.get("/api/v1/incidents/notices"))["items"] == []
    assert surge.look(desk.engine) == []  # what was decided on is not proposed again
    journal = desk.as_("auditor", "GET", "/api/v1/events").json()["events"]
    assert not any("Sign-in" in str(e["data"]) for e in journal)


def test_what_was_no_incident_is_not_proposed_again(sqlite_desk: DeskClient) -> None:
    for text in SAME:
        sqlite_desk.guest(language="en").outcome(text)
    found = surge.look(sqlite_desk.engine)[0].id
    ok(sqlite_desk.as_("supervisor", "POST", f"/api/v1/incidents/{found}/dismiss"))
    assert surge.look(sqlite_desk.engine) == []


def heard(guest) -> list[str]:
    """The notices in a guest's thread."""
    told = guest.http.get("/api/v1/chat/sessions/current", headers=guest.headers).json()
    every = {*NOTICE.values(), *OVER.values()}
    return [m["text"] for m in told["messages"] if m["text"] in every]


def test_an_incident_is_the_parent_of_tickets(desk: DeskClient) -> None:
    guests = [desk.guest(language="en") for _ in range(3)]
    for guest in guests:
        guest.outcome("person: sign in fails with a certificate error")
    listed = ok(desk.as_("supervisor", "GET", "/api/v1/tickets"))["items"]
    tickets = {t["conversations"][0]: t["id"] for t in listed}
    first, second, third = (tickets[g.conversation_id] for g in guests)
    new = {"title": "Sign-in is down", "notice": NOTICE, "queue": "technical"}
    parent = ok(desk.as_("supervisor", "POST", "/api/v1/incidents", json=new), 201)["id"]
    one = f"/api/v1/incidents/{parent}"

    def belongs(ticket: str, incident: str | None) -> int:
        path = f"/api/v1/tickets/{ticket}/incident"
        return desk.as_("counselor", "PUT", path, json={"incident": incident}).status_code

    assert [belongs(t, parent) for t in (first, second, third, third)] == [200] * 4
    assert belongs(third, None) == 200
    assert belongs(third, "nothing") == 404
    assert ok(desk.as_("supervisor", "GET", one))["found"] == 2
    # A ticket without a talk: its contact is rung as well.
    contact = ok(desk.as_("counselor", "GET", f"/api/v1/tickets/{third}"))["contact"]
    body = {"subject": "x", "queue": "technical", "contact": contact}
    silent = ok(desk.as_("counselor", "POST", "/api/v1/tickets", json=body), 201)["id"]
    assert belongs(silent, parent) == 200
    another = new | {"title": "Bids cannot be opened"}
    other = ok(desk.as_("supervisor", "POST", "/api/v1/incidents", json=another), 201)["id"]
    assert belongs(silent, other) == 409  # one cause at a time
    detail = ok(desk.as_("counselor", "GET", one))
    assert (detail["children"], {t["id"] for t in detail["tickets"]}) == (
        3,
        {first, second, silent},
    )
    # The first talk is over and the second waits for somebody: closing solves the first alone.
    talk = f"/api/v1/conversations/{guests[0].conversation_id}"
    ok(desk.as_("counselor", "POST", f"{talk}/accept"))
    ok(desk.as_("counselor", "POST", f"{talk}/end"))
    ok(desk.as_("counselor", "POST", f"{talk}/wrap", json={"code": "answered"}))
    closed = ok(desk.as_("supervisor", "POST", f"{one}/close", json={"notice": OVER}))
    states = {t["id"]: t["status"] for t in closed["tickets"]}
    assert states == {first: "solved", second: "open", silent: "solved"}
    called = [(c["contact"], c["conversation"]) for c in closed["happy_calls"]]
    assert len({c for c, _ in called}) == 3
    assert (contact, None) in called
    assert belongs(third, parent) == 409  # it is over


def test_happy_calls_after_an_incident_are_made_like_every_other(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = desk.guest(language="es")
    guest.outcome("person: sign in fails")
    new = {"title": "Sign-in is down", "notice": NOTICE, "queue": "technical"}
    parent = ok(desk.as_("supervisor", "POST", "/api/v1/incidents", json=new), 201)["id"]
    one = f"/api/v1/incidents/{parent}"
    who = {"conversations": [guest.conversation_id]}
    ok(desk.as_("supervisor", "POST", f"{one}/contacts", json=who))
    closed = ok(desk.as_("supervisor", "POST", f"{one}/close", json={"notice": OVER}))
    planned = closed["happy_calls"][0]
    assert ok(desk.as_("counselor", "GET", "/api/v1/happy-calls"))["items"] == []  # not yet
    later = clock.now() + timedelta(hours=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    due = ok(desk.as_("counselor", "GET", "/api/v1/happy-calls"))["items"]
    assert [(c["id"], c["about"], c["opening"]) for c in due] == [
        (planned["id"], guest.conversation_id, OVER["es"])
    ]
    ok(desk.as_("counselor", "POST", f"/api/v1/happy-calls/{planned['id']}/take"))
    told = {"result": "satisfied", "note": "It works."}
    ok(desk.as_("counselor", "POST", f"/api/v1/happy-calls/{planned['id']}/result", json=told))
    assert ok(desk.as_("auditor", "GET", one))["happy_calls"][0]["state"] == "done"


def test_an_incident_of_more_people_than_a_campaign_takes_in_can_be_closed(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "MOST_TARGETS", 1)
    guests = [desk.guest(language="es") for _ in range(2)]
    for guest in guests:
        guest.outcome("person: sign in fails")
    new = {"title": "Sign-in is down", "notice": NOTICE, "queue": "technical"}
    parent = ok(desk.as_("supervisor", "POST", "/api/v1/incidents", json=new), 201)["id"]
    one = f"/api/v1/incidents/{parent}"
    who = {"conversations": [guest.conversation_id for guest in guests]}
    ok(desk.as_("supervisor", "POST", f"{one}/contacts", json=who))
    closed = ok(desk.as_("supervisor", "POST", f"{one}/close", json={"notice": OVER}))
    assert len(closed["happy_calls"]) == 2

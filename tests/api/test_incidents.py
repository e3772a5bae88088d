"""A burst is found and proposed; one act tells everybody; its end is told and followed up."""

from datetime import timedelta

import numpy as np
import pytest

from crm import clock, db
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


def test_likeness_is_what_is_handed_in() -> None:
    texts = [Asked(f"c{i}", "technical", word, clock.now()) for i, word in enumerate("abcdef")]
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

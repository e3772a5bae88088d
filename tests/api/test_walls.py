"""Walls before a tender or a firm: what is behind one is not there, for whatever role."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm import (
    clock,
    contacts,
    conversations,
    db,
    delegations,
    merging,
    messages,
    outbox,
    protection,
)
from crm.events import BOT
from crm.messages import Draft
from crm.models import Contact, Conversation, Event, Ticket
from routing import allocator
from tests.conftest import DeskClient, GuestClient

pytestmark = pytest.mark.at_rest

NUMBER = "UA-2026-11-22-000008-a"
PACKET = {"reason": "asked", "goal": "x", "facts": {}, "sources_tried": [], "language": "en",
          "deadline": None, "last_turns": []}  # fmt: skip


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    """A clock that stands until the test moves it."""
    found = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: found["now"])
    return found


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's own allocator sleeps: rounds are the test's."""
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)


@pytest.fixture
def place(quiet: None, hands: dict[str, datetime], desk: DeskClient) -> DeskClient:
    del quiet, hands
    return desk


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def wall(desk: DeskClient, who: str, by: str = "supervisor", **about: str) -> dict[str, Any]:
    body = {
        "counselor": desk.people[who].id,
        "reason": "a brother works for a bidder",
        "ends_at": (clock.now() + timedelta(days=30)).isoformat(),
    } | (about or {"tender": NUMBER.lower()})
    return ok(desk.as_(by, "POST", "/api/v1/walls", json=body), 201)


def talk(desk: DeskClient, text: str = f"person please, about {NUMBER}") -> GuestClient:
    guest = desk.guest(language="en")
    guest.outcome(text)
    return guest


def seen(desk: DeskClient, who: str, path: str) -> int:
    return desk.as_(who, "GET", path).status_code


def journal(desk: DeskClient, kind: str) -> list[Event]:
    with db.reading(desk.engine) as s:
        return list(s.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def test_what_was_asked_behind_a_wall_is_no_example_of_a_gap(place: DeskClient) -> None:
    guest = place.guest(language="en")
    guest.outcome("unknown colour of the armrests")
    guest.outcome(f"person please, about {NUMBER}")
    gaps = "/api/v1/gaps"
    assert "armrests" in place.as_("supervisor", "GET", gaps).text
    wall(place, "supervisor", by="admin")
    assert ok(place.as_("supervisor", "GET", gaps))["items"] == []
    assert "armrests" in place.as_("editor", "GET", gaps).text


@pytest.mark.parametrize("who", ["counselor", "senior", "admin", "auditor", "supervisor"])
def test_what_is_behind_a_wall_is_not_there(place: DeskClient, who: str) -> None:
    guest = talk(place)
    path = f"/api/v1/conversations/{guest.conversation_id}"
    ticket = ok(place.as_("supervisor", "GET", path))["ticket"]
    assert seen(place, who, path) == 200
    wall(place, who, by="supervisor" if who == "admin" else "admin")
    assert seen(place, who, path) == 404
    assert seen(place, who, f"/api/v1/actions?conversation={guest.conversation_id}") == 404
    listed = ok(place.as_(who, "GET", "/api/v1/conversations"))["items"]
    assert listed == []
    assert ok(place.as_(who, "GET", f"/api/v1/conversations?q={NUMBER}"))["items"] == []
    assert ok(place.as_(who, "GET", "/api/v1/tickets"))["items"] == []
    with db.reading(place.engine) as s:
        ticket_id = s.scalars(select(Ticket.id).where(Ticket.number == ticket)).one()
    assert seen(place, who, f"/api/v1/tickets/{ticket_id}") == 404
    assert seen(place, who, f"/api/v1/tickets/{ticket_id}/around") == 404
    told = ok(place.as_(who, "GET", "/api/v1/events?after=0"))["events"]
    assert all(e["conversation_id"] != guest.conversation_id for e in told)
    tries = [(e.actor_id, e.conversation_id or e.ticket_id) for e in journal(place, "wall.met")]
    assert tries.count((place.people[who].id, guest.conversation_id)) == 2
    assert tries.count((place.people[who].id, ticket_id)) == 2
    other = "admin" if who == "supervisor" else "supervisor"
    assert seen(place, other, path) == 200
    [look] = [e for e in journal(place, "conversation.looked_at") if e.conversation_id]
    assert look.actor_id == place.people[other].id


def test_the_allocator_offers_nothing_over_a_wall(place: DeskClient) -> None:
    guest = talk(place)
    wall(place, "counselor")
    ok(place.as_("counselor", "PUT", "/api/v1/presence", json={"state": "ready"}))
    assert allocator.one_round(place.engine) == []
    free = talk(place, "person please")
    offered = [m.waiting for m in allocator.one_round(place.engine)]
    assert offered == [free.conversation_id]
    ok(place.as_("senior", "PUT", "/api/v1/presence", json={"state": "ready"}))
    assert [m.waiting for m in allocator.one_round(place.engine)] == [guest.conversation_id]


def test_a_talk_in_hand_goes_back_when_a_wall_goes_up(place: DeskClient) -> None:
    guest = talk(place)
    path = f"/api/v1/conversations/{guest.conversation_id}"
    ok(place.as_("counselor", "POST", f"{path}/accept"))
    set_up = wall(place, "counselor")
    assert seen(place, "counselor", path) == 404
    shown = ok(place.as_("supervisor", "GET", path))
    assert (shown["status"], shown["owner"]["kind"]) == ("waiting", "queue")
    # Nobody gives it to them, and nobody asks them in.
    ok(place.as_("supervisor", "POST", f"{path}/take"))
    to = {"counselor": place.people["counselor"].id}
    for verb, body in (("transfer", to), ("transfer", to | {"warm": True}), ("consult", to)):
        assert place.as_("supervisor", "POST", f"{path}/{verb}", json=body).status_code == 409
    # Lifted, it is there again.
    lifted = place.as_("supervisor", "POST", f"/api/v1/walls/{set_up['id']}/lift")
    assert ok(lifted)["stands"] is False
    assert seen(place, "counselor", path) == 200


def test_a_tender_named_in_the_middle_of_a_talk_ends_it_for_whom_it_must(
    place: DeskClient,
) -> None:
    guest = talk(place, "person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    ok(place.as_("counselor", "POST", f"{path}/accept"))
    wall(place, "counselor")
    assert seen(place, "counselor", path) == 200  # nothing says yet what it is about
    guest.say(f"it is about {NUMBER}: my price is ready")
    assert seen(place, "counselor", path) == 404
    [reached] = journal(place, "wall.reached")
    assert reached.data == {"counselor": place.people["counselor"].id}
    [message] = [e for e in journal(place, "message.said") if e.id > reached.id][-1:]
    told = ok(place.as_("counselor", "GET", "/api/v1/events?after=0"))["events"]
    assert message.id not in [e["id"] for e in told]


def test_a_wall_before_a_firm_hides_its_people(place: DeskClient) -> None:
    with db.transaction(place.engine) as s:
        until = clock.now() + timedelta(days=1)
        proof = contacts.Proven("p", "a@firm.example", "A", "Ficticia Ltd.", "supplier", until)
        contact = contacts.recognise_proven(s, proof, language="en")
        hers, _ = conversations.start(s, contact, channel="web", language="en")
        conversations.hand_off(s, hers, actor=BOT, queue="bidding", packet=PACKET, urgent=False,
                               deadline=None)  # fmt: skip
        path = f"/api/v1/conversations/{hers.id}"
    assert seen(place, "counselor", path) == 200
    wall(place, "counselor", organisation="Ficticia Ltd.")
    assert seen(place, "counselor", path) == 404
    assert seen(place, "senior", path) == 200


def test_a_wall_ends_by_itself_and_nobody_lifts_their_own(
    place: DeskClient, hands: dict[str, datetime]
) -> None:
    guest = talk(place)
    path = f"/api/v1/conversations/{guest.conversation_id}"
    own = wall(place, "supervisor", by="admin")
    lift = f"/api/v1/walls/{own['id']}/lift"
    assert place.as_("supervisor", "POST", lift).status_code == 403
    assert seen(place, "supervisor", path) == 404
    again = wall(place, "supervisor", by="admin")
    assert again["id"] == own["id"]
    hands["now"] += timedelta(days=31)
    assert seen(place, "supervisor", path) == 200
    assert [w["stands"] for w in ok(place.as_("auditor", "GET", "/api/v1/walls"))["items"]] == [
        False
    ]


def vouched(desk: DeskClient, name: str, firm: str) -> str:
    """A contact that the portal knows to act for a firm."""
    with db.transaction(desk.engine) as s:
        proof = contacts.Proven(name, f"{name}@firm.example", name.title(), firm, "supplier",
                                clock.now() + timedelta(days=1))  # fmt: skip
        return contacts.recognise_proven(s, proof, language="en").id


def handed(desk: DeskClient, contact: str) -> str:
    """A talk of a contact that waits in a queue."""
    with db.transaction(desk.engine) as s:
        person = s.get_one(Contact, contact)
        hers, _ = conversations.start(s, person, channel="web", language="en")
        conversations.hand_off(s, hers, actor=BOT, queue="bidding", packet=PACKET, urgent=False,
                               deadline=None)  # fmt: skip
        return hers.id


def test_a_wall_before_a_firm_follows_its_people_under_every_row(place: DeskClient) -> None:
    """Merged by a counselor, or proven by a code: one person, and one wall."""
    firm, partner = vouched(place, "ana", "Ficticia Ltd."), vouched(place, "bo", "Ficticia Ltd.")
    guest = talk(place, "person please")
    with db.reading(place.engine) as s:
        said = s.get_one(Conversation, guest.conversation_id).contact_id
    ok(place.as_("supervisor", "POST", f"/api/v1/contacts/{said}/merge", json={"into": firm}))
    with db.transaction(place.engine) as s:
        coded = contacts.meet(s, language="en", name=None, email=None)
        merging.prove(s, coded, s.get_one(Contact, firm))
        coded_id = coded.id
    talks = [guest.conversation_id, handed(place, coded_id), handed(place, firm)]
    wall(place, "supervisor", by="admin", organisation="Ficticia Ltd.")
    assert [seen(place, "supervisor", f"/api/v1/conversations/{c}") for c in talks] == [404] * 3
    assert [seen(place, "senior", f"/api/v1/conversations/{c}") for c in talks] == [200] * 3
    listed = ok(place.as_("supervisor", "GET", "/api/v1/contacts"))["items"]
    assert {firm, partner, said, coded_id}.isdisjoint(c["id"] for c in listed)
    assert seen(place, "supervisor", f"/api/v1/contacts/{said}") == 404
    assert seen(place, "supervisor", f"/api/v1/contacts/{said}/consents") == 404
    assert journal(place, "wall.met")[-1].data == {"contact": said}
    merged = ok(place.as_("senior", "GET", f"/api/v1/contacts/{firm}"))
    assert len(merged["conversations"]) == 3
    told = ok(place.as_("supervisor", "GET", "/api/v1/events?after=0&limit=500"))["events"]
    assert all(firm not in str(e) and coded_id not in str(e) for e in told)
    # Undone, the guest is a stranger again and stands behind no wall.
    ok(place.as_("senior", "POST", f"/api/v1/contacts/{said}/undo"))
    assert seen(place, "supervisor", f"/api/v1/conversations/{talks[0]}") == 200
    assert seen(place, "supervisor", f"/api/v1/conversations/{talks[1]}") == 404


def test_a_code_proves_who_it_is_whatever_was_said_before(place: DeskClient) -> None:
    firm, other = vouched(place, "ana", "Ficticia Ltd."), vouched(place, "bo", "Other Ltd.")
    with db.transaction(place.engine) as s:
        one = contacts.meet(s, language="en", name=None, email=None)
        ana, bo = s.get_one(Contact, firm), s.get_one(Contact, other)
        merging.merge(s, BOT, one, bo)
        assert delegations.of(s, one.id) == []  # a counselor's word lends no right to act
        merging.prove(s, one, ana)
        assert [d.organisation for d in delegations.of(s, one.id)] == ["Ficticia Ltd."]
        assert merging.root(s, one) is ana
        merging.undo(s, BOT, one)
        merging.merge(s, BOT, ana, one)  # said the other way round
        merging.prove(s, one, ana)
        assert (one.merged_into_id, ana.merged_into_id) == (ana.id, None)
        merging.prove(s, bo, ana)  # whom the portal vouches for is nobody else
        assert (bo.merged_into_id, delegations.person_of(s, other)) == (None, other)


def test_what_tells_of_a_walled_talk_is_not_shown_either(place: DeskClient) -> None:
    """Judgements, notes, samples, happy calls, suspensions, undelivered post, incidents."""
    firm = vouched(place, "ana", "Ficticia Ltd.")
    hers, free = handed(place, firm), talk(place, "person please").conversation_id
    base = "/api/v1/conversations"
    for each in (hers, free):
        ok(place.as_("senior", "POST", f"{base}/{each}/accept"))
        ok(place.as_("senior", "POST", f"{base}/{each}/wrap", json={"code": "other"}))
    item = {"code": "greeting", "area": "kindness", "words": {"en": "Greets"}}
    card = ok(place.as_("supervisor", "POST", "/api/v1/quality/scorecards",
                        json={"name": "Card", "items": [item]}), 201)["id"]  # fmt: skip
    for each in (hers, free):
        judged = ok(place.as_("supervisor", "POST", "/api/v1/quality/evaluations",
                    json={"scorecard": card, "conversation": each,
                          "answers": {"greeting": 1}}), 201)  # fmt: skip
        ok(place.as_("supervisor", "POST", "/api/v1/quality/notes",
                     json={"counselor": place.people["senior"].id, "text": f"about {each}",
                           "evaluation": judged["id"]}), 201)  # fmt: skip
    calls = ok(place.as_("supervisor", "POST", "/api/v1/campaigns",
                         json={"name": "After", "kind": "happy_call",
                               "texts": {"en": "Hello"}}), 201)["id"]  # fmt: skip
    span = {"since": (clock.now() - timedelta(days=1)).isoformat(),
            "until": (clock.now() + timedelta(days=1)).isoformat()}  # fmt: skip
    added = place.as_("supervisor", "POST", f"/api/v1/campaigns/{calls}/targets",
                      json={"closed": span})  # fmt: skip
    assert ok(added, 201) == {"added": 2}
    ok(place.as_("supervisor", "POST", f"/api/v1/campaigns/{calls}/start"))
    with db.transaction(place.engine) as s:
        protection.suspend(s, BOT, firm, 1, timedelta(days=7))
        said = messages.say(s, s.get_one(Conversation, hers), Draft(BOT, "Hello", "en"))
        lost = outbox.post_to(s, said, channel="email", account="main", address="a@firm.example")
        lost.state = "failed"
        s.flush()
        delivery = lost.id
    notice = {"en": "Down", "es": "Caído", "ko": "장애"}
    outage = ok(place.as_("supervisor", "POST", "/api/v1/incidents",
                          json={"queue": "bidding", "title": "Outage", "notice": notice}),
                201)["id"]  # fmt: skip
    ok(place.as_("supervisor", "POST", f"/api/v1/incidents/{outage}/contacts",
                 json={"conversations": [hers, free]}))  # fmt: skip
    places = {
        "/api/v1/quality/evaluations": hers,
        f"/api/v1/quality/notes?counselor={place.people['senior'].id}": hers,
        "/api/v1/quality/sample?from=2026-11-24T00:00:00Z&to=2026-11-27T00:00:00Z&seed=x": "",
        "/api/v1/happy-calls": firm,
        "/api/v1/suspensions": firm,
        "/api/v1/deliveries": hers,
        f"/api/v1/incidents/{outage}": hers,
    }
    before = {path: place.as_("supervisor", "GET", path).text for path in places}
    assert all(mark in before[path] for path, mark in places.items())
    call = next(c["id"] for c in ok(place.as_("supervisor", "GET", "/api/v1/happy-calls"))["items"]
                if c["contact"] == firm)  # fmt: skip
    suspension = ok(place.as_("supervisor", "GET", "/api/v1/suspensions"))["items"][0]["id"]
    wall(place, "supervisor", by="admin", organisation="Ficticia Ltd.")
    for path in places:
        answer = place.as_("supervisor", "GET", path)
        assert answer.status_code == 200, path
        assert hers not in answer.text, path
        assert firm not in answer.text, path
        assert delivery not in answer.text, path
    assert free in place.as_("supervisor", "GET", "/api/v1/quality/evaluations").text
    assert f"about {free}" in place.as_(
        "supervisor", "GET", f"/api/v1/quality/notes?counselor={place.people['senior'].id}"
    ).text  # fmt: skip
    for path, body in (
        (f"/api/v1/happy-calls/{call}/take", None),
        (f"/api/v1/suspensions/{suspension}/review", {"lift": True, "reason": "no"}),
        (f"/api/v1/deliveries/{delivery}/resend", None),
    ):
        assert place.as_("supervisor", "POST", path, json=body).status_code == 404, path
    assert seen(place, "supervisor", f"/api/v1/quality/calibration/{hers}") == 404
    assert seen(place, "auditor", f"/api/v1/quality/calibration/{hers}") == 200
    for page in ("reach", "suspensions", "post", "team", f"incidents/{outage}"):
        text = place.page("supervisor", f"/console/{page}")
        assert hers not in text, page
        assert call not in text, page
        assert "Ana" not in text, page


def test_what_only_a_walled_counselor_could_serve_is_unservable(place: DeskClient) -> None:
    talk(place)

    def unservable() -> int:
        state = ok(place.as_("supervisor", "GET", "/api/v1/queues"))["items"]
        return sum(queue["unservable"] for queue in state)

    assert unservable() == 0
    wall(place, "counselor")
    assert unservable() == 0
    wall(place, "senior")
    assert unservable() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"counselor": "nobody"}, "counselor"),
        ({"organisation": "Firm"}, "tender"),
        ({"tender": " "}, "tender"),
        ({"reason": " "}, "reason"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2099-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "tomorrow"}, None),
    ],
)
def test_a_wall_that_cannot_be_is_refused(
    place: DeskClient, wrong: dict[str, str], field: str | None
) -> None:
    good = {
        "counselor": place.people["counselor"].id,
        "tender": NUMBER,
        "reason": "an interest",
        "ends_at": "2027-01-01T00:00:00Z",
    }
    answer = place.as_("admin", "POST", "/api/v1/walls", json=good | wrong)
    assert answer.status_code == 422
    assert field is None or answer.json()["error"]["details"]["field"] == field
    with db.reading(place.engine) as s:
        assert s.scalar(select(Conversation.id).limit(1)) is None
    assert journal(place, "wall.put_up") == []

"""Offers, presence, transfers, call-backs and calendars over HTTP; the clock is the test's."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm import clock
from routing import allocator
from tests.conftest import DeskClient
from tests.routing.test_turns import until

START = allocator.Allocator.start

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//example//EN\r
BEGIN:VEVENT\r
UID:1@desk.example\r
DTSTART;VALUE=DATE:20261125\r
SUMMARY:Founding Day\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> dict:
    """A clock that stands until the test moves it."""
    found = {"now": datetime(2026, 11, 25, 3, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: found["now"])
    return found


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's own allocator sleeps: rounds are the test's."""
    monkeypatch.setattr(allocator.Allocator, "start", lambda _: lambda: None)


pytestmark = [pytest.mark.at_rest, pytest.mark.usefixtures("quiet", "hands")]


@pytest.fixture
def place(quiet: None, desk: DeskClient) -> DeskClient:
    del quiet
    return desk


def ok(answer, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


def waiting(desk: DeskClient, text: str = "person please", **who: object) -> str:
    guest = desk.guest(language="en", **who)
    guest.outcome(text)
    return guest.conversation_id


def ready(desk: DeskClient, *roles: str) -> None:
    for role in roles:
        ok(desk.as_(role, "PUT", "/api/v1/presence", json={"state": "ready"}))


def a_round(desk: DeskClient) -> list[tuple[str, str]]:
    """Offers made now, as (conversation, role)."""
    roles = {p.id: role for role, p in desk.people.items()}
    return [(m.waiting, roles[m.agent]) for m in allocator.one_round(desk.engine)]


def offers(desk: DeskClient, role: str) -> list[dict]:
    items = ok(desk.as_(role, "GET", "/api/v1/reservations"))["items"]
    return [r for r in items if r["state"] == "offered"]


def seen(desk: DeskClient, talk: str) -> dict:
    return ok(desk.as_("supervisor", "GET", f"/api/v1/conversations/{talk}"))


def test_an_offer_is_accepted_once_and_again_is_the_same(place: DeskClient) -> None:
    talk = waiting(place)
    assert a_round(place) == []  # nobody said that they are there
    ready(place, "counselor")
    assert a_round(place) == [(talk, "counselor")]
    assert a_round(place) == []  # one live offer
    offer = offers(place, "counselor")[0]
    path = f"/api/v1/reservations/{offer['id']}"
    assert place.as_("senior", "POST", f"{path}/accept").status_code == 404
    for _ in range(2):
        taken = ok(place.as_("counselor", "POST", f"{path}/accept"))
        assert taken["owner"] == {"kind": "counselor", "id": place.people["counselor"].id}
    assert place.as_("counselor", "POST", f"{path}/reject", json={}).status_code == 409
    late = place.as_("senior", "POST", f"/api/v1/conversations/{talk}/accept")
    assert late.status_code == 409


def test_an_offer_that_runs_out_keeps_the_place_and_counts_as_missed(
    place: DeskClient, hands: dict
) -> None:
    talk = waiting(place)
    since = seen(place, talk)["waiting_since"]
    ready(place, "counselor")
    a_round(place)
    offer = offers(place, "counselor")[0]
    hands["now"] += timedelta(seconds=31)
    late = place.as_("counselor", "POST", f"/api/v1/reservations/{offer['id']}/accept")
    assert late.status_code == 409
    assert a_round(place) == []  # not to the same person at once
    hands["now"] += timedelta(seconds=40)
    ok(place.as_("counselor", "POST", "/api/v1/presence/beat"))
    hands["now"] += timedelta(seconds=40)
    assert a_round(place) == [(talk, "counselor")]
    hands["now"] += timedelta(seconds=31)
    a_round(place)
    mine = next(p for p in ok(place.as_("supervisor", "GET", "/api/v1/presence"))["items"]
                if p["counselor"] == place.people["counselor"].id)  # fmt: skip
    assert (mine["state"], mine["reason"]) == ("not_ready", "missed")
    assert seen(place, talk)["waiting_since"] == since
    # Whoever is of the queue may still pick it, as ever.
    ok(place.as_("senior", "POST", f"/api/v1/conversations/{talk}/accept"))


def test_a_refused_offer_goes_to_the_next(place: DeskClient, hands: dict) -> None:
    talk = waiting(place)
    ready(place, "counselor")
    hands["now"] += timedelta(seconds=5)
    ready(place, "senior")
    assert a_round(place) == [(talk, "counselor")]
    path = f"/api/v1/reservations/{offers(place, 'counselor')[0]['id']}/reject"
    for _ in range(2):
        ok(place.as_("counselor", "POST", path, json={"reason": "busy"}))
    assert place.as_("counselor", "POST", path, json={"reason": "lazy"}).status_code == 422
    assert a_round(place) == [(talk, "senior")]


def test_who_falls_silent_gives_back_what_they_held(place: DeskClient, hands: dict) -> None:
    first = waiting(place)
    hands["now"] += timedelta(seconds=1)
    second = waiting(place)
    since = seen(place, first)["waiting_since"]
    ready(place, "counselor")
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{first}/accept"))
    hands["now"] += timedelta(seconds=91)
    ready(place, "senior")
    assert a_round(place) == [(first, "senior"), (second, "senior")]  # its old place: first
    back = seen(place, first)
    assert (back["status"], back["waiting_since"]) == ("waiting", since)


ACTS = {
    "a note": ("POST", "{talk}/messages", {"client_id": "n", "text": "x", "audience": "internal"}),
    "the ticket": ("PATCH", "/api/v1/tickets/{ticket}", {"priority": "high"}),
    "a question to the guard": ("POST", "{talk}/guard", {"text": "Hello."}),
    "what is refused": ("POST", "{talk}/leave", {}),
}


@pytest.mark.parametrize("act", list(ACTS))
def test_who_never_said_that_they_are_here_is_heard_of_by_whatever_they_do(
    place: DeskClient, hands: dict, act: str
) -> None:
    talk = waiting(place)
    path = f"/api/v1/conversations/{talk}"
    ok(place.as_("counselor", "POST", f"{path}/accept"))
    ticket = ok(place.as_("counselor", "GET", "/api/v1/tickets"))["items"][0]["id"]
    method, where, body = ACTS[act]
    hands["now"] += timedelta(minutes=14)
    place.as_("counselor", method, where.format(talk=path, ticket=ticket), json=body)
    hands["now"] += timedelta(minutes=14)
    a_round(place)
    assert seen(place, talk)["owner"]["id"] == place.people["counselor"].id
    ok(place.as_("counselor", "GET", path))  # who only looks may be a page left open
    hands["now"] += timedelta(minutes=2)
    a_round(place)
    assert seen(place, talk)["owner"] == {"kind": "queue", "id": None}


def test_a_form_of_the_console_is_heard_too(place: DeskClient, hands: dict) -> None:
    talk = waiting(place)
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    hands["now"] += timedelta(minutes=14)
    place.form("counselor", "/console/language", {"language": "ko"})
    hands["now"] += timedelta(minutes=14)
    a_round(place)
    assert seen(place, talk)["owner"]["id"] == place.people["counselor"].id


def test_who_goes_away_gives_back_at_once(place: DeskClient) -> None:
    talk = waiting(place)
    ready(place, "counselor")
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    away = {"state": "offline"}
    ok(place.as_("counselor", "PUT", "/api/v1/presence", json=away))
    assert seen(place, talk)["owner"] == {"kind": "queue", "id": None}
    unreasoned = place.as_("counselor", "PUT", "/api/v1/presence", json={"state": "not_ready"})
    assert unreasoned.status_code == 422


def test_who_was_away_and_picks_one_is_here_again(place: DeskClient) -> None:
    talk = waiting(place)
    ok(place.as_("counselor", "PUT", "/api/v1/presence", json={"state": "offline"}))
    ok(place.as_("counselor", "PUT", "/api/v1/presence", json={"state": "ready"}))
    ok(place.as_("counselor", "PUT", "/api/v1/presence", json={"state": "offline"}))
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    a_round(place)
    assert seen(place, talk)["owner"]["id"] == place.people["counselor"].id
    mine = ok(place.as_("counselor", "POST", "/api/v1/presence/beat"))
    assert (mine["state"], mine["reason"]) == ("not_ready", "casework")


def test_whoever_is_shut_out_gives_back_and_gets_nothing(place: DeskClient) -> None:
    talk, who = waiting(place), place.people["counselor"].id
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    ok(place.as_("admin", "PATCH", f"/api/v1/counselors/{who}", json={"disabled": True}))
    a_round(place)
    assert seen(place, talk)["owner"] == {"kind": "queue", "id": None}
    ok(place.as_("supervisor", "POST", f"/api/v1/conversations/{talk}/accept"))


def test_nothing_is_passed_to_a_colleague_who_is_away(place: DeskClient) -> None:
    talk, senior = waiting(place), place.people["senior"].id
    path = f"/api/v1/conversations/{talk}"
    ok(place.as_("counselor", "POST", f"{path}/accept"))
    ready(place, "senior")
    ok(place.as_("senior", "PUT", "/api/v1/presence", json={"state": "offline"}))
    body = {"counselor": senior}
    refused = place.as_("counselor", "POST", f"{path}/transfer", json=body)
    assert refused.status_code == 409
    ready(place, "senior")
    ok(place.as_("counselor", "POST", f"{path}/transfer", json=body))


def test_wrapping_up_takes_its_time(place: DeskClient, hands: dict) -> None:
    talk = waiting(place)
    ready(place, "counselor")
    a_round(place)
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    wrap = {"code": "answered"}
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/wrap", json=wrap))
    following = waiting(place)
    assert a_round(place) == []
    hands["now"] += timedelta(seconds=30)
    assert a_round(place) == [(following, "counselor")]


def test_a_warm_transfer_changes_hands_when_the_colleague_accepts(place: DeskClient) -> None:
    talk = waiting(place)
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    senior = place.people["senior"].id
    body = {"counselor": senior, "warm": True, "note": "Knows the law."}
    path = f"/api/v1/conversations/{talk}"
    # Who never said that they are here sees no offer; who is busy may be asked nevertheless.
    unseen = place.as_("counselor", "POST", f"{path}/transfer", json=body)
    assert (unseen.status_code, offers(place, "senior")) == (409, [])
    there = {"state": "not_ready", "reason": "casework"}
    ok(place.as_("senior", "PUT", "/api/v1/presence", json=there))
    asked = ok(place.as_("counselor", "POST", f"{path}/transfer", json=body))
    assert asked["owner"]["id"] == place.people["counselor"].id
    assert place.as_("counselor", "POST", f"{path}/transfer", json=body).status_code == 409
    offer = offers(place, "senior")[0]
    taken = ok(place.as_("senior", "POST", f"/api/v1/reservations/{offer['id']}/accept"))
    assert taken["owner"]["id"] == senior
    assert offers(place, "senior") == []


def test_the_consulted_read_and_note_and_do_not_speak(place: DeskClient) -> None:
    talk = waiting(place)
    path = f"/api/v1/conversations/{talk}"
    ok(place.as_("senior", "POST", f"{path}/accept"))
    admin = {"queues": ["legal"]}
    who = place.people["counselor"].id
    ok(place.as_("admin", "PATCH", f"/api/v1/counselors/{who}", json=admin))
    assert place.as_("counselor", "GET", path).status_code == 404
    ok(place.as_("senior", "POST", f"{path}/consult", json={"counselor": who}))
    ok(place.as_("counselor", "GET", path))
    note = {"client_id": "n", "text": "Clause 3.", "audience": "internal"}
    ok(place.as_("counselor", "POST", f"{path}/messages", json=note), 201)
    say = note | {"client_id": "s", "audience": "public"}
    assert place.as_("counselor", "POST", f"{path}/messages", json=say).status_code == 403
    ok(place.as_("counselor", "POST", f"{path}/leave"))
    assert place.as_("counselor", "GET", path).status_code == 404


def test_the_second_line_is_asked_for_and_only_it_may_take(place: DeskClient) -> None:
    talk = waiting(place)
    path = f"/api/v1/conversations/{talk}"
    ok(place.as_("counselor", "POST", f"{path}/accept"))
    ok(place.as_("counselor", "POST", f"{path}/escalate", json={"note": "A question of law."}))
    assert place.as_("counselor", "POST", f"{path}/accept").status_code == 403
    ready(place, "counselor", "senior")
    assert a_round(place) == [(talk, "senior")]
    number = seen(place, talk)["ticket"]
    tickets = ok(place.as_("supervisor", "GET", "/api/v1/tickets"))["items"]
    assert [t["tier"] for t in tickets if t["number"] == number] == [2]


def test_a_supervisor_takes_and_watches(place: DeskClient) -> None:
    talk = waiting(place)
    path = f"/api/v1/conversations/{talk}"
    assert place.as_("supervisor", "POST", f"{path}/watch").status_code == 409  # nobody holds it
    ok(place.as_("counselor", "POST", f"{path}/accept"))
    ok(place.as_("supervisor", "POST", f"{path}/watch"))
    taken = ok(place.as_("supervisor", "POST", f"{path}/take"))
    assert taken["owner"]["id"] == place.people["supervisor"].id


def test_a_queue_of_offers_cannot_be_picked_from(place: DeskClient) -> None:
    ok(place.as_("supervisor", "PATCH", "/api/v1/queues/bidding", json={"mode": "offer"}))
    talk = waiting(place)
    assert place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept").status_code == 409
    ready(place, "counselor")
    a_round(place)
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))


def test_skills_are_asked_for_relaxed_and_taken_away(place: DeskClient) -> None:
    talk, path = waiting(place), "/api/v1/skills"
    ok(place.as_("supervisor", "POST", path, json={"name": "bonds"}), 201)
    assert place.as_("supervisor", "POST", path, json={"name": "bonds"}).status_code == 409
    assert place.as_("supervisor", "POST", path, json={"name": "Bid Bonds"}).status_code == 422
    needs = {"skills": {"bonds": 3}}
    ok(place.as_("supervisor", "PUT", f"/api/v1/conversations/{talk}/needs", json=needs))
    unknown = {"skills": {"magic": 1}}
    wrong = place.as_("supervisor", "PUT", f"/api/v1/conversations/{talk}/needs", json=unknown)
    assert wrong.status_code == 422
    ready(place, "counselor")
    assert a_round(place) == []
    state = ok(place.as_("supervisor", "GET", "/api/v1/queues"))["items"]
    assert next(q for q in state if q["name"] == "bidding")["unservable"] == 1
    ok(place.as_("supervisor", "DELETE", f"{path}/bonds"))  # while a contact waits for it
    assert a_round(place) == [(talk, "counselor")]


def test_a_callback_waits_for_its_time_and_keeps_the_place(place: DeskClient, hands: dict) -> None:
    guest = place.guest(language="en")
    guest.outcome("person please")
    talk, since = guest.conversation_id, seen(place, guest.conversation_id)["waiting_since"]
    hands["now"] += timedelta(seconds=1)
    later = waiting(place)
    standing = ok(place.http.get("/api/v1/chat/wait", headers=guest.headers))
    assert (standing["position"], standing["callback_at"]) == (1, None)
    at = (hands["now"] + timedelta(minutes=20)).isoformat()
    for body, status in (({"at": at, "number": "+82 2-555-0100"}, 201), ({"at": at}, 409)):
        answer = place.http.post("/api/v1/chat/callback", json=body, headers=guest.headers)
        assert answer.status_code == status
    assert seen(place, talk)["owner"]["kind"] == "callback"
    ready(place, "counselor")
    ok(place.as_("supervisor", "PUT",
                 f"/api/v1/counselors/{place.people['counselor'].id}/capacity",
                 json={"chat": 0}))  # fmt: skip
    assert a_round(place) == []
    hands["now"] += timedelta(minutes=20)
    ready(place, "counselor")
    assert a_round(place) == [(talk, "counselor")]  # as a call, before who came later
    assert seen(place, talk)["waiting_since"] == since
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    promised = ok(place.as_("counselor", "GET", "/api/v1/callbacks"))["items"][0]
    missed = {"reached": False}
    path = f"/api/v1/callbacks/{promised['id']}/outcome"
    again = ok(place.as_("counselor", "POST", path, json=missed))
    assert (again["state"], again["attempts"]) == ("waiting", 1)
    for _ in range(2):
        hands["now"] += timedelta(hours=1)
        ready(place, "counselor")
        assert a_round(place) == [(talk, "counselor")]
        ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
        again = ok(place.as_("counselor", "POST", path, json=missed))
    assert (again["state"], again["attempts"]) == ("given_up", 3)
    assert seen(place, talk)["owner"]["id"] == place.people["counselor"].id  # a person keeps it
    assert seen(place, later)["status"] == "waiting"


def test_impossible_callbacks_are_refused(place: DeskClient, hands: dict) -> None:
    guest = place.guest(language="en")
    past = (hands["now"] - timedelta(minutes=1)).isoformat()
    for body in ({"at": past}, {"at": "2026-12-01T09:00:00"}, {"number": "call me"}):
        answer = place.http.post("/api/v1/chat/callback", json=body, headers=guest.headers)
        assert answer.status_code == 422


def test_a_holiday_file_that_does_not_parse_leaves_the_old_days(
    sqlite_desk: DeskClient,
) -> None:
    path = "/api/v1/calendars/default"
    week = {"zone": "Asia/Seoul", "days": {"monday": ["09:00", "18:00"]}}
    ok(sqlite_desk.as_("supervisor", "PUT", path, json=week))

    def send(content: str):
        files = {"file": ("holidays.ics", content.encode())}
        return sqlite_desk.as_("supervisor", "POST", f"{path}/holidays", files=files)

    assert ok(send(CALENDAR))["holidays"] == {"2026-11-25": "Founding Day"}
    weekly = CALENDAR.replace("SUMMARY", "RRULE:FREQ=WEEKLY\r\nSUMMARY")
    for wrong in ("", "not a calendar", CALENDAR.replace("20261125", "someday"), weekly):
        refused = send(wrong)
        assert refused.status_code == 422
        assert refused.json()["error"]["details"]["field"] == "file"
    kept = ok(sqlite_desk.as_("supervisor", "GET", "/api/v1/calendars"))["items"]
    assert {c["name"]: c["holidays"] for c in kept}["default"] == {"2026-11-25": "Founding Day"}
    for bad in ({"zone": "Mars/Base"}, {"zone": "UTC", "days": {"funday": ["09:00", "18:00"]}},
                {"zone": "UTC", "days": {"monday": ["18:00", "09:00"]}}):  # fmt: skip
        assert sqlite_desk.as_("supervisor", "PUT", path, json=bad).status_code == 422


def test_a_queue_is_served_as_its_supervisor_says(sqlite_desk: DeskClient) -> None:
    change = {"relax": [{"after": 60, "queues": ["payment"]}], "wrap_seconds": 0}
    served = ok(sqlite_desk.as_("supervisor", "PATCH", "/api/v1/queues/bidding", json=change))
    assert served["relax"] == [
        {"after": 60, "lower": 0, "drop": [], "queues": ["payment"], "any_language": False}
    ]
    assert (served["mode"], served["wrap_seconds"], served["misses"]) == ("open", 0, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"relax": [{"after": 60}, {"after": 30}]},
        {"relax": [{"after": 60, "queues": ["nowhere"]}]},
        {"relax": [{"after": 60, "drop": ["magic"]}]},
        {"offer_seconds": 1},
        {"calendar": "nowhere"},
        {"after_hours": ["dance"]},
        {"mode": None},
    ],
)
def test_a_queue_is_not_served_impossibly(sqlite_desk: DeskClient, change: dict) -> None:
    path = "/api/v1/queues/bidding"
    assert sqlite_desk.as_("supervisor", "PATCH", path, json=change).status_code == 422


def test_a_clock_that_jumps_leaves_nobody_stuck(place: DeskClient, hands: dict) -> None:
    talk = waiting(place)
    ready(place, "counselor")
    ok(place.as_("senior", "PUT", "/api/v1/presence",
                 json={"state": "not_ready", "reason": "break"}))  # fmt: skip
    assert a_round(place) == [(talk, "counselor")]
    hands["now"] -= timedelta(hours=2)  # the offer would last for two hours
    assert a_round(place) == [(talk, "counselor")]  # taken back, and made again by this clock
    ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
    wrap = f"/api/v1/conversations/{talk}/wrap"
    ok(place.as_("counselor", "POST", wrap, json={"code": "other"}))
    hands["now"] -= timedelta(hours=1)  # in the middle of the wrap-up
    later = waiting(place)
    a_round(place)
    seats = {x["counselor"]: (x["state"], x["reason"])
             for x in ok(place.as_("supervisor", "GET", "/api/v1/presence"))["items"]}  # fmt: skip
    assert seats[place.people["counselor"].id] == ("ready", None)
    assert seats[place.people["senior"].id] == ("not_ready", "break")  # said by a person: it stays
    [held] = ok(place.as_("counselor", "GET", "/api/v1/reservations"))["items"]
    assert held["conversation"] == later
    hands["now"] += timedelta(days=1)  # and forwards: all have been silent, the contact stands
    a_round(place)
    assert seen(place, later)["owner"]["kind"] == "queue"
    hands["now"] += timedelta(seconds=61)  # after a miss, others are asked first
    ready(place, "counselor")
    assert a_round(place) == [(later, "counselor")]


def test_who_came_before_the_clock_was_set_back_keeps_their_place(
    place: DeskClient, hands: dict
) -> None:
    first = waiting(place)
    hands["now"] += timedelta(minutes=5)
    second = waiting(place)
    hands["now"] -= timedelta(hours=1)
    third = waiting(place)
    ready(place, "counselor")
    path = f"/api/v1/counselors/{place.people['counselor'].id}/capacity"
    ok(place.as_("supervisor", "PUT", path, json={"chat": 1}))
    for talk in (first, second, third):
        assert a_round(place) == [(talk, "counselor")]
        accepted = ok(place.as_("counselor", "POST", f"/api/v1/conversations/{talk}/accept"))
        wrapped = place.as_(
            "counselor", "POST", f"/api/v1/conversations/{talk}/wrap", json={"code": "other"}
        )
        assert wrapped.is_success
        assert accepted["id"] == talk
        ready(place, "counselor")
    told = ok(place.as_("auditor", "GET", "/api/v1/events"))["events"]
    spans = [e["data"][name] for e in told for name in ("waited", "seconds") if name in e["data"]]
    assert spans
    assert min(spans) >= 0
    board = place.page("supervisor", "/console/board")
    assert "-" not in "".join(re.findall(r"<strong>([^<]*)</strong>", board))


def test_a_clock_put_forward_silences_nobody_and_counts_no_miss(
    place: DeskClient, hands: dict
) -> None:
    """The allocator itself sees that more hours passed on the clock than in the world."""
    held = waiting(place)
    ready(place, "counselor")
    stop = START(allocator.Allocator(place.engine))
    try:
        until(lambda: [r["conversation"] for r in offers(place, "counselor")] == [held])
        ok(place.as_("counselor", "POST", f"/api/v1/conversations/{held}/accept"))
        offered = waiting(place)
        until(lambda: [r["conversation"] for r in offers(place, "counselor")] == [offered])
        hands["now"] += timedelta(hours=1)
        until(lambda: taken_back(place) == ["clock"])
        until(
            lambda: [r["conversation"] for r in offers(place, "counselor")] == [offered]
        )  # made again, by the clock as it is now
    finally:
        stop()
    seats = ok(place.as_("supervisor", "GET", "/api/v1/presence"))["items"]
    mine = next(x for x in seats if x["counselor"] == place.people["counselor"].id)
    assert mine["state"] == "ready"
    told = ok(place.as_("auditor", "GET", "/api/v1/events"))["events"]
    assert not [e for e in told if e["kind"] == "reservation.expired"]  # nobody missed it
    talk = ok(place.as_("counselor", "GET", f"/api/v1/conversations/{held}"))
    assert talk["owner"] == {"kind": "counselor", "id": place.people["counselor"].id}


def taken_back(desk: DeskClient) -> list[str]:
    told = ok(desk.as_("auditor", "GET", "/api/v1/events"))["events"]
    return [e["data"]["reason"] for e in told if e["kind"] == "reservation.rescinded"]


def test_who_holds_a_talk_without_having_said_that_they_are_here_is_watched(
    place: DeskClient, hands: dict
) -> None:
    talk = waiting(place)
    path = f"/api/v1/conversations/{talk}"
    ok(place.as_("senior", "POST", f"{path}/accept"))
    hands["now"] += timedelta(minutes=14)
    said = {"client_id": "1", "text": "Still looking it up."}
    assert place.as_("senior", "POST", f"{path}/messages", json=said).status_code == 201
    hands["now"] += timedelta(minutes=14)
    a_round(place)
    assert ok(place.as_("senior", "GET", path))["owner"]["kind"] == "counselor"
    hands["now"] += timedelta(minutes=2)
    a_round(place)
    back = ok(place.as_("senior", "GET", path))
    assert (back["owner"]["kind"], back["status"]) == ("queue", "waiting")
    seats = ok(place.as_("supervisor", "GET", "/api/v1/presence"))["items"]
    mine = next(x for x in seats if x["counselor"] == place.people["senior"].id)
    assert (mine["state"], mine["reason"]) == ("offline", "silent")

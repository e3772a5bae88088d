"""Where the allocation, the protection and the call-backs meet a caller on the line."""

import threading
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from bot.dates import day
from crm import clock, conversations, db, messages, outbox, protection
from crm.events import SYSTEM
from crm.messages import Draft
from routing import allocator
from routing.calls import words
from routing.calls.speakable import figures
from routing.channels.port import Outbound
from routing.channels.simulator.channel import Simulator
from routing.worker import Worker
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator.caller import Caller, Keys, Speak
from tests.phone.simulator.network import Leg, Phone, Room
from tests.phone.test_people import OPENING, PERSON, client, commands, connected
from tests.phone.test_waiting import CLOSED
from tests.routing.test_turns import until


def in_line(phone: PhoneDesk) -> Leg:
    leg = phone.phone_in(*OPENING, PERSON)
    phone.network.run(60)
    assert leg.sid in phone.network.queue
    return leg


def do(phone: PhoneDesk, role: str, verb: str, **body: object) -> dict:
    """A verb of the desk on the newest conversation, and what the worker does about it."""
    place = f"/api/v1/conversations/{phone.conversation().id}/{verb}"
    answer = phone.desk.as_(role, "POST", place, json=body)
    assert answer.status_code == 200, answer.text
    phone.work()
    return answer.json()


def present(phone: PhoneDesk, *roles: str) -> None:
    for role in roles:
        told = phone.desk.as_(role, "PUT", "/api/v1/presence", json={"state": "ready"})
        assert told.status_code == 200, told.text


def accept_offer(phone: PhoneDesk, role: str) -> None:
    items = phone.desk.as_(role, "GET", "/api/v1/reservations").json()["items"]
    [offer] = [r for r in items if r["state"] == "offered"]
    answer = phone.desk.as_(role, "POST", f"/api/v1/reservations/{offer['id']}/accept")
    assert answer.status_code == 200, answer.text
    phone.work()


def room_of(phone: PhoneDesk) -> Room:
    return next(r for r in phone.network.rooms.values() if not r.over)


def in_room(phone: PhoneDesk, role: str) -> bool:
    legs = [phone.network.legs[sid].number for sid in room_of(phone).members.values()]
    return client(phone, role) in legs


def test_an_accepted_offer_rings_the_counselor(sqlite_phone: PhoneDesk) -> None:
    in_line(sqlite_phone)
    present(sqlite_phone, "counselor")
    assert len(allocator.one_round(sqlite_phone.desk.engine)) == 1
    accept_offer(sqlite_phone, "counselor")
    sqlite_phone.network.run(30)
    assert in_room(sqlite_phone, "counselor")
    assert len(room_of(sqlite_phone).members) == 2


def test_a_warm_offer_that_is_accepted_brings_the_other_in(sqlite_phone: PhoneDesk) -> None:
    connected(sqlite_phone)
    present(sqlite_phone, "senior")
    senior = sqlite_phone.desk.people["senior"].id
    do(sqlite_phone, "counselor", "transfer", counselor=senior, warm=True)
    assert in_room(sqlite_phone, "counselor")
    accept_offer(sqlite_phone, "senior")
    sqlite_phone.network.run(30)
    assert in_room(sqlite_phone, "senior")
    assert not in_room(sqlite_phone, "counselor")


def test_the_second_line_is_waited_for_in_line(sqlite_phone: PhoneDesk) -> None:
    leg, room = connected(sqlite_phone)
    do(sqlite_phone, "counselor", "escalate")
    sqlite_phone.network.run(30)
    assert room.over
    assert leg.sid in sqlite_phone.network.queue


@pytest.mark.parametrize("held", [True, False], ids=["from a counselor", "from the line"])
def test_who_takes_a_call_over_is_rung(sqlite_phone: PhoneDesk, *, held: bool) -> None:
    if held:
        connected(sqlite_phone)
    else:
        in_line(sqlite_phone)
    do(sqlite_phone, "supervisor", "take")
    sqlite_phone.network.run(30)
    assert in_room(sqlite_phone, "supervisor")
    assert len(room_of(sqlite_phone).members) == 2


def test_a_counselor_who_may_answer_no_more_gives_the_caller_back(sqlite_phone: PhoneDesk) -> None:
    leg, room = connected(sqlite_phone)
    person = f"/api/v1/counselors/{sqlite_phone.desk.people['counselor'].id}"
    gone = sqlite_phone.desk.as_("admin", "PATCH", person, json={"disabled": True})
    assert gone.status_code == 200, gone.text
    sqlite_phone.network.run(30)
    assert room.over
    assert leg.sid in sqlite_phone.network.queue


@pytest.mark.parametrize("over", [False, True], ids=["talking", "wrapping up"])
def test_a_counselor_gone_silent_gives_back_only_who_still_talks(
    sqlite_phone: PhoneDesk, monkeypatch: pytest.MonkeyPatch, *, over: bool
) -> None:
    present(sqlite_phone, "counselor")
    leg, room = connected(sqlite_phone)
    if over:
        sqlite_phone.network.hang_up(leg)
        sqlite_phone.network.run(10)
        assert sqlite_phone.conversation().status == "wrap_up"
    with monkeypatch.context() as later:
        now = clock.now() + timedelta(minutes=30)
        later.setattr(clock, "now", lambda: now)
        allocator.sweep(sqlite_phone.desk.engine)
        left = sqlite_phone.conversation()
    sqlite_phone.network.run(1900)
    if over:
        assert (left.status, left.wrap_code) == ("closed", "other")
    else:
        assert (left.status, left.owner_kind) == ("waiting", "queue")
        assert room.over
        assert leg.sid in sqlite_phone.network.queue


def test_a_line_that_was_not_answered_can_end_after_its_talk(sqlite_phone: PhoneDesk) -> None:
    phones = sqlite_phone.network.phones
    phones[client(sqlite_phone, "counselor")] = Phone(answers=False)
    leg = sqlite_phone.phone_in(*OPENING, PERSON, ("satisfied", Keys("4")))
    sqlite_phone.network.run(60)
    assert sqlite_phone.accept().status_code == 200
    sqlite_phone.network.run(2)
    do(sqlite_phone, "counselor", "end")
    sqlite_phone.network.run(90)
    assert sqlite_phone.conversation().status == "wrap_up"
    assert words.say("en", "survey") in leg.caller.heard
    assert leg.over


# --- call-backs ----------------------------------------------------------------------------------


def promise(phone: PhoneDesk, minutes: int) -> None:
    place = f"/api/v1/conversations/{phone.conversation().id}/callback"
    at = (clock.now() + timedelta(minutes=minutes)).isoformat()
    answer = phone.desk.as_("supervisor", "POST", place, json={"at": at})
    assert answer.status_code == 201, answer.text


def test_who_was_promised_a_call_may_hang_up_and_is_rung(sqlite_phone: PhoneDesk) -> None:
    leg = in_line(sqlite_phone)
    promise(sqlite_phone, 10)
    sqlite_phone.network.hang_up(leg)
    sqlite_phone.network.run(700)
    assert sqlite_phone.conversation().owner_kind == "callback"
    allocator.sweep(sqlite_phone.desk.engine)
    due = sqlite_phone.conversation()
    assert (due.status, due.owner_kind) == ("waiting", "queue")
    person = Caller(script=[("nothing", Keys("1"))])
    sqlite_phone.rest.called_back["+525550100001"] = person
    assert sqlite_phone.accept().status_code == 200
    sqlite_phone.network.run(40)
    assert "You asked for a call back" in person.transcript
    assert len(room_of(sqlite_phone).members) == 2
    rung = next(x for x in sqlite_phone.network.legs.values() if x.caller is person)
    sqlite_phone.network.hang_up(rung)
    sqlite_phone.network.run(20)
    assert sqlite_phone.conversation().status == "wrap_up"


def test_a_promise_takes_no_talk_from_whoever_has_it(sqlite_phone: PhoneDesk) -> None:
    in_line(sqlite_phone)
    promise(sqlite_phone, 10)
    do(sqlite_phone, "supervisor", "take")
    sqlite_phone.network.run(700)
    allocator.sweep(sqlite_phone.desk.engine)
    stands = sqlite_phone.conversation()
    assert (stands.status, stands.owner_kind) == ("active", "counselor")
    assert in_room(sqlite_phone, "supervisor")
    assert len(sqlite_phone.events("callback.cancelled")) == 1


def test_who_leaves_the_line_of_a_chat_is_not_rung(sqlite_phone: PhoneDesk) -> None:
    guest = sqlite_phone.desk.guest(language="en")
    guest.outcome("a person please")
    at = (clock.now() + timedelta(minutes=10)).isoformat()
    body = {"at": at, "number": "+8225550100"}
    http, headers = guest.http, guest.headers
    assert http.post("/api/v1/chat/callback", headers=headers, json=body).status_code == 201
    assert http.post("/api/v1/chat/end", headers=headers).status_code == 200
    sqlite_phone.network.run(700)
    allocator.sweep(sqlite_phone.desk.engine)
    assert sqlite_phone.conversation().status == "closed"
    assert len(sqlite_phone.events("callback.cancelled")) == 1
    assert sqlite_phone.events("callback.due") == []


# --- suspensions and abuse -----------------------------------------------------------------------


def suspend(phone: PhoneDesk, contact_id: str) -> str:
    """The day until which a contact is answered in writing, as it is written in English."""
    with db.transaction(phone.desk.engine) as s:
        made = protection.suspend(s, SYSTEM, contact_id, 1, timedelta(days=3))
        zone = ZoneInfo(phone.desk.settings.hours.zone)
        return day(made.ends_at.astimezone(zone), "en")


@pytest.mark.parametrize("closed", [False, True], ids=["0", "a call-back out of hours"])
def test_a_suspended_caller_hears_so_and_waits_for_nobody(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    hours = CLOSED if closed else None
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, hours=hours) as phone:
        first = phone.phone_in(*OPENING)
        phone.network.run(20)
        phone.network.hang_up(first)
        until = suspend(phone, phone.conversation().contact_id)
        keys = ((words.say("en", "closed_callback"), Keys("2")),) if closed else ()
        leg = phone.phone_in(*OPENING, PERSON, *keys)
        phone.network.run(120)
        assert any(figures(until, "en") in text for text in leg.caller.heard)
        assert leg.over
        assert phone.network.queue == []
        assert phone.conversation().owner_kind == "bot"
        assert phone.events("callback.promised") + phone.events("call.callback_asked") == []


def test_a_suspension_holds_for_the_person_whichever_contact_it_was_said_of(
    sqlite_phone: PhoneDesk,
) -> None:
    desk = sqlite_phone.desk
    one, other = desk.guest(language="en"), desk.guest(language="en")
    contacts = []
    for guest in (one, other):
        path = f"/api/v1/conversations/{guest.conversation_id}"
        contacts.append(desk.as_("supervisor", "GET", path).json()["contact"]["id"])
    suspend(sqlite_phone, contacts[0])
    no = f"/api/v1/contacts/{contacts[0]}/consents"
    said = {"purpose": "any", "given": False, "source": "form"}
    assert desk.as_("supervisor", "PUT", no, json=said).status_code == 200
    place, body = "/api/v1/chat/callback", {"number": "+8225550100"}
    assert one.http.post(place, headers=one.headers, json=body).status_code == 409
    merged = desk.as_(
        "supervisor", "POST", f"/api/v1/contacts/{contacts[1]}/merge", json={"into": contacts[0]}
    )
    assert merged.status_code == 200, merged.text
    assert other.http.post(place, headers=other.headers, json=body).status_code == 409
    told = desk.as_("supervisor", "GET", f"/api/v1/contacts/{contacts[1]}/consents").json()
    assert told["consents"] == {"any": False}
    assert sqlite_phone.events("callback.promised") == []


def test_a_warning_is_heard_in_the_room(sqlite_phone: PhoneDesk) -> None:
    leg, room = connected(sqlite_phone)
    assert do(sqlite_phone, "counselor", "abuse", kind="insult")["step"] == "warn"
    sqlite_phone.network.run(10)
    assert "Please speak to us with respect" in leg.caller.transcript
    assert not room.over


def test_the_automated_step_takes_the_caller_out_of_the_room(sqlite_phone: PhoneDesk) -> None:
    present(sqlite_phone, "counselor")
    leg, room = connected(sqlite_phone)
    assert do(sqlite_phone, "counselor", "abuse", kind="threat")["step"] == "automated"
    sqlite_phone.network.run(20)
    assert room.over
    assert not leg.over
    assert sqlite_phone.call().step == "question"
    assert "the automated assistant continues from here" in leg.caller.transcript
    assert sqlite_phone.conversation().owner_kind == "bot"
    in_chat = sqlite_phone.desk.guest(language="en")
    in_chat.outcome("a person please")
    assert allocator.one_round(sqlite_phone.desk.engine) == []  # the counselor rests


def test_the_end_for_abuse_ends_the_call(sqlite_phone: PhoneDesk) -> None:
    leg, room = connected(sqlite_phone, ("Please say your question", Keys("0")))
    assert do(sqlite_phone, "counselor", "abuse", kind="threat")["step"] == "automated"
    sqlite_phone.network.run(60)
    assert room.over
    assert sqlite_phone.accept("senior").status_code == 200
    sqlite_phone.network.run(30)
    assert do(sqlite_phone, "senior", "abuse", kind="threat")["step"] == "end"
    sqlite_phone.network.run(30)
    assert leg.over
    assert "This conversation is ended because of the way" in leg.caller.transcript
    assert sqlite_phone.conversation().status == "closed"
    assert words.say("en", "survey") not in leg.caller.heard


# --- incidents, and the worker -------------------------------------------------------------------


@pytest.mark.parametrize(("language", "key"), [("en", "1"), ("es", "2"), ("ko", "3")])
def test_an_open_incident_is_said_at_the_opening_once(
    sqlite_phone: PhoneDesk, language: str, key: str
) -> None:
    notice = {"en": "Sign-in is down.", "es": "El acceso no funciona.", "ko": "접속 장애입니다."}
    body = {"queue": "technical", "title": "Sign-in", "notice": notice}
    opened = sqlite_phone.desk.as_("supervisor", "POST", "/api/v1/incidents", json=body)
    assert opened.status_code == 201, opened.text
    leg = sqlite_phone.phone_in(("For English", Keys(key)), (words.say(language, "consent")[:20],
                                Keys("1")), (words.say(language, "question")[:10],
                                Speak("what is the floor?")))  # fmt: skip
    sqlite_phone.network.run(60)
    assert sum(notice[language] in text for text in leg.caller.heard) == 1
    assert not any(notice[other] in leg.caller.transcript for other in notice if other != language)


def test_an_order_waits_for_no_other_provider(
    sqlite_phone: PhoneDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_line(sqlite_phone)
    desk, slow = sqlite_phone.desk, Simulator(b"k" * 40)
    begun, answers, stop = threading.Event(), threading.Event(), threading.Event()

    def send(out: Outbound) -> str:
        begun.set()
        answers.wait(30)
        return f"sim-{out.key}"

    monkeypatch.setattr(slow, "send", send)
    with db.transaction(desk.engine) as s:
        talk = conversations.get(s, sqlite_phone.conversation().id)
        said = messages.say(s, talk, Draft(SYSTEM, "A text beside the call", "en"))
        outbox.post_to(s, said, channel="simulator", account="main", address="kim@x.example")
    exchanges = desk.app.state.desk.lines.exchanges
    worker = Worker(desk.engine, desk.settings, {"simulator": slow}, None, exchanges)
    working = threading.Thread(target=worker.run_until, args=(stop,), daemon=True)
    working.start()
    try:
        assert begun.wait(20)
        place = f"/api/v1/conversations/{talk.id}/accept"
        assert desk.as_("counselor", "POST", place).status_code == 200
        until(lambda: commands(sqlite_phone) == [("move", "done"), ("ring", "done")])
        assert not answers.is_set()  # the other provider has not answered yet
    finally:
        answers.set()
        stop.set()
        working.join(20)
    assert not working.is_alive()

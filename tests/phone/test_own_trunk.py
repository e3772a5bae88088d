"""Counselors on one's own trunk: the same acts as with Twilio, through jambonz's orders."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from crm import calls, db
from crm.models import CallCommand
from routing.calls import words
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator import jambonz_spec
from tests.phone.simulator.caller import Caller, Keys, Speak
from tests.phone.simulator.network import Leg, Phone, Room
from tests.phone.test_people import client
from tests.phone.test_seams import do

OPENING = (("For English", Keys("1")), ("is recorded", Keys("1")))
PERSON = ("Please say your question", Keys("0"))


@pytest.fixture
def trunk(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PhoneDesk]:
    if not jambonz_spec.SPECS.exists():
        pytest.skip("jambonz's specification is not installed: npm ci in web/ gets it")
    with phone_desk(
        sqlite_engine, tmp_path, monkeypatch, account="trunk", dialect="jambonz"
    ) as made:
        yield made


def connected(phone: PhoneDesk, *more: object) -> tuple[Leg, Room]:
    leg = phone.phone_in(*OPENING, PERSON, *more)
    phone.network.run(60)
    assert phone.accept().status_code == 200
    phone.network.run(30)
    room = next(r for r in phone.network.rooms.values() if not r.over)
    assert len(room.members) == 2
    return leg, room


def unfinished(phone: PhoneDesk) -> list[tuple[str, str]]:
    with db.reading(phone.desk.engine) as s:
        commands = s.scalars(select(CallCommand).where(CallCommand.state != "done"))
        return [(c.verb, c.state) for c in commands]


def test_a_call_on_ones_own_trunk_is_connected_held_transferred_and_wrapped_up(
    trunk: PhoneDesk,
) -> None:
    leg, room = connected(trunk, ("satisfied", Keys("5")))
    trunk.act("counselor", "hold")
    trunk.network.run(20)
    assert room.held == {"contact"}
    assert trunk.call().held
    trunk.act("counselor", "resume")
    trunk.act("counselor", "pause_recording")
    trunk.act("counselor", "resume_recording")
    trunk.network.run(5)
    assert room.held == set()
    assert trunk.rest.recordings == ["pauseCallRecording", "resumeCallRecording"]
    senior = trunk.desk.people["senior"].id
    assert trunk.act("counselor", "consult", counselor=senior).status_code == 202
    trunk.network.run(20)
    assert len(room.members) == 3
    assert trunk.act("counselor", "complete").status_code == 202
    trunk.network.run(10)
    assert len(room.members) == 2
    assert trunk.conversation().owner_id == senior
    assert room.held == set()
    do(trunk, "senior", "wrap", code="answered")
    trunk.network.run(60)
    assert room.over
    assert leg.over
    assert words.say("en", "survey_done") in leg.caller.heard
    assert unfinished(trunk) == []
    with db.reading(trunk.desk.engine) as s:
        times = calls.times(s, trunk.conversation().id)
    assert times is not None
    assert 18 <= times.hold <= 45  # held by hand, and for the consultation


def test_a_supervisor_listens_whispers_and_speaks_on_ones_own_trunk(trunk: PhoneDesk) -> None:
    _, room = connected(trunk)
    assert trunk.act("supervisor", "monitor").status_code == 202
    trunk.network.run(15)
    [own] = [label for label in room.members if label in room.muted]
    trunk.act("supervisor", "whisper")
    trunk.network.run(3)
    assert room.coaching == {own: "counselor"}
    assert room.muted == set()
    trunk.act("supervisor", "barge")
    trunk.network.run(3)
    assert room.coaching == {}
    assert unfinished(trunk) == []


def test_who_does_not_answer_on_ones_own_trunk_costs_no_place(trunk: PhoneDesk) -> None:
    trunk.network.phones[client(trunk, "counselor")] = Phone(answers=False)
    leg = trunk.phone_in(*OPENING, PERSON)
    trunk.network.run(60)
    since = trunk.conversation().waiting_since
    trunk.accept()
    trunk.network.run(60)
    back = trunk.conversation()
    assert (back.status, back.waiting_since) == ("waiting", since)
    assert leg.sid in trunk.network.queue


def test_who_is_still_rung_is_rung_no_longer(trunk: PhoneDesk) -> None:
    trunk.network.phones[client(trunk, "counselor")] = Phone(after=60)
    trunk.phone_in(*OPENING, PERSON)
    trunk.network.run(60)
    trunk.accept()
    trunk.network.run(4)
    do(trunk, "counselor", "transfer", queue="payment")
    trunk.network.run(5)
    rung = next(x for x in trunk.network.legs.values() if x.number == client(trunk, "counselor"))
    assert rung.over
    assert unfinished(trunk) == []


@pytest.mark.parametrize("machine", [False, True], ids=["a person", "a machine"])
def test_a_caller_is_called_back_on_ones_own_trunk(trunk: PhoneDesk, *, machine: bool) -> None:
    trunk.phone_in(*OPENING, PERSON, ("press 1", Keys("1")), ("call you back at", Keys("1")))
    trunk.network.run(90)
    person = Caller(script=[("nothing", Keys("1"))], machine=machine)
    trunk.rest.called_back["+525550100001"] = person
    assert trunk.accept().status_code == 200
    trunk.network.run(60)
    if machine:
        assert "You asked for a call back, but we did not reach you" in person.transcript
        assert trunk.conversation().owner_kind == "queue"
    else:
        assert (
            "You asked for a call back, and are being put through to a counselor"
            in person.transcript
        )
        assert any(len(r.members) == 2 for r in trunk.network.rooms.values())


def test_speech_that_is_hardly_heard_is_asked_for_again(trunk: PhoneDesk) -> None:
    leg = trunk.phone_in(
        *OPENING,
        ("Please say your question", Speak("mumble", confidence=0.1)),
        ("Sorry, I did not understand", Speak("How high is the floor?")),
        ("88 percent", Speak("상담원", confidence=0.9)),
    )
    trunk.network.run(70)
    assert leg.caller.script == []
    assert trunk.bot.asked == ["How high is the floor?"]
    assert words.say("en", "to_person") in leg.caller.heard


def write(phone: PhoneDesk, text: str) -> int:
    place = f"/api/v1/conversations/{phone.conversation().id}/messages"
    body = {"client_id": text, "text": text, "audience": "public"}
    status = phone.desk.as_("counselor", "POST", place, json=body).status_code
    phone.work()
    return status


def test_what_a_counselor_writes_is_spoken_into_the_room(trunk: PhoneDesk) -> None:
    leg, room = connected(trunk)
    assert write(trunk, "Your number is **T-000123**, see https://desk.example/help.") == 201
    said = "Your number is T, 0 0 0 1 2 3, see."
    own = next(sid for label, sid in room.members.items() if label != "contact")
    for there in (leg.sid, own):  # who wrote it hears that it was said
        assert trunk.network.legs[there].caller.heard[-1] == said
    assert "en-US" in leg.caller.languages
    assert unfinished(trunk) == []


def test_who_is_held_on_ones_own_trunk_would_hear_nothing_of_it(trunk: PhoneDesk) -> None:
    leg, _ = connected(trunk)
    trunk.act("counselor", "hold")
    heard = len(leg.caller.heard)
    assert write(trunk, "A-17") == 409
    trunk.act("counselor", "resume")
    assert write(trunk, "A-17") == 201
    assert leg.caller.heard[heard:] == ["A-17."]

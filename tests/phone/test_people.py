"""With counselors: rung, not answering, consulting, listened to, whispered to, let go."""

import random

import jwt
import pytest
from sqlalchemy import select

from crm import db
from crm.models import CallCommand, Counselor
from routing.calls import words
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator import rest
from tests.phone.simulator.caller import Keys, Speak
from tests.phone.simulator.network import Faults, Leg, Phone

OPENING = (("For English", Keys("1")), ("is recorded", Keys("1")))
PERSON = ("Please say your question", Keys("0"))


def connected(phone: PhoneDesk, *more: object) -> tuple[Leg, object]:
    """A caller and a counselor in the call's room."""
    leg = phone.phone_in(*OPENING, PERSON, *more)
    phone.network.run(60)
    assert phone.accept().status_code == 200
    phone.network.run(30)
    room = next(r for r in phone.network.rooms.values() if not r.over)
    assert len(room.members) == 2
    return leg, room


def client(phone: PhoneDesk, role: str) -> str:
    return f"client:{phone.desk.people[role].id}"


def test_a_counselor_who_does_not_answer_costs_the_caller_no_place(phone: PhoneDesk) -> None:
    phone.network.phones[client(phone, "counselor")] = Phone(answers=False)
    leg = phone.phone_in(*OPENING, PERSON)
    phone.network.run(60)
    since = phone.conversation().waiting_since
    phone.accept()
    phone.network.run(60)
    back = phone.conversation()
    assert (back.status, back.owner_kind, back.waiting_since) == ("waiting", "queue", since)
    assert leg.sid in phone.network.queue
    assert len(phone.events("call.not_answered")) == 1
    assert phone.accept("senior").status_code == 200
    phone.network.run(30)
    assert phone.conversation().owner_id == phone.desk.people["senior"].id
    assert len(phone.events("call.joined")) == 1


def test_accepting_twice_rings_once(phone: PhoneDesk) -> None:
    connected(phone)
    assert phone.accept().status_code == 200
    assert phone.accept("senior").status_code == 409
    rung = [p for _, p, _ in phone.rest.seen if p.endswith("/Participants.json")]
    assert len(rung) == 1


def test_an_ordinary_phone_is_rung_where_the_counselor_says_so(sqlite_phone: PhoneDesk) -> None:
    desk = sqlite_phone.desk
    wrong = desk.as_("counselor", "PUT", "/api/v1/phone/line", json={"kind": "phone"})
    assert wrong.status_code == 422
    body = {"kind": "phone", "number": "02 5550 177"}
    told = desk.as_("counselor", "PUT", "/api/v1/phone/line", json=body).json()
    assert told == {"kind": "phone", "number": "+8225550177"}
    assert desk.as_("counselor", "GET", "/api/v1/phone/line").json() == told
    connected(sqlite_phone)
    [rung] = [f for _, p, f in sqlite_phone.rest.seen if p.endswith("/Participants.json")]
    assert rung["To"] == "+8225550177"
    assert rung["From"] == "+8225550100"


def test_the_browser_gets_a_token_for_itself_alone(sqlite_phone: PhoneDesk) -> None:
    answer = sqlite_phone.desk.as_("counselor", "POST", "/api/v1/phone/token")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    claims = jwt.decode(
        told["token"], "a secret that is long enough for HS256", algorithms=["HS256"]
    )
    assert claims["grants"]["identity"] == sqlite_phone.desk.people["counselor"].id
    assert claims["grants"]["voice"] == {"incoming": {"allow": True}}
    assert told["expires_in"] == 3600


def test_three_way_then_the_colleague_goes(phone: PhoneDesk) -> None:
    _, room = connected(phone)
    senior = phone.desk.people["senior"].id
    own = phone.desk.people["counselor"].id
    assert phone.act("counselor", "consult", counselor=own).status_code == 422
    assert phone.act("counselor", "consult", counselor="nobody").status_code == 422
    assert phone.act("counselor", "three_way").status_code == 409
    assert phone.act("counselor", "consult", counselor=senior).status_code == 202
    assert phone.act("counselor", "complete").status_code == 409  # not answered yet
    phone.network.run(15)
    assert phone.act("counselor", "three_way").status_code == 202
    phone.network.run(5)
    assert (len(room.members), room.held) == (3, set())
    assert phone.act("counselor", "cancel").status_code == 202
    phone.network.run(5)
    assert (len(room.members), room.held) == (2, set())
    assert phone.conversation().owner_id == phone.desk.people["counselor"].id


def name_of(phone: PhoneDesk, role: str) -> str:
    with db.reading(phone.desk.engine) as s:
        return s.get_one(Counselor, phone.desk.people[role].id).name


def notes(phone: PhoneDesk) -> list[str]:
    """What the desk told the counselors of the newest talk."""
    place = f"/api/v1/conversations/{phone.conversation().id}"
    told = phone.desk.as_("counselor", "GET", place).json()
    return [m["text"] for m in told["messages"] if m["audience"] == "internal"]


def test_a_consultation_that_nobody_takes_brings_the_caller_back(phone: PhoneDesk) -> None:
    _, room = connected(phone)
    phone.network.phones[client(phone, "senior")] = Phone(answers=False)
    phone.act("counselor", "consult", counselor=phone.desk.people["senior"].id)
    phone.network.run(5)
    assert room.held == {"contact"}
    phone.network.run(60)
    assert room.held == set()
    assert words.say("en", "consult_unanswered", name=name_of(phone, "senior")) in notes(phone)
    talk = phone.conversation()
    assert (talk.owner_id, talk.status) == (phone.desk.people["counselor"].id, "active")


def test_a_colleague_who_hangs_up_brings_the_caller_back_unless_held_otherwise(
    phone: PhoneDesk,
) -> None:
    _, room = connected(phone)
    senior = phone.desk.people["senior"]
    for held_by_hand in (False, True):
        phone.act("counselor", "consult", counselor=senior.id)
        phone.network.run(15)
        if held_by_hand:
            phone.act("counselor", "three_way")
            phone.act("counselor", "hold")
        assert room.held == {"contact"}
        falls = next(leg for leg in phone.network.legs.values()
                     if leg.number == client(phone, "senior") and not leg.over)  # fmt: skip
        phone.network._end(falls, "completed")
        phone.network.run(10)
        assert room.held == ({"contact"} if held_by_hand else set())
    left = words.say("en", "consult_left", name=name_of(phone, "senior"))
    assert notes(phone).count(left) == 1


def test_a_colleague_takes_over_when_the_counselors_line_falls(phone: PhoneDesk) -> None:
    _, room = connected(phone)
    senior = phone.desk.people["senior"].id
    phone.act("counselor", "consult", counselor=senior)
    phone.network.run(15)
    falls = next(leg for leg in phone.network.legs.values()
                 if leg.number == client(phone, "counselor"))  # fmt: skip
    phone.network._end(falls, "completed")
    phone.network.run(10)
    assert phone.conversation().owner_id == senior
    assert room.held == set()


def test_when_the_counselor_hangs_up_the_caller_is_asked_once(phone: PhoneDesk) -> None:
    leg, _ = connected(phone, ("satisfied", Keys("4")))
    own = next(x for x in phone.network.legs.values() if x.number == client(phone, "counselor"))
    phone.network._end(own, "completed")
    phone.network.run(30)
    assert words.say("en", "survey") in leg.caller.heard
    assert leg.over
    assert phone.conversation().status == "wrap_up"
    scored = phone.events("survey.answered")
    assert [e.data["score"] for e in scored] == [4]
    place = f"/api/v1/conversations/{phone.conversation().id}"
    assert (
        phone.desk.as_("counselor", "POST", f"{place}/wrap", json={"code": "answered"}).json()[
            "status"
        ]
        == "closed"
    )


def test_wrapping_up_a_running_call_lets_everybody_go(phone: PhoneDesk) -> None:
    leg, room = connected(phone, ("satisfied", Keys("5")))
    place = f"/api/v1/conversations/{phone.conversation().id}"
    assert phone.desk.as_("counselor", "POST", f"{place}/wrap", json={"code": "other"})
    phone.network.run(40)
    assert leg.over
    assert room.over
    assert [e.data["score"] for e in phone.events("survey.answered")] == [5]


def test_back_into_line_with_a_transfer_to_a_queue(phone: PhoneDesk) -> None:
    leg, room = connected(phone)
    since = phone.conversation().waiting_since
    place = f"/api/v1/conversations/{phone.conversation().id}"
    moved = phone.desk.as_("counselor", "POST", f"{place}/transfer", json={"queue": "payment"})
    assert moved.status_code == 200
    phone.network.run(30)
    assert room.over
    assert leg.sid in phone.network.queue
    again = phone.conversation()
    assert (again.queue, again.waiting_since) == ("payment", since)


def test_a_transfer_to_a_counselor_rings_there_and_holds_meanwhile(phone: PhoneDesk) -> None:
    _, room = connected(phone)
    place = f"/api/v1/conversations/{phone.conversation().id}"
    senior = phone.desk.people["senior"].id
    phone.desk.as_("counselor", "POST", f"{place}/transfer", json={"counselor": senior})
    phone.network.run(2)
    assert room.held == {"contact"}
    phone.network.run(20)
    assert room.held == set()
    assert len(room.members) == 2
    assert client(phone, "counselor") not in {
        phone.network.legs[sid].number for sid in room.members.values()
    }


def test_a_supervisor_listens_whispers_and_speaks(phone: PhoneDesk) -> None:
    _, room = connected(phone)
    assert phone.act("counselor", "monitor").status_code == 403
    assert phone.act("supervisor", "monitor").status_code == 202
    phone.network.run(10)
    label = next(k for k, sid in room.members.items()
                 if phone.network.legs[sid].number == client(phone, "supervisor"))  # fmt: skip
    assert label in room.muted
    assert phone.act("supervisor", "whisper").status_code == 202
    counselors = next(x for x in phone.network.legs.values()
                      if x.number == client(phone, "counselor"))  # fmt: skip
    assert label not in room.muted
    assert room.coaching == {label: counselors.sid}
    assert phone.act("supervisor", "barge").status_code == 202
    assert (room.muted, room.coaching) == (set(), {})
    assert len(room.members) == 3
    assert [e.data["mode"] for e in phone.events("call.supervised")] == [
        "monitor",
        "whisper",
        "talk",
    ]
    assert phone.act("supervisor", "hold").status_code == 403  # listening is not owning
    assert phone.act("counselor", "hang_up").status_code == 202
    phone.network.run(5)
    assert room.over


def test_nobody_acts_on_a_call_that_is_over(sqlite_phone: PhoneDesk) -> None:
    leg, _ = connected(sqlite_phone)
    sqlite_phone.network.hang_up(leg)
    sqlite_phone.network.run(10)
    for verb in ("hold", "consult", "hang_up"):
        assert sqlite_phone.act("counselor", verb).status_code == 409
    refused = sqlite_phone.act("counselor", "fly")
    assert refused.status_code == 422


@pytest.mark.parametrize("seed", range(4))
def test_late_doubled_and_reordered_callbacks_change_no_figure(
    sqlite_engine, tmp_path, monkeypatch, seed: int
) -> None:
    faults = Faults(late=25, doubled=0.6, chance=random.Random(seed))
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, faults=faults) as phone:
        leg = phone.phone_in(*OPENING, PERSON)
        phone.network.run(60)
        phone.accept()
        phone.network.run(60)
        phone.act("counselor", "hold")
        phone.network.run(60)
        phone.act("counselor", "resume")
        phone.network.run(60)
        phone.network.hang_up(leg)
        phone.network.run(90)
        assert phone.conversation().status == "wrap_up"
        place = f"/api/v1/conversations/{phone.conversation().id}"
        phone.desk.as_("counselor", "POST", f"{place}/wrap", json={"code": "answered"})
        shown = phone.desk.as_("supervisor", "GET", f"{place}/call").json()
        assert shown["state"] == "completed"
        rung = next(x for x in phone.network.legs.values() if not x.inbound)
        # Rung when accepted, there three seconds later; every figure is of the network's moments.
        talked = shown["times"]["talk"] + shown["times"]["hold"]
        began = phone.events("call.joined")[0].data["at"]
        assert talked == (leg.ended - type(leg.ended).fromisoformat(began)).total_seconds()
        assert shown["times"]["hold"] == 60
        assert rung.over
        for kind in ("call.joined", "call.held", "call.resumed", "call.ended"):
            assert len(phone.events(kind)) == 1, kind


# --- orders to the provider ----------------------------------------------------------------------


def commands(phone: PhoneDesk) -> list[tuple[str, str]]:
    with db.reading(phone.desk.engine) as s:
        found = s.scalars(select(CallCommand).order_by(CallCommand.position))
        return [(c.verb, c.state) for c in found]


def test_an_order_that_may_have_been_carried_out_is_looked_for_first(phone: PhoneDesk) -> None:
    phone.phone_in(*OPENING, PERSON)
    phone.network.run(60)
    phone.rest.fail_next = ["", "after"]  # the caller is moved; the ringing is answered by a 500
    phone.accept()
    assert commands(phone) == [("move", "done"), ("ring", "unknown")]
    phone.network.run(60)
    assert commands(phone) == [("move", "done"), ("ring", "done")]
    rung = [p for m, p, _ in phone.rest.seen if m == "POST" and p.endswith("/Participants.json")]
    assert len(rung) == 1
    room = next(iter(phone.network.rooms.values()))
    assert len(room.members) == 2


def test_a_provider_that_is_away_for_a_while_gets_the_orders_in_their_order(
    phone: PhoneDesk,
) -> None:
    phone.phone_in(*OPENING, PERSON)
    phone.network.run(60)
    phone.rest.fail_next = ["before"] * 4
    phone.accept()
    phone.network.run(120)
    assert commands(phone) == [("move", "done"), ("ring", "done")]
    assert len(next(iter(phone.network.rooms.values())).members) == 2


def test_an_order_that_is_refused_strands_nobody(phone: PhoneDesk) -> None:
    phone.rest.faults = []
    leg = phone.phone_in(*OPENING, PERSON)
    phone.network.run(60)
    since = phone.conversation().waiting_since
    monkey = phone.rest._ring
    phone.rest._ring = lambda *_: rest._error(400, 13223)
    phone.accept()
    phone.network.run(40)
    phone.rest._ring = monkey
    assert ("ring", "failed") in commands(phone)
    back = phone.conversation()
    assert (back.status, back.owner_kind, back.waiting_since) == ("waiting", "queue", since)
    assert leg.sid in phone.network.queue


# --- recordings ----------------------------------------------------------------------------------


def test_a_recording_comes_home_however_often_the_way_breaks(phone: PhoneDesk) -> None:
    leg, _ = connected(phone)
    phone.rest.fail_next = []
    phone.network.hang_up(leg)
    phone.network.run(1)
    phone.rest.fail_next = ["before"] * 3  # twice at the fetching, once at the deleting
    phone.network.run(300)
    assert len(phone.network.deleted) == 1
    assert phone.network.recordings == {}
    kinds = ("recording.announced", "recording.copied", "recording.deleted_at_provider")
    assert [len(phone.events(kind)) for kind in kinds] == [1, 1, 1]
    place = f"/api/v1/conversations/{phone.conversation().id}"
    [kept] = phone.desk.as_("supervisor", "GET", f"{place}/call").json()["recordings"]
    assert kept["state"] == "done"
    sound = phone.desk.as_("counselor", "GET", f"{place}/recordings/{kept['id']}")
    assert sound.content.startswith(b"RIFF")
    assert sound.headers["content-disposition"].startswith("attachment")
    assert len(phone.events("recording.heard")) == 1
    gone = phone.desk.as_("counselor", "GET", f"{place}/recordings/nothing")
    assert gone.status_code == 404


# --- what is written on a call -------------------------------------------------------------------


def write(phone: PhoneDesk, text: str, role: str = "counselor", **more: object) -> int:
    place = f"/api/v1/conversations/{phone.conversation().id}/messages"
    body = {"client_id": text[:20], "text": text, "audience": "public", **more}
    status = phone.desk.as_(role, "POST", place, json=body).status_code
    phone.work()
    return status


def test_what_is_written_to_a_caller_is_heard(phone: PhoneDesk) -> None:
    leg, room = connected(phone)
    assert write(phone, "Your reference is A-17.") == 201
    phone.network.run(10)
    assert "Your reference is A-17." in leg.caller.heard
    assert not room.over
    assert write(phone, "for us alone", audience="internal") == 201
    phone.network.run(10)
    assert "for us alone" not in leg.caller.heard


def test_nothing_is_written_to_whoever_cannot_hear_it(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in(
        *OPENING, PERSON, ("leave a message, press 2", Keys("2")), ("after the tone", Speak("Hi"))
    )
    sqlite_phone.network.run(120)
    assert leg.over
    assert sqlite_phone.accept().status_code == 200
    assert write(sqlite_phone, "Are you there?") == 409


def test_who_ends_a_live_call_takes_the_caller_out_of_the_room(phone: PhoneDesk) -> None:
    leg, room = connected(phone, ("satisfied", Keys("5")))
    place = f"/api/v1/conversations/{phone.conversation().id}/end"
    assert phone.desk.as_("counselor", "POST", place).status_code == 200
    phone.work()
    phone.network.run(60)
    assert room.over
    assert words.say("en", "survey_done") in leg.caller.heard
    assert leg.over
    assert phone.conversation().status == "wrap_up"
    assert len(phone.events("survey.answered")) == 1

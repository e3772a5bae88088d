"""What callers and providers do that no script of ours had foreseen, sent as plain signed hooks."""

import re
import secrets
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from sqlalchemy import select

from crm import db
from crm.models import Conversation, Message, Recording
from routing.calls import words
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator.network import PUBLIC_URL, sign
from tests.phone.test_waiting import CLOSED

BASE = "/hooks/phone/main"
OWN = "+8225550199"


class Line:
    """One call, hook by hook: nothing is sent that is not asked for."""

    def __init__(self, phone: PhoneDesk, **told: str) -> None:
        self.phone, self.sid, self.action = phone, f"CA{secrets.token_hex(16)}", ""
        self.told = {"From": "+525550100777", "To": OWN, "CallStatus": "in-progress"} | told
        self.said = ""

    def post(self, place: str, **form: str) -> Any:
        fields = {"CallSid": self.sid} | self.told | form
        headers, body = sign(f"{PUBLIC_URL}{place}", fields, "twilio", self.phone.network.now)
        answer = self.phone.desk.http.post(place, content=body, headers=headers)
        assert answer.status_code in {200, 204}, answer.text
        return answer

    def go(self, place: str, **form: str) -> "Line":
        self.said = self.post(place, **form).text
        found = re.search(r'<(?:Gather|Record)[^>]* action="([^"]+)"', self.said)
        self.action = found.group(1).replace("&amp;", "&").removeprefix(PUBLIC_URL) if found else ""
        return self

    def begin(self, *keys: str) -> "Line":
        self.go(BASE)
        for key in keys:
            self.go(self.action, Digits=key)
        return self

    def hear(self, speech: str) -> "Line":
        return self.go(self.action, SpeechResult=speech, Confidence="0.9")

    def left_queue(self) -> "Line":
        """The provider asks where to go on after the waiting room was left."""
        return self.go(f"{BASE}/steps/{self.phone.call().step}", QueueResult="leave")


def notes(phone: PhoneDesk) -> list[str]:
    with db.reading(phone.desk.engine) as s:
        internal = select(Message.text).where(Message.audience == "internal")
        return list(s.scalars(internal))


def test_after_the_on_call_talk_nobody_hears_that_the_desk_is_closed(
    sqlite_engine, tmp_path, monkeypatch
) -> None:
    with phone_desk(
        sqlite_engine, tmp_path, monkeypatch, hours=CLOSED, duty_number="+8225550111"
    ) as phone:
        line = Line(phone).begin("1", "1", "0")
        to = re.search(r'<Dial action="([^"]+)"', line.said).group(1).removeprefix(PUBLIC_URL)
        # The caller's own line still runs when the other one is over.
        line.go(to, DialCallStatus="completed")
        assert words.say("en", "goodbye") in line.said
        assert "<Hangup" in line.said


def test_who_is_rung_sees_the_number_that_was_called_where_none_is_set(
    sqlite_engine, tmp_path, monkeypatch
) -> None:
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, number="") as phone:
        Line(phone).begin("1", "1", "0")
        assert phone.accept().status_code == 200
        [rung] = [f for _, p, f in phone.rest.seen if p.endswith("/Participants.json")]
        assert rung["From"] == OWN


@pytest.mark.parametrize(
    "shown", ["+7378742883", "+8656696", "+266696687", "sip:anonymous@anonymous.invalid"]
)
def test_a_withheld_number_is_nobodys(sqlite_phone: PhoneDesk, shown: str) -> None:
    Line(sqlite_phone, From=shown).begin("1")
    assert sqlite_phone.call().number is None


def test_a_person_is_heard_where_keys_count(sqlite_phone: PhoneDesk) -> None:
    line = Line(sqlite_phone).begin("1", "1", "0")
    line.post(f"{BASE}/waiting", Digits="1")
    line.left_queue()
    assert sqlite_phone.call().step == "callback"
    line.hear("the weather is nice")
    assert words.say("en", "nomatch_1") in line.said
    line.hear("Operator, please!")
    assert "<Enqueue" in line.said
    assert sqlite_phone.call().step == "queue"


def test_a_call_back_is_agreed_to_in_words(sqlite_phone: PhoneDesk) -> None:
    line = Line(sqlite_phone).begin("2", "1", "0")
    line.post(f"{BASE}/waiting", Digits="1")
    line.left_queue().hear("no")
    assert sqlite_phone.call().step == "callback_number"
    line.hear("55 5010 7777")
    assert "5 5, 5 0 1 0, 7 7 7 7" in line.said
    line.hear("sí")
    assert words.say("es", "callback_done") in line.said
    assert sqlite_phone.call().callback_number == "+525550107777"


def test_a_message_is_noted_whichever_hook_comes_first(sqlite_phone: PhoneDesk) -> None:
    line = Line(sqlite_phone).begin("1", "1", "0")
    line.post(f"{BASE}/waiting", Digits="2")
    line.left_queue()
    done = re.search(r'recordingStatusCallback="([^"]+)"', line.said).group(1)
    done = done.replace("&amp;", "&").removeprefix(PUBLIC_URL)
    line.told["CallStatus"] = "completed"
    line.post(f"{BASE}/status")
    line.post(line.action, RecordingDuration="7", Digits="hangup")
    sound = {"RecordingSid": f"RE{'2' * 32}", "RecordingDuration": "7"}
    for _ in range(2):
        line.post(done, RecordingStatus="completed", **sound)
    assert notes(sqlite_phone) == [words.say("en", "voicemail_note", seconds=7)]
    with db.reading(sqlite_phone.desk.engine) as s:
        assert s.scalars(select(Recording)).one().kind == "voicemail"
    assert sqlite_phone.conversation().owner_kind == "queue"


def test_who_says_nothing_after_the_tone_keeps_no_place(sqlite_phone: PhoneDesk) -> None:
    line = Line(sqlite_phone).begin("1", "1", "0")
    line.post(f"{BASE}/waiting", Digits="2")
    line.left_queue()
    for _ in range(3):  # a record without a sound goes on below itself
        line.go(f"{BASE}/steps/voicemail?n={sqlite_phone.call().serial}")
    assert "<Hangup" in line.said
    line.post(f"{BASE}/status", CallStatus="completed")
    assert sqlite_phone.conversation().status == "closed"


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 1, 0, 0), (0, 1, 0)])
def test_hold_is_told_late_twice_and_out_of_order(phone: PhoneDesk, order: tuple[int, ...]) -> None:
    line = Line(phone).begin("1", "1", "0")
    phone.accept()
    call = phone.call()
    started = phone.network.now

    def room(event: str, seconds: int, **more: str) -> None:
        at = format_datetime(started + timedelta(seconds=seconds))
        told = {"ConferenceSid": f"CF{'3' * 32}", "FriendlyName": call.room, "Timestamp": at}
        line.post(f"{BASE}/status", StatusCallbackEvent=event, **told, **more)

    leg = phone.desk.as_("counselor", "GET", "/api/v1/phone/call").json()["call"]
    assert leg["legs"]
    [rung] = [f for _, p, f in phone.rest.seen if p.endswith("/Participants.json")]
    room("participant-join", 0, ParticipantLabel="contact")
    room("participant-join", 0, ParticipantLabel=rung["Label"], CallSid=f"CA{'4' * 32}")
    both = (("participant-hold", 10), ("participant-unhold", 40))
    for which in order:
        room(*both[which], ParticipantLabel="contact")
    assert not phone.call().held
    line.post(
        f"{BASE}/status",
        CallStatus="completed",
        Timestamp=format_datetime(started + timedelta(seconds=100)),
    )
    phone.network.now = started + timedelta(seconds=110)
    place = f"/api/v1/conversations/{call.conversation_id}"
    phone.desk.as_("counselor", "POST", f"{place}/wrap", json={"code": "answered"})
    times = phone.desk.as_("counselor", "GET", f"{place}/call").json()["times"]
    assert (times["talk"], times["hold"]) == (70, 30)


def test_who_asks_for_a_person_at_once_has_said_nothing_else(sqlite_phone: PhoneDesk) -> None:
    Line(sqlite_phone).begin("1", "1", "0")
    with db.reading(sqlite_phone.desk.engine) as s:
        packet = s.scalars(select(Conversation)).one().handoff
    assert packet["goal"] == words.say("en", "no_question")

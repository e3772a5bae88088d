"""What may come to the phone's hooks: forged, garbled, unknown, too large. Never a 500."""

import socket
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from crm import db
from crm.models import Call, CallHook
from routing.calls import words
from tests.conftest import served
from tests.phone.conftest import PhoneDesk, phone_desk, phone_settings
from tests.phone.simulator.caller import Keys, Speak
from tests.phone.simulator.network import AUTH_TOKEN, PUBLIC_URL, sign

BASE = "/hooks/phone/main"
PLACES = ("", "/steps/question?n=1", "/wait", "/waiting", "/music", "/status", "/recording",
          "/fallback")  # fmt: skip
CALL = {"CallSid": "CA" + "1" * 32, "From": "+525550100001", "CallStatus": "in-progress"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def calls(phone: PhoneDesk) -> int:
    with db.reading(phone.desk.engine) as s:
        return s.scalar(select(func.count()).select_from(Call))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("signature", [None, "", "x", "é", "=" * 28, "A" * 5000])
def test_a_hook_without_its_signature_is_refused(
    sqlite_phone: PhoneDesk, place: str, signature: str | None
) -> None:
    signed = {"X-Twilio-Signature": signature.encode()} if signature is not None else {}
    answer = sqlite_phone.desk.http.post(BASE + place, data=CALL, headers=signed)
    assert answer.status_code == 403
    assert calls(sqlite_phone) == 0


def test_a_signature_is_good_for_its_own_address_and_form_alone(sqlite_phone: PhoneDesk) -> None:
    url = f"{PUBLIC_URL}{BASE}"
    headers, body = sign(url, CALL, "twilio", sqlite_phone.network.now)
    post = sqlite_phone.desk.http.post
    assert post(f"{BASE}/wait", content=body, headers=headers).status_code == 403
    assert post(f"{BASE}?n=1", content=body, headers=headers).status_code == 403
    assert post(BASE, content=body + b"&Digits=0", headers=headers).status_code == 403
    assert post("/hooks/phone/trunk", content=body, headers=headers).status_code == 403
    for port in (":443", ""):  # the scheme's own port may be written out
        good = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}{port}{BASE}", CALL)
        answer = post(BASE, content=body, headers={**FORM, "X-Twilio-Signature": good})
        assert answer.status_code == 200
    other = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}:8443{BASE}", CALL)
    answer = post(BASE, content=body, headers={**FORM, "X-Twilio-Signature": other})
    assert answer.status_code == 403


def test_a_hook_played_again_later_changes_nothing(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in(("For English", Keys("1")))
    sqlite_phone.network.run(10)
    sent = list(sqlite_phone.network.sent)
    sqlite_phone.network.run(60)
    sqlite_phone.network.hang_up(leg)
    sqlite_phone.network.run(5)
    before = sqlite_phone.call()
    for target, fields in sent:
        assert sqlite_phone.network.hook(PUBLIC_URL + target, fields).status_code < 300
    after = sqlite_phone.call()
    assert (before.step, before.serial, before.state) == (after.step, after.serial, after.state)
    assert calls(sqlite_phone) == 1


@pytest.mark.parametrize("account", ["nobody", "x" * 101, "%00", "é"])
def test_an_account_of_any_name_wants_a_signature(sqlite_phone: PhoneDesk, account: str) -> None:
    answer = sqlite_phone.desk.http.post(f"/hooks/phone/{account}", data=CALL)
    assert answer.status_code in {403, 404, 422}  # refused, or no name at all
    assert calls(sqlite_phone) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"CallSid": ""},
        {"CallSid": "not a sid"},
        {"CallSid": "CA" + "g" * 32},
        {"CallSid": "\x00"},
    ],
)
@pytest.mark.parametrize("place", ["", "/status", "/steps/question?n=1"])
def test_what_names_no_call_is_refused_in_words(
    sqlite_phone: PhoneDesk, place: str, fields: dict[str, str]
) -> None:
    answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}{place}", fields)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


ODD = {
    "From": "\u0000\u202e<b>'; drop--",
    "Digits": "12abc\x07",
    "SpeechResult": "emoji 😀 \x00\x1b[31m \ud800".encode("utf-8", "replace").decode(),
    "Confidence": "very",
    "SequenceNumber": "99999999999999999999",
    "RecordingDuration": "-3",
    "RecordingSid": "../../etc",
    "RecordingStatus": "exploded",
    "CallStatus": "teleported",
    "StatusCallbackEvent": "participant-dance",
    "ConferenceSid": "CF1",
    "FriendlyName": "call-nothing",
    "QueueResult": "lost",
    "Timestamp": "yesterday",
    "AnsweredBy": "a parrot",
    "CallerName": "\x01\x02",
}


@pytest.mark.parametrize("place", PLACES)
def test_odd_values_are_no_error(sqlite_phone: PhoneDesk, place: str) -> None:
    url = f"{PUBLIC_URL}{BASE}{place}"
    for name, value in ODD.items():
        answer = sqlite_phone.network.hook(url, CALL | {name: value})
        assert answer.status_code in {200, 204}, (name, answer.text)
    answer = sqlite_phone.network.hook(url, CALL | ODD)
    assert answer.status_code in {200, 204}


def test_strange_steps_and_serials_only_hear_the_present_plan(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in()
    sqlite_phone.network.run(2)
    fields = sqlite_phone.network._call_fields(leg) | {"Digits": "1"}
    step = sqlite_phone.call()
    for place in ("room?n=1", "survey?n=1", "over?n=0", "nothing", "language?n=999", "language"):
        answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}/steps/{place}", fields)
        assert answer.status_code == 200
        assert b"For English" in answer.content
    now = sqlite_phone.call()
    assert (now.step, now.serial) == (step.step, step.serial)
    for place in ("language?n=-1", "language?n=x", f"{'y' * 21}?n=1"):
        answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}/steps/{place}", fields)
        assert answer.status_code == 422


@pytest.mark.parametrize("place", ["/", "/steps/question/?n=1", "/wait/", "/status/"])
def test_a_slash_at_the_end_is_no_other_address(sqlite_phone: PhoneDesk, place: str) -> None:
    answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}{place}", CALL)
    assert answer.status_code in {200, 204}
    assert not answer.history  # answered there and then: nobody posts again to another place
    url = f"{PUBLIC_URL}{BASE}{place}"
    headers, body = sign(
        url.replace("/?", "?").rstrip("/"), CALL, "twilio", sqlite_phone.network.now
    )
    answer = sqlite_phone.desk.http.post(BASE + place, content=body, headers=headers)
    assert answer.status_code == 403  # signed is what was asked for, to the last sign


def test_who_hangs_up_while_sending_is_no_fault_of_ours(
    sqlite_phone: PhoneDesk, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        served(sqlite_phone.desk.app) as url,
        socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 0)) as line,
    ):
        head = f"POST {BASE} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nCallSid="
        line.sendall(head.encode())
        line.shutdown(socket.SHUT_RDWR)
        assert sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}/music", CALL).status_code == 200
    assert [r for r in caplog.records if r.levelname in {"ERROR", "CRITICAL"}] == []


def test_too_much_is_too_large(sqlite_phone: PhoneDesk) -> None:
    answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}", CALL | {"X": "x" * 70_000})
    assert answer.status_code == 413
    many = {f"X{n}": "" for n in range(300)}
    assert sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}", CALL | many).status_code == 403


def test_control_characters_in_words_and_names_never_break_the_answer(
    sqlite_phone: PhoneDesk,
) -> None:
    leg = sqlite_phone.phone_in(
        ("For English", Keys("1")),
        ("is recorded", Keys("1")),
        ("Please say", Speak("which \x0b\x1f\u202e \ufffe <Hangup/> & one?")),
        ("press 1", Keys("1")),
    )
    sqlite_phone.network.run(60)
    assert "The floor is 88 percent." in leg.caller.heard


def test_the_fallback_speaks_without_a_database(sqlite_phone: PhoneDesk) -> None:
    sqlite_phone.desk.engine.dispose()
    fields = CALL | {"ErrorCode": "11200", "ErrorUrl": f"{PUBLIC_URL}{BASE}"}
    answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}/fallback", fields)
    assert answer.status_code == 200
    for language in ("en", "es", "ko"):
        assert words.say(language, "fallback") in answer.text
    with db.reading(sqlite_phone.desk.engine) as s:
        assert s.scalar(select(func.count()).select_from(CallHook)) == 0


def test_a_status_of_nobody_is_taken_and_forgotten(sqlite_phone: PhoneDesk) -> None:
    for more in ({"CallStatus": "completed"}, {"RecordingSid": "RE" + "1" * 32,
                 "RecordingStatus": "completed"}):  # fmt: skip
        for place in ("/status", "/status?leg=nobody", "/status?call=nobody", "/recording"):
            answer = sqlite_phone.network.hook(f"{PUBLIC_URL}{BASE}{place}", CALL | more)
            assert answer.status_code == 204
    assert calls(sqlite_phone) == 0


def test_the_demo_telephone_is_only_on_a_demo_desk(sqlite_engine, tmp_path, monkeypatch) -> None:
    settings = replace(phone_settings(tmp_path), demo=False)
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, settings=settings) as phone:
        http = phone.desk.http
        assert http.get("/demo/phone").status_code == 404
        assert http.post("/demo/phone/calls").status_code == 404
        assert http.post("/demo/phone/calls/x", json={"to": "wait"}).status_code == 404
        assert calls(phone) == 0


def test_the_demo_telephone_reaches_no_call_but_its_own(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in()
    sqlite_phone.network.run(5)
    http = sqlite_phone.desk.http
    answer = http.post(f"/demo/phone/calls/{leg.sid}", json={"to": "steps/language", "n": 1})
    assert answer.status_code == 404
    assert http.post(f"/demo/phone/calls/{leg.sid}/in-room").status_code == 404
    http.post(f"/demo/phone/calls/{leg.sid}/hang-up")
    assert sqlite_phone.call().state == "live"
    for to in ("status", "steps/../x", "https://x/steps/a", ""):
        assert http.post("/demo/phone/calls/x", json={"to": to}).status_code == 422

"""One plan, two languages of telephones, each judged by what its maker publishes."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.calls import words
from routing.calls.plan import (
    Ask,
    Bridge,
    Choice,
    Conference,
    HangUp,
    Join,
    Leave,
    Pause,
    Play,
    Queue,
    Record,
    Redirect,
    Say,
    menu,
)
from routing.calls.speakable import LONGEST, digit_by_digit, figures, spoken
from routing.channels.phone import jambonz, twilio_codes, twiml
from routing.channels.phone.numbers import known, normal
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator import grammar, jambonz_spec, openapi
from tests.phone.simulator.caller import Keys, Speak
from tests.phone.simulator.network import JAMBONZ_SECRET, PUBLIC_URL, sign
from tests.phone.test_opening import LOCALES

BASE = "https://desk.example/hooks/phone/main"
EVERYTHING = [
    Say("Hello", "en"),
    Play("/static/phone/hold.wav"),
    Pause(2),
    Ask([Say("안녕하세요", "ko"), Play("/x.wav")], "steps/a?n=1", "ko", hints=["입찰, 계약"]),
    Ask([Say("Key in", "en")], "steps/b?n=2", "en", speech=False, keys=16),
    Ask([], "steps/c?n=3", "es", keys=0),
    menu("Choose.", [Choice("1", "a"), Choice("2", "b")], "x", "en", say_choice="{label} {key}"),
    Queue("bidding-main", "wait", "steps/queue?n=4"),
    Conference("call-1", "steps/room?n=5", "status", "music", "recording?kind=talk"),
    Conference("call-1", "steps/room?n=5", "status", "music"),
    Join("call-1", "leg-1", "status"),
    Join("call-1", "leg-2", "status", "monitor"),
    Join("call-1", "leg-3", "status", "whisper", "CA" + "1" * 32),
    Bridge("+8225550199", "+8225550100", "steps/duty?n=6"),
    Bridge("+8225550199", "", "steps/duty?n=6"),
    Record("steps/v?n=7", "recording?kind=voicemail", "es"),
    Redirect("steps/thinking?n=8&call=x"),
    HangUp(),
    HangUp("busy"),
    HangUp("refused"),
    Leave(),
]


def test_every_verb_is_good_twiml() -> None:
    assert grammar.faults(twiml.render(EVERYTHING, BASE)) == []


def test_every_verb_is_a_jambonz_verb() -> None:
    if not jambonz_spec.SPECS.exists():
        pytest.skip("jambonz's specification is not installed: npm ci in web/ gets it")
    assert jambonz_spec.faults(jambonz.render(EVERYTHING, BASE)) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (b"<Response><Gather input='pigeon'/></Response>", "not one of"),
        (b"<Response><Gather bogus='x'/></Response>", "no such attribute"),
        (b"<Response><Conference>x</Conference></Response>", "Conference inside Response"),
        (b"<Response><Redirect></Redirect></Response>", "Redirect is empty"),
        (b"<Response><Say language='zz-QQ'>x</Say></Response>", "not a language"),
        (b"<Response><Say>\x07</Say></Response>", "not well formed"),
        (b"<Response><Dial action='/x'/></Response>", "not an address"),
        (b"<Response><Gather><Dial/></Gather></Response>", "Dial inside Gather"),
        (b"<Answer/>", "the root is Answer"),
    ],
)
def test_the_grammar_finds_what_the_library_lets_pass(document: bytes, fault: str) -> None:
    assert any(fault in found for found in grammar.faults(document))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_said_is_well_formed(text: str) -> None:
    plan = [Ask([Say(text, "ko"), Say("end", "ko")], "x", "ko", hints=[text]), Say(text, "en")]
    assert grammar.faults(twiml.render(plan, BASE)) == []
    json.loads(jambonz.render(plan, BASE))
    for language in LOCALES:
        assert len(spoken(text, language)) <= LONGEST[language] * 2


TABLES = {
    "call_enum_status": twilio_codes.CALL_STATUS,
    "call_enum_event": twilio_codes.CALL_STATUS,
    "participant_enum_status": twilio_codes.PARTICIPANT_STATUS,
    "recording_enum_status": twilio_codes.RECORDING_STATUS,
    "conference_recording_enum_status": twilio_codes.RECORDING_STATUS,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_code_that_twilio_publishes_has_a_word_of_ours(name: str) -> None:
    if not openapi.description().exists():
        pytest.skip("Twilio's description is not installed: npm ci in web/ gets it")
    assert openapi.enum(name) <= set(TABLES[name])


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        ("The floor is 88 %.", "en", "The floor is 88 percent."),
        ("Between 10-20 % of KRW 1,500,000.", "en",
         "Between 10 to 20 percent of 1500000 won."),
        ("Del 10 – 20 % del total", "es", "Del 10 a 20 por ciento del total."),
        ("계약금액의 80 % 이내", "ko", "계약금액의 80퍼센트 이내."),
        ("Tender UA-2026-11-01-000001-a closes 2026-12-01.", "en",
         "Tender UA-2026-11-01-000001-a closes December 1, 2026."),
        ("Open 09:00-18:00.", "en", "Open 09:00 to 18:00."),
        ("See https://desk.example/help/en/x#y or [the page](/help/en/x).", "en",
         "See or the page."),
        ("- One\n- Two", "en", "One. Two."),
        ("One. Two. Three. Four.", "en", "One. Two. Three."),
    ],
)  # fmt: skip
def test_an_answer_is_said_shortly_and_figures_are_read_well(
    written: str, language: str, said: str
) -> None:
    assert spoken(written, language) == said


def test_numbers_are_read_back_and_understood() -> None:
    assert digit_by_digit("+82255501077") == "8 2 2, 5 5 5, 0 1 0, 7 7"
    assert figures("1,234,567", "en") == "1234567"
    assert normal("02 5550 1077", "KR") == "+82255501077"
    assert normal("12", "KR") is None
    assert normal("", None) is None
    assert known("anonymous") is None
    assert known("+82255501077") == "+82255501077"
    assert known("sip:someone@example") is None


# --- the same telephone walks the other language ------------------------------------------------


@pytest.mark.parametrize("language", LOCALES)
def test_one_walk_over_ones_own_trunk(sqlite_engine, tmp_path, monkeypatch, language) -> None:
    if not jambonz_spec.SPECS.exists():
        pytest.skip("jambonz's specification is not installed: npm ci in web/ gets it")
    key = {"en": "1", "es": "2", "ko": "3"}[language]
    with phone_desk(
        sqlite_engine, tmp_path, monkeypatch, account="trunk", dialect="jambonz"
    ) as phone:
        leg = phone.phone_in(
            ("한국어", Keys(key)),
            (words.say(language, "consent")[:20], Keys("2")),
            (words.say(language, "question")[:10], Speak("How high is the floor?")),
            ("88", Keys("9")),
            (words.say(language, "topics"), Keys("2")),
            (words.topic(language, "bidding"), Keys("1")),
            (words.say(language, "wait_offer")[-8:], Keys("1")),
            (words.say(language, "callback_confirm", number="")[-6:], Keys("1")),
        )
        phone.network.run()
        assert words.say(language, "callback_done") in leg.caller.heard
        waiting = phone.conversation()
        assert (waiting.queue, waiting.status) == ("bidding", "waiting")
        assert phone.bot.asked == ["How high is the floor?"]
        assert phone.call().provider == "jambonz"


def test_a_trunks_forged_or_stale_hook_is_refused(sqlite_phone: PhoneDesk) -> None:
    url, fields = f"{PUBLIC_URL}/hooks/phone/trunk", {"call_sid": "abc", "from": "+525550100001"}
    post, now = sqlite_phone.desk.http.post, sqlite_phone.network.now
    for at, status in ((now, 200), (now - timedelta(minutes=6), 403)):
        headers, body = sign(url, fields, "jambonz", at)
        answer = post("/hooks/phone/trunk", content=body, headers=headers)
        assert answer.status_code == status
    headers, body = sign(url, fields, "jambonz", now)
    assert post("/hooks/phone/trunk", content=body + b" ", headers=headers).status_code == 403
    assert post("/hooks/phone/trunk", content=body).status_code == 403
    for odd in (b"[]", b"{}", b"nonsense", b'{"call_sid": 7}', b'"x"', b"\xff"):
        at = str(int(now.timestamp()))
        made = hmac.new(JAMBONZ_SECRET.encode(), at.encode() + b"." + odd, hashlib.sha256)
        signed = {"Jambonz-Signature": f"t={at},v1={made.hexdigest()}"}
        assert post("/hooks/phone/trunk", content=odd, headers=signed).status_code == 422

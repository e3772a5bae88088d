# ruff: noqa: E501 - rows of tables read best on one line
"""SMS, WhatsApp, Telegram and KakaoTalk, from signed hook to the provider's own interface."""

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, func, select

from crm import clock, contacts, db, files, messages
from crm.events import BOT, Actor
from crm.messages import Draft
from crm.models import Conversation, Delivery, File, InboxItem, Message, RemoteFile, Survey, Turn
from routing import fetching, outbound, words
from routing.channels import Channels, open_channels
from routing.channels.kakao import channel as kakao
from routing.channels.port import Hook, Outbound
from routing.channels.sms.segments import segments
from routing.channels.telegram.channel import REFUSALS as TELEGRAM_REFUSALS
from routing.channels.telegram.channel import SECRET
from routing.channels.twilio_client import LATER, REFUSALS
from routing.channels.twilio_messages import INCOMING, STATES
from routing.channels.twilio_signature import HEADER, form_fields, signature
from tests.channels.fakes import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    PDF,
    FakeKakao,
    FakeTelegram,
    FakeTwilio,
    skill_faults,
)
from tests.conftest import DeskClient, on_sqlite, served, settings_for
from tests.desks import desk_with
from tests.phone.simulator import openapi
from tests.routing.test_turns import settled, until
from tests.scripted_bot import ScriptedBot

PUBLIC, NUMBER, KIM = "https://desk.example", "+8225550100", "+821055501234"
TOKEN = "123:telegram"
OUT = Outbound("k", "main", KIM, "x", [])


@dataclass
class House:
    desk: DeskClient
    channels: Channels

    @property
    def engine(self) -> Engine:
        return self.desk.engine

    def settle(self) -> None:
        with db.reading(self.engine) as s:
            ids = s.scalars(select(Turn.id)).all()
        until(lambda: all(settled(self.engine, turn_id) for turn_id in ids))

    def send(self) -> None:
        self.settle()
        while outbound.send_due(self.engine, self.channels, PUBLIC):
            pass

    def hears(self, kind: str, *, query: str = "", forged: bool = False, **fields: str) -> Any:
        """A signed hook of Twilio; From and MessageSid are made up where none are given."""
        sid = f"SM{hashlib.md5(fields.get('Body', '').encode()).hexdigest()}"  # noqa: S324 - a name
        form = {"MessageSid": sid, "AccountSid": ACCOUNT_SID, "From": KIM, "To": NUMBER} | fields
        body = urlencode(form).encode()
        target = f"/hooks/{kind}/main{query}"
        signed = signature(AUTH_TOKEN, PUBLIC + target, form_fields(body))
        headers = {HEADER: "x" if forged else signed}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.desk.http.post(target, content=body, headers=headers)

    def count(self, model: type) -> int:
        with db.reading(self.engine) as s:
            return s.scalar(select(func.count()).select_from(model)) or 0

    def deliveries(self) -> list[Delivery]:
        with db.reading(self.engine) as s:
            by = select(Delivery).join(Message, Message.id == Delivery.message_id)
            return list(s.scalars(by.order_by(Message.position, Delivery.part)))


@contextmanager
def house_with(engine: Engine, data: Path, **environ: str) -> Iterator[House]:
    keys = {"PUBLIC_URL": PUBLIC, "DESK_RATE_LIMITS": "off"} | environ
    settings = settings_for(data, **keys)
    channels = open_channels(settings)
    with desk_with(
        ScriptedBot(), engine, data, settings=settings, channels=channels, works=False
    ) as desk:
        yield House(desk, channels)


# --- Twilio -----------------------------------------------------------------------------------


@pytest.fixture
def twilio() -> FakeTwilio:
    if not openapi.description().exists():
        pytest.skip("Twilio's OpenAPI document is not there; ./desk test gets it with npm")
    return FakeTwilio()


@pytest.fixture
def house(engine: Engine, tmp_path: Path, twilio: FakeTwilio) -> Iterator[House]:
    with (
        served(twilio.app) as url,
        house_with(
            engine,
            tmp_path,
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_API_URL=url,
            SMS_NUMBER=NUMBER,
            WHATSAPP_NUMBER=NUMBER,
        ) as house,
    ):
        yield house
    assert twilio.faults == []


def test_nobodys_number_reaches_the_log(
    house: House, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house.hears("sms", Body="What is the price?")
    house.send()
    [sent] = twilio.sent
    looked = replace(OUT, text=sent["form"]["Body"])
    assert house.channels["sms"].find(looked, []) == sent["sid"]
    assert KIM.lstrip("+") not in caplog.text


@pytest.mark.parametrize("kind", ["sms", "whatsapp"])
def test_a_text_is_answered_by_a_text(house: House, twilio: FakeTwilio, kind: str) -> None:
    prefix = "whatsapp:" if kind == "whatsapp" else ""
    told = house.hears(kind, Body="what is the floor?", From=prefix + KIM)
    assert (told.status_code, told.headers["content-type"].split(";")[0]) == (200, "text/xml")
    assert told.text.endswith("<Response/>")
    house.send()
    [sent] = twilio.sent
    [delivery] = house.deliveries()
    assert (sent["form"]["To"], sent["form"]["From"]) == (prefix + KIM, prefix + NUMBER)
    assert sent["form"]["Body"] == (
        "The floor is 88 %.\nPrice floor (1): https://desk.example/help/en/price-floor#floor"
    )
    assert sent["form"]["StatusCallback"] == f"{PUBLIC}/hooks/{kind}/main?delivery={delivery.id}"
    assert (delivery.state, delivery.provider_reference) == ("sent", sent["sid"])


@on_sqlite
@pytest.mark.parametrize(
    ("language", "number"), [("en", "Option 2."), ("es", "la 2"), ("ko", "2번이요")]
)
def test_a_number_chooses_as_people_write_it(house: House, language: str, number: str) -> None:
    house.hears("sms", Body=f"which one? [{language}]")
    house.send()
    house.hears("sms", Body=number)
    with db.reading(house.engine) as s:
        own = select(Message.text).where(Message.author_kind == "contact")
        assert s.scalars(own.order_by(Message.position)).all()[-1] == "The ceiling"


@on_sqlite
@pytest.mark.parametrize(
    ("language", "written", "score"), [("en", "5", 5), ("es", "4 de 5", 4), ("ko", "3점이요.", 3)]
)
def test_the_one_question_is_answered_where_it_was_asked(
    house: House, twilio: FakeTwilio, language: str, written: str, score: int
) -> None:
    house.hears("sms", Body=f"a person please [{language}]")
    house.send()
    with db.reading(house.engine) as s:
        talk = s.scalars(select(Conversation.id)).one()
    for verb, body in (("accept", {}), ("wrap", {"code": "answered"})):
        place = f"/api/v1/conversations/{talk}/{verb}"
        assert house.desk.as_("supervisor", "POST", place, json=body).status_code == 200
    house.send()
    assert twilio.sent[-1]["form"]["Body"] == words.say(language, "survey")
    house.hears("sms", Body=written)
    house.send()
    assert twilio.sent[-1]["form"]["Body"] == words.say(language, "survey_thanks")
    with db.reading(house.engine) as s:
        assert s.scalars(select(Survey.score)).all() == [score]
        assert s.get_one(Conversation, talk).status == "closed"  # a score begins no new talk
    house.hears("sms", Body="5")
    house.send()
    with db.reading(house.engine) as s:
        assert s.scalars(select(Survey.score)).all() == [score]  # it was asked for once


def test_choices_are_numbered_and_a_number_chooses(house: House, twilio: FakeTwilio) -> None:
    house.hears("sms", Body="which one?")
    house.send()
    assert twilio.sent[0]["form"]["Body"] == (
        "Which one do you mean?\n1. The floor\n2. The ceiling"
    )
    house.hears("sms", Body="2.")
    with db.reading(house.engine) as s:
        said = s.scalars(
            select(Message.text)
            .where(Message.author_kind == "contact")
            .order_by(Message.created_at)
        ).all()
    assert said == ["which one?", "The ceiling"]
    house.settle()
    house.hears("sms", Body="77")  # no such choice: it is what was said
    with db.reading(house.engine) as s:
        assert "77" in s.scalars(select(Message.text)).all()


def test_receipts_by_hook_lead_on_and_never_back(house: House, twilio: FakeTwilio) -> None:
    house.hears("sms", Body="hi")
    house.send()
    [delivery] = house.deliveries()
    sid, query = twilio.sent[0]["sid"], f"?delivery={delivery.id}"
    for status in ("delivered", "sent", "queued", "delivered", "sending"):
        told = house.hears(
            "sms", query=query, MessageSid=sid, MessageStatus=status, SmsStatus=status
        )
        assert told.status_code == 200
        assert house.deliveries()[0].state == "delivered"
    assert house.count(Conversation) == 1  # a receipt says nothing


@pytest.mark.parametrize("status", sorted(STATES | dict.fromkeys(INCOMING)))
def test_every_status_of_the_table_is_one_of_twilios(twilio: FakeTwilio, status: str) -> None:
    del twilio
    assert status in openapi.enum("message_enum_status")
    assert openapi.enum("message_enum_status") == set(STATES) | INCOMING


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_code_of_the_table_is_said_in_words(
    sqlite_engine: Engine, tmp_path: Path, twilio: FakeTwilio, code: int
) -> None:
    twilio.bad_days = [code]
    with (
        served(twilio.app) as url,
        house_with(
            sqlite_engine, tmp_path, TWILIO_ACCOUNT_SID=ACCOUNT_SID, TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_API_URL=url, SMS_NUMBER=NUMBER,
        ) as house,
    ):  # fmt: skip
        house.hears("sms", Body="hi")
        house.settle()
        outbound.send_due(house.engine, house.channels)
        [delivery] = house.deliveries()
    assert delivery.reason == f"{REFUSALS[code]} ({code})"
    assert delivery.state == ("due" if code in LATER else "failed")


def test_a_failure_told_by_hook_is_seen_by_the_counselor(house: House) -> None:
    house.hears("sms", Body="hi")
    house.send()
    [delivery] = house.deliveries()
    fields = {"MessageSid": delivery.provider_reference, "MessageStatus": "undelivered"}
    house.hears("sms", query=f"?delivery={delivery.id}", ErrorCode="30003", **fields)
    assert house.deliveries()[0].reason == "the phone is off or out of reach (30003)"
    with db.reading(house.engine) as s:
        [note] = s.scalars(select(Message.text).where(Message.audience == "internal")).all()
    assert "the phone is off" in note


def test_stop_is_kept_and_nothing_more_leaves_until_start(house: House, twilio: FakeTwilio) -> None:
    house.hears("sms", Body="hi")
    house.send()
    house.hears("sms", Body="Stop.", OptOutType="STOP")
    with db.transaction(house.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        assert contacts.has_stopped(s, kind="sms", value=KIM)
        messages.say(s, talk, Draft(BOT, "are you there?", "en"))
    house.send()
    assert len(twilio.sent) == 1
    assert house.deliveries()[-1].reason == "the person asked for silence"
    house.hears("sms", Body="START")
    house.hears("sms", Body="hello again")
    house.send()
    assert twilio.sent[-1]["form"]["Body"] == "Hello."


@on_sqlite
@pytest.mark.parametrize(
    ("stop", "start"),
    [("stop", "Start"), ("ALTO", "alta"), ("baja.", "INICIO"), ("수신거부", "수신동의"),
     ("수신 거부", "시작")],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["sms", "whatsapp"])
def test_stop_and_start_in_three_languages(
    house: House, twilio: FakeTwilio, kind: str, stop: str, start: str
) -> None:
    house.hears(kind, Body="hi")
    house.hears(kind, Body=stop)
    house.send()
    left = len(twilio.sent)
    house.hears(kind, Body="hello")
    house.send()
    assert len(twilio.sent) == left
    house.hears(kind, Body=start)
    house.send()
    told = [m["form"].get("Body", "") for m in twilio.sent[left:]]
    assert any(words.say(k, "wish_start", desk="Sinmungo") in told for k in ("en", "es", "ko"))


def test_start_without_stop_is_a_greeting(house: House, twilio: FakeTwilio) -> None:
    house.hears("sms", Body="start")
    house.send()
    assert len(twilio.sent) == 1
    assert "again" not in twilio.sent[0]["form"]["Body"]


@on_sqlite
@pytest.mark.parametrize(
    ("word", "language"), [("HELP", "en"), ("info", "en"), ("Ayuda", "es"), ("도움말", "ko")]
)
def test_help_says_what_this_is_and_how_it_ends(
    house: House, twilio: FakeTwilio, word: str, language: str
) -> None:
    house.hears("sms", Body=word)
    house.send()
    assert [m["form"]["Body"] for m in twilio.sent] == [
        words.say(language, "wish_help", desk="Sinmungo")
    ]


@pytest.mark.parametrize("day", ["lost", "stall"])
def test_what_may_have_left_is_looked_up_before_anything_else(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    house.channels["sms"]._client.http_client.timeout = 1.0
    twilio.bad_days, twilio.stall_seconds = [day], 2.0
    house.hears("sms", Body="hi")
    house.send()
    assert [d.state for d in house.deliveries()] == ["unknown"]
    assert outbound.look_up_unknown(house.engine, house.channels, PUBLIC) == 0  # not at once
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert outbound.look_up_unknown(house.engine, house.channels, PUBLIC) == 1
    [delivery] = house.deliveries()
    assert (delivery.state, delivery.provider_reference) == ("sent", twilio.sent[0]["sid"])
    assert len(twilio.sent) == 1


def test_what_certainly_did_not_leave_is_sent_again(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.bad_days = ["down"]  # Twilio says that a 5xx tells nothing
    house.hears("sms", Body="hi")
    house.send()
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    outbound.look_up_unknown(house.engine, house.channels, PUBLIC)
    soon = later + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: soon)
    outbound.send_due(house.engine, house.channels, PUBLIC)
    assert [d.state for d in house.deliveries()] == ["sent"]
    assert len(twilio.sent) == 1


def test_a_provider_that_is_too_busy_is_asked_again(house: House, twilio: FakeTwilio) -> None:
    twilio.bad_days = ["busy"]
    house.hears("sms", Body="hi")
    house.send()
    assert [(d.state, d.attempts) for d in house.deliveries()] == [("due", 1)]
    assert twilio.sent == []


def test_files_are_fetched_from_twilio_and_kept(house: House) -> None:
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"
    house.hears(
        "whatsapp", Body="", From=f"whatsapp:{KIM}", NumMedia="2", MediaUrl0=url,
        MediaContentType0="application/pdf", MediaUrl1="https://elsewhere.example/x",
        MediaContentType1="image/png",
    )  # fmt: skip
    fetching.fetch_due(house.engine, house.desk.settings, house.channels)
    with db.reading(house.engine) as s:
        kept = [(f.name, f.media_type) for f in s.scalars(select(File))]
        states = sorted(r.state for r in s.scalars(select(RemoteFile)))
        notes = s.scalars(
            select(Message.text).where(Message.audience == "internal").order_by(Message.created_at)
        ).all()
    assert kept == [("file-1.pdf", "application/pdf")]
    assert states == ["done", "failed"]
    assert notes == ["This file could not be fetched from the provider: file-2.png"]


@pytest.mark.parametrize(
    "sign",
    [
        {"Body": "👍", "MessageType": "reaction"},
        {"Body": "", "MessageType": "reaction"},  # taken back
        {"Body": "", "MessageType": "sticker", "NumMedia": "1", "MediaUrl0": "https://x.twilio.com/1",
         "MediaContentType0": "image/webp"},
    ],
)  # fmt: skip
def test_a_sign_on_whatsapp_wants_no_answer(
    house: House, twilio: FakeTwilio, sign: dict[str, str]
) -> None:
    house.hears("whatsapp", Body="hello", From=f"whatsapp:{KIM}")
    house.send()
    sent = len(twilio.sent)
    house.hears("whatsapp", From=f"whatsapp:{KIM}", MessageSid="SM" + "5" * 32, **sign)
    house.send()
    assert len(twilio.sent) == sent
    assert house.count(Turn) == 1
    kept = 1 if sign["Body"] or "NumMedia" in sign else 0
    assert len(from_contact(house)) == 1 + kept
    with db.reading(house.engine) as s:
        assert {item.state for item in s.scalars(select(InboxItem))} == {"done"}


@pytest.mark.parametrize(
    ("what", "form", "text"),
    [
        ("location", {"Latitude": "37.5", "Longitude": "127.0", "Label": "Bid room",
         "Address": "1 Example Street"}, "📍 Bid room · 1 Example Street · 37.5, 127.0"),
        ("contact", {"NumMedia": "1", "MediaUrl0": "https://x.twilio.com/1",
         "MediaContentType0": "text/vcard"}, ""),
    ],
)  # fmt: skip
def test_what_is_shown_on_whatsapp_is_kept_for_people(
    house: House, twilio: FakeTwilio, what: str, form: dict[str, str], text: str
) -> None:
    house.hears("whatsapp", Body="", From=f"whatsapp:{KIM}", **form)
    house.send()
    assert house.count(Turn) == 0
    assert from_contact(house) == [text]
    [told] = [m["form"] for m in twilio.sent]
    assert words.say("en", f"{what}_received") in str(told)
    with db.reading(house.engine) as s:
        names = [r.name for r in s.scalars(select(RemoteFile))]
    assert names == (["file-1.vcf"] if what == "contact" else [])


def from_contact(house: House) -> list[str]:
    with db.reading(house.engine) as s:
        said = select(Message.text).where(Message.author_kind == "contact")
        return list(s.scalars(said.order_by(Message.position)))


def test_files_leave_as_links_that_open_for_twilio_alone_and_soon_die(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.hears("sms", Body="hi")
    house.send()
    with db.transaction(house.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        actor = Actor("bot")
        kept = files.keep(s, talk, actor=actor, name="form.pdf", content=PDF, limit=1000)
        messages.say(s, talk, Draft(BOT, "the form", "en", files=[kept.id]))
    house.send()
    link = twilio.sent[-1]["form"]["MediaUrl"].removeprefix(PUBLIC)
    answer = house.desk.http.get(link)
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert house.desk.http.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 404
    later = clock.now() + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert house.desk.http.get(link).status_code == 404


def test_after_a_day_whatsapp_takes_a_template_or_nothing(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.hears("whatsapp", Body="hi", From=f"whatsapp:{KIM}")
    house.send()
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)

    def say(text: str) -> None:
        with db.transaction(house.engine) as s:
            messages.say(s, s.scalars(select(Conversation)).one(), Draft(BOT, text, "en"))
        house.send()

    say("still\nthere?")
    assert house.deliveries()[-1].reason == "outside of the 24 hours, and no template in en"
    channel = house.channels["whatsapp"]
    templates = {"en": "HX" + "b" * 32}
    channel._twilio = replace(channel._twilio, whatsapp_templates=templates)
    say("now\nwith a template")
    form = twilio.sent[-1]["form"]
    assert "Body" not in form
    assert form["ContentSid"] == templates["en"]
    assert json.loads(form["ContentVariables"]) == {"1": "now with a template"}


def test_choices_are_buttons_on_whatsapp_and_a_press_is_the_choice(
    house: House, twilio: FakeTwilio
) -> None:
    house.hears("whatsapp", Body="which one?", From=f"whatsapp:{KIM}")
    house.send()
    form = twilio.sent[-1]["form"]
    [made] = twilio.contents
    assert form["ContentSid"] == made["sid"]
    assert "Body" not in form
    assert json.loads(form["ContentVariables"]) == {"1": "Which one do you mean?"}
    titles = [a["title"] for a in made["types"]["twilio/quick-reply"]["actions"]]
    assert titles == ["The floor", "The ceiling"]
    house.hears("whatsapp", Body="", ButtonText="The floor", From=f"whatsapp:{KIM}")
    house.send()
    assert "The floor is 88 %." in twilio.sent[-1]["form"]["Body"]
    house.hears("whatsapp", Body="which one now?", From=f"whatsapp:{KIM}")
    house.send()
    assert "ContentSid" in twilio.sent[-1]["form"]
    assert len(twilio.contents) == 1  # the same choices are known again


@on_sqlite
@pytest.mark.parametrize(
    ("choices", "kind"),
    [
        (["one", "two", "three", "four"], "twilio/list-picker"),
        (["a choice of more than twenty-four letters", "two"], None),
        (["same", "same"], None),
    ],
)
def test_choices_that_are_no_buttons_are_a_list_or_lines(
    house: House, twilio: FakeTwilio, choices: list[str], kind: str | None
) -> None:
    house.hears("whatsapp", Body="hello", From=f"whatsapp:{KIM}")
    house.send()
    with db.transaction(house.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        messages.say(s, talk, Draft(BOT, "Choose:\nnow", "es", choices=choices))
    house.send()
    form = twilio.sent[-1]["form"]
    if kind:
        assert twilio.contents[-1]["types"][kind]["button"] == "Elegir"
        assert json.loads(form["ContentVariables"]) == {"1": "Choose: · now"}
    else:
        assert f"1. {choices[0]}" in form["Body"]
        assert twilio.contents == []


def test_without_a_number_answers_leave_from_the_one_that_was_written_to(
    engine: Engine, tmp_path: Path, twilio: FakeTwilio
) -> None:
    with (
        served(twilio.app) as url,
        house_with(
            engine, tmp_path, TWILIO_ACCOUNT_SID=ACCOUNT_SID, TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_API_URL=url,
        ) as house,
    ):  # fmt: skip
        lee = "+82255501088"
        house.hears("sms", Body="hello", From=KIM, To="+82255500001")
        house.hears("sms", Body="hello there", From=lee, To="+82255500002")
        house.send()
        left = {m["form"]["To"]: m["form"]["From"] for m in twilio.sent}
        assert left == {KIM: "+82255500001", lee: "+82255500002"}


@pytest.mark.parametrize(
    "fields",
    [{"Body": "🙏🏽"}, {"Body": "a\x00b\x07"}, {"Body": "가" * 1600}, {"Body": "/restart"}],
)
def test_odd_words_over_sms_get_an_answer(house: House, twilio: FakeTwilio, fields: dict) -> None:
    assert house.hears("sms", **fields).status_code == 200
    house.send()
    assert len(twilio.sent) == 1


def test_an_empty_sms_waits_for_a_person(house: House) -> None:
    assert house.hears("sms", Body="").status_code == 200
    with db.reading(house.engine) as s:
        assert s.scalars(select(InboxItem.reason)).all() == ["empty"]


def test_a_forged_hook_is_403_and_a_doubled_one_is_one_message(house: House) -> None:
    assert house.hears("sms", Body="hi", forged=True).status_code == 403
    assert house.desk.http.post("/hooks/sms/main", content=b"a=1&" * 5000).status_code == 403
    assert house.count(InboxItem) == 0
    for _ in range(3):
        house.hears("sms", Body="hi")
    assert house.count(InboxItem) == 1


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1),
        ("€" * 81, 2), ("가" * 70, 1), ("가" * 71, 2), ("가" * 134, 2), ("🙏" * 35, 1), ("🙏" * 36, 2),
        ("¿Cuándo?", 2 - 1), ("ñ" * 160, 1), ("á" * 71, 2),
    ],
)  # fmt: skip
def test_segments_are_counted_as_the_network_counts_them(text: str, pieces: int) -> None:
    assert segments(text) == pieces


# --- Telegram ---------------------------------------------------------------------------------


@pytest.fixture
def telegram() -> FakeTelegram:
    return FakeTelegram(TOKEN)


@pytest.fixture
def on_telegram(engine: Engine, tmp_path: Path, telegram: FakeTelegram) -> Iterator[House]:
    with (
        served(telegram.app) as url,
        house_with(engine, tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=url) as house,
    ):
        yield house
    assert telegram.faults == []


def update(house: House, n: int = 1, secret: str | None = None, **message: Any) -> int:
    who = {"id": 7, "first_name": "Kim", "last_name": "Example", "language_code": "ko"}
    body = {"message_id": n, "from": who, "chat": {"id": 7, "type": "private"}} | message
    headers = {SECRET: house.channels["telegram"].hook_secret if secret is None else secret}
    told = {"update_id": n, "message": body}
    return house.desk.http.post("/hooks/telegram/main", json=told, headers=headers).status_code


def test_telegram_is_answered_with_keys_for_choices(
    on_telegram: House, telegram: FakeTelegram
) -> None:
    assert update(on_telegram, text="which one?") == 200
    on_telegram.send()
    [sent] = telegram.of("sendMessage")
    assert (sent["chat_id"], sent["text"]) == ("7", "Which one do you mean?")
    assert sent["reply_markup"]["keyboard"] == [[{"text": "The floor"}], [{"text": "The ceiling"}]]
    [delivery] = on_telegram.deliveries()
    assert (delivery.state, delivery.provider_reference) == ("sent", "7/1")


@on_sqlite
@pytest.mark.parametrize("opening", ["/start", "/start from-the-poster", "/help@desk_bot"])
def test_whoever_opens_the_bot_is_told_what_it_is_in_their_language(
    on_telegram: House, telegram: FakeTelegram, opening: str
) -> None:
    assert update(on_telegram, text=opening) == 200
    on_telegram.send()
    [sent] = telegram.of("sendMessage")
    assert sent["text"] == words.say("ko", "wish_hello", desk="Sinmungo")


@pytest.mark.parametrize("number", [b"1e400", b'"x"', b"null", b"[]"])
def test_an_update_without_a_number_is_kept_and_no_fault_of_ours(
    on_telegram: House, number: bytes
) -> None:
    headers = {SECRET: on_telegram.channels["telegram"].hook_secret}
    body = b'{"update_id": ' + number + b', "message": {"text": "x"}}'
    answer = on_telegram.desk.http.post("/hooks/telegram/main", content=body, headers=headers)
    assert answer.status_code == 200
    assert on_telegram.count(InboxItem) == 1


def test_messages_share_a_connection_which_ends_with_the_desk(
    engine: Engine, tmp_path: Path, telegram: FakeTelegram
) -> None:
    with served(telegram.app) as url:
        with house_with(engine, tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=url) as house:
            for n in range(1, 4):
                assert update(house, n, text=f"hi {n}") == 200
            house.send()
            channel = house.channels["telegram"]
        assert len(telegram.of("sendMessage")) == len(telegram.callers) == 3
        assert len(set(telegram.callers)) == 1
        with pytest.raises(RuntimeError, match="closed"):
            channel.send(Outbound("k", "main", "5", "late", ()))


def test_a_telegram_hook_twice_is_one_message_and_a_forged_one_403(on_telegram: House) -> None:
    for _ in range(2):
        assert update(on_telegram, text="hi") == 200
    assert update(on_telegram, 2, text="hi", secret="wrong") == 403
    assert update(on_telegram, 2, text="hi", secret="") == 403
    assert on_telegram.count(InboxItem) == 1


def test_files_come_and_go_over_telegram(on_telegram: House, telegram: FakeTelegram) -> None:
    update(on_telegram, caption="my bid", document={"file_id": "F1", "file_name": "bid.pdf"})
    fetching.fetch_due(on_telegram.engine, on_telegram.desk.settings, on_telegram.channels)
    on_telegram.send()
    with db.transaction(on_telegram.engine) as s:
        assert [(f.name, f.size) for f in s.scalars(select(File))] == [("bid.pdf", len(PDF))]
        talk = s.scalars(select(Conversation)).one()
        kept = files.keep(s, talk, actor=BOT, name="form.pdf", content=PDF, limit=1000)
        messages.say(s, talk, Draft(BOT, "the form", "en", files=[kept.id]))
    on_telegram.send()
    [sent] = telegram.of("sendDocument")
    assert (sent["caption"], sent["document"]) == ("the form", ("form.pdf", PDF))


@on_sqlite
@pytest.mark.parametrize(
    ("code", "state"), [(c, "failed") for c in sorted(TELEGRAM_REFUSALS)]
    + [(429, "due"), (401, "due"), (500, "unknown"), (502, "unknown")],
)  # fmt: skip
def test_what_telegram_answers_decides(
    on_telegram: House, telegram: FakeTelegram, code: int, state: str
) -> None:
    telegram.bad_days = [code]
    update(on_telegram, text="hi")
    on_telegram.send()
    assert [d.state for d in on_telegram.deliveries()] == [state]


@pytest.mark.parametrize(
    "message",
    [
        {"sticker": {"emoji": "👍"}},
        {"location": {"latitude": 37.5, "longitude": 127.0}},
        {"text": "/start"},
        {"text": "가" * 4096},
        {"photo": [{"file_id": "a"}, {"file_id": "b"}]},
    ],
)
def test_odd_telegram_messages_are_taken(on_telegram: House, message: dict) -> None:
    assert update(on_telegram, **message) == 200
    assert on_telegram.count(Message) >= 1


@pytest.mark.parametrize(
    ("message", "text", "told"),
    [
        ({"sticker": {"emoji": "👍"}}, "👍", None),
        ({"location": {"latitude": 37.5, "longitude": 127.0}}, "📍 37.5, 127.0", "location"),
        ({"location": {"latitude": 37.5, "longitude": 127.0}, "venue": {"title": "Bid room",
          "address": "1 Example Street"}}, "📍 Bid room · 1 Example Street · 37.5, 127.0", "location"),
        ({"contact": {"first_name": "Kim", "phone_number": "+8225550100"}}, "👤 Kim +8225550100",
         "contact"),
    ],
)  # fmt: skip
def test_what_asks_nothing_on_telegram_is_kept_calmly(
    on_telegram: House, telegram: FakeTelegram, message: dict, text: str, told: str | None
) -> None:
    update(on_telegram, **message)
    on_telegram.send()
    assert on_telegram.count(Turn) == 0
    assert from_contact(on_telegram) == [text]
    said = [m["text"] for m in telegram.of("sendMessage")]
    assert said == ([words.say("en", f"{told}_received")] if told else [])


@pytest.mark.parametrize(
    "message", [{"chat": {"id": -5, "type": "group"}, "text": "hi"}, {"chat": {"id": "x;"}}, {}]
)
def test_what_is_not_said_to_the_desk_begins_no_talk(on_telegram: House, message: dict) -> None:
    assert update(on_telegram, **message) == 200
    assert on_telegram.count(Conversation) == 0


def test_telegram_is_told_where_its_updates_go(on_telegram: House, telegram: FakeTelegram) -> None:
    import threading  # noqa: PLC0415 - for this test alone

    telegram.bad_days = []
    on_telegram.channels["telegram"].watch(lambda _: None, threading.Event())
    [told] = telegram.of("setWebhook")
    assert told["url"] == f"{PUBLIC}/hooks/telegram/main"


# --- KakaoTalk --------------------------------------------------------------------------------


@pytest.fixture
def on_kakao(engine: Engine, tmp_path: Path) -> Iterator[House]:
    with house_with(engine, tmp_path, KAKAO_KEY="k" * 20) as house:
        yield house


def asks(house: House, text: str | None, key: str = "k" * 20, **more: Any) -> Any:
    request = {"utterance": text, "user": {"id": "u1", "type": "botUserKey"}} | more
    body = {"userRequest": request, "bot": {"id": "b"}, "action": {}}
    return house.desk.http.post("/hooks/kakao/main", json=body, headers={kakao.KEY: key})


def test_kakao_is_answered_in_the_answer_itself(on_kakao: House) -> None:
    told = asks(on_kakao, "which one?").json()
    assert skill_faults(told) == []
    assert told["template"]["outputs"] == [{"simpleText": {"text": "Which one do you mean?"}}]
    assert told["template"]["quickReplies"][0] == {
        "label": "The floor", "action": "message", "messageText": "The floor",
    }  # fmt: skip
    assert [d.state for d in on_kakao.deliveries()] == ["sent"]


def test_what_was_said_meanwhile_goes_with_the_next_answer(on_kakao: House) -> None:
    asks(on_kakao, "hello")
    with db.transaction(on_kakao.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        messages.say(s, talk, Draft(BOT, "by the way", "ko"))
    told = asks(on_kakao, "and?").json()
    said = [output["simpleText"]["text"] for output in told["template"]["outputs"]]
    assert said[0] == "by the way"
    assert len(said) == 2
    assert {d.state for d in on_kakao.deliveries()} == {"sent"}


def test_a_slow_turn_goes_to_the_callback_once(
    on_kakao: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = on_kakao.channels["kakao"]
    monkeypatch.setattr(channel, "inline_seconds", 0.0)
    provider = FakeKakao()
    url = "https://bot-api.kakao.com/v1/bots/b/callback/1"
    told = asks(on_kakao, "what is the floor?", callbackUrl=url).json()
    late = told.get("useCallback") is True
    on_kakao.settle()
    if not late:  # the turn was quicker than nothing at all
        return
    with served(provider.app) as here:
        real = channel._http.post
        monkeypatch.setattr(
            channel._http,
            "post",
            lambda to, **w: real(to.replace("https://bot-api.kakao.com", here), **w),
        )
        later = clock.now() + timedelta(seconds=10)
        monkeypatch.setattr(clock, "now", lambda: later)
        on_kakao.send()
    [answer] = provider.taken.values()
    assert answer["template"]["outputs"][0]["simpleText"]["text"].startswith("The floor is 88 %.")
    assert provider.faults == []
    assert [d.state for d in on_kakao.deliveries()] == ["sent"]


def test_a_slow_turn_without_callback_is_told_calmly_and_kept(
    on_kakao: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_kakao.channels["kakao"], "inline", lambda *_: kakao._json(
        {"version": "2.0", "template": {"outputs": [kakao._bubble("later")]}}))  # fmt: skip
    asks(on_kakao, "hello")
    monkeypatch.undo()
    hook = Hook("main", {}, b'{"userRequest": {}}')
    told = json.loads(on_kakao.channels["kakao"].inline(hook, [], "turn")[1])
    assert skill_faults(told) == []
    assert "계속" in told["template"]["outputs"][0]["simpleText"]["text"]


def test_kakao_says_why_nothing_is_ready(on_kakao: House) -> None:
    def told(text: str | None) -> str:
        skill = asks(on_kakao, text).json()
        assert skill_faults(skill) == []
        return str(skill["template"]["outputs"][0]["simpleText"]["text"])

    for unreadable in ("", "  ", None):
        assert told(unreadable) == words.say("ko", "not_read")
    told("a person please")
    assert told("and my number is 7") == words.say("ko", "passed_on")
    assert told("상담원 연결해 주세요") != words.say("ko", "passed_on")  # where they stand


def test_whoever_shows_no_language_is_korean_on_kakao(on_kakao: House) -> None:
    asks(on_kakao, "😀")
    with db.reading(on_kakao.engine) as s:
        assert s.scalars(select(Conversation)).one().language == "ko"


def test_a_callback_elsewhere_is_never_called(on_kakao: House) -> None:
    out = Outbound("k", "main", "u1", "x", [], answers=["https://kakao.com.evil.example/x"])
    with pytest.raises(kakao.Unreachable, match="waits"):
        on_kakao.channels["kakao"].send(out)


def test_kakao_with_a_wrong_key_is_403(on_kakao: House) -> None:
    for key in ("", "wrong", "k" * 21):
        assert asks(on_kakao, "hi", key=key).status_code == 403
    assert on_kakao.count(InboxItem) == 0


def test_a_picture_comes_from_kakaos_store_and_files_leave_as_links(on_kakao: House) -> None:
    picture = "http://dn-m.talk.kakaocdn.net/talkm/abc/picture.png"
    asks(on_kakao, picture)
    with db.reading(on_kakao.engine) as s:
        [remote] = s.scalars(select(RemoteFile))
    assert (remote.reference, remote.name) == (picture, "picture.png")
    assert asks(on_kakao, "http://kakaocdn.net.evil.example/x.png").status_code == 200
    assert on_kakao.count(RemoteFile) == 1
    with pytest.raises(kakao.Refused):
        on_kakao.channels["kakao"].fetch("http://evil.example/x.png", 1000)
    with db.transaction(on_kakao.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        actor = Actor("bot")
        kept = files.keep(s, talk, actor=actor, name="form.pdf", content=PDF, limit=1000)
        messages.say(s, talk, Draft(BOT, "the form", "ko", files=[kept.id]))
    told = asks(on_kakao, "hello").json()
    assert skill_faults(told) == []
    [card] = [o["textCard"] for o in told["template"]["outputs"] if "textCard" in o]
    assert (card["title"], card["buttons"][0]["label"]) == ("form.pdf", "파일 열기")
    link = card["buttons"][0]["webLinkUrl"].removeprefix(PUBLIC)
    assert on_kakao.desk.http.get(link).content == PDF


def test_kakaos_limits_hold_whatever_the_bot_says() -> None:
    long = Outbound("k", "main", "u1", "가" * 5000, [f"a choice of {n} words" for n in range(30)])
    assert skill_faults(kakao.skill([long] * 5)) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"userRequest": 1}', b"\xff"])
def test_a_kakao_hook_that_makes_no_sense_is_no_500(on_kakao: House, body: bytes) -> None:
    told = on_kakao.desk.http.post("/hooks/kakao/main", content=body, headers={kakao.KEY: "k" * 20})
    assert told.status_code == 200
    assert skill_faults(told.json()) == []

"""One-time codes by SMS: to a number that is known, within limits, through the channel that is."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from api import wiring
from bot.acting.filling import Acting
from bot.acting.state import Filling
from bot.memory import Memory
from bot.port import AskBack, Spoken
from crm import clock, codes, contacts, db
from crm.models import Code, Contact, Conversation, Event
from routing.acts import Acts
from tests.acting.test_desk_rules import KEY, NUMBER, moment, put_up, talk_of
from tests.channels.fakes import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio
from tests.conftest import served, settings_for
from tests.phone.simulator import openapi

DESK, KIM = "+8225550100", "+821055501234"


@pytest.fixture
def twilio() -> FakeTwilio:
    if not openapi.description().exists():
        pytest.skip("Twilio's OpenAPI document is not there; ./desk test gets it with npm")
    return FakeTwilio()


@pytest.fixture
def acts(engine: Engine, tmp_path: Path, twilio: FakeTwilio) -> Iterator[Acts]:
    with served(twilio.app) as url:
        named = {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_URL": url,
            "SMS_NUMBER": DESK,
        }
        yield wiring.acting(settings_for(tmp_path, **named), engine, None)[0]
    assert twilio.faults == []


class Dialogue:
    """A talk about following a tender, which needs a proof first."""

    def __init__(self, engine: Engine, acts: Acts) -> None:
        with db.transaction(engine) as s:
            put_up(s, core_id="c" * 32)
            self.talk = talk_of(s).id
        self.acting, self.memory = Acting(acts), Memory()

    def says(self, text: str) -> Spoken:
        now = moment(self.talk, text)
        filling = Filling.of(self.memory.act)
        answered = self.acting.answer(now, self.memory, filling) if filling else None
        steps, self.memory = answered or self.acting.begin(now, self.memory, "follow")
        return steps[0]


def test_a_number_is_proven_and_is_whoever_writes_from_it(
    engine: Engine, acts: Acts, twilio: FakeTwilio
) -> None:
    with db.transaction(engine) as s:
        known = contacts.recognise(s, kind="sms", value=KIM, language="ko").id
    dialogue = Dialogue(engine, acts)
    asked = dialogue.says(f"follow {NUMBER}")
    assert isinstance(asked, AskBack)
    assert "mobile number" in asked.text
    assert "country code" in dialogue.says("I do not know").text
    assert "six digits" in dialogue.says("it is 010-5550-1234").text  # meant in the desk's country
    [sent] = twilio.sent
    assert sent["form"]["To"] == KIM
    [code] = re.findall(r"\b\d{6}\b", sent["form"]["Body"])
    wrong = "000000" if code != "000000" else "111111"
    assert "not the code" in dialogue.says(wrong).text
    assert "confirmed" in dialogue.says(code).text
    with db.reading(engine) as s:
        contact = s.get_one(Contact, s.get_one(Conversation, dialogue.talk).contact_id)
        assert (contact.proven, contact.merged_into_id, contact.email) == (True, known, None)
        told = str([(e.data, e.kind) for e in s.scalars(select(Event))])
        assert code not in told
        assert "5550" not in told


def test_what_cannot_be_sent_leads_to_the_portal_and_is_not_sent_again(
    engine: Engine, acts: Acts, twilio: FakeTwilio
) -> None:
    for fault in ("down", 21211):  # away; no such number
        twilio.bad_days[:] = [fault]
        dialogue = Dialogue(engine, acts) if fault == "down" else dialogue_again(engine, acts)
        dialogue.says(f"follow {NUMBER}")
        assert "portal" in dialogue.says(KIM).text
    assert twilio.sent == []


def dialogue_again(engine: Engine, acts: Acts) -> Dialogue:
    made = Dialogue.__new__(Dialogue)
    with db.transaction(engine) as s:
        made.talk = talk_of(s).id
    made.acting, made.memory = Acting(acts), Memory()
    return made


def test_a_number_a_talk_and_the_desk_have_their_limits(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "MOST_TEXTS", 5)
    with db.transaction(engine) as s:
        talk = talk_of(s)
        for _ in range(codes.MOST_SENDS):
            assert codes.issue(s, talk, KIM, key=KEY, kind="sms")
        assert codes.issue(s, talk, KIM, key=KEY, kind="sms") is None
        assert codes.issue(s, talk, "+821055509999", key=KEY, kind="sms") is None  # one talk
        assert codes.issue(s, talk_of(s), KIM, key=KEY, kind="sms") is None  # one number
        for n in range(2):
            assert codes.issue(s, talk_of(s), f"+82105550000{n}", key=KEY, kind="sms")
        assert codes.issue(s, talk_of(s), "+821055500009", key=KEY, kind="sms") is None  # the desk
        assert codes.issue(s, talk_of(s), "a@firm.example", key=KEY)  # mail costs nothing
        later = clock.now() + codes.SENDS_WITHIN + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert codes.issue(s, talk_of(s), "+821055500009", key=KEY, kind="sms")
        assert s.scalars(select(Code.kind).where(Code.address == KIM)).first() == "sms"

"""A counselor rings a contact: who may be rung, who is rung first, and what is left of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select

from crm import callbacks, contacts, conversations, db, protection
from crm.events import SYSTEM
from crm.models import CallCommand, Conversation
from routing.calls import words
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator import jambonz_spec
from tests.phone.simulator.caller import Caller, Keys
from tests.phone.simulator.network import Leg, Phone, Room
from tests.phone.test_people import client
from tests.phone.test_seams import do

NUMBER = "+525550100001"
THERE = ("nothing", Keys("1"))  # somebody takes up the phone, and says nothing


@pytest.fixture(params=["twilio", "jambonz"])
def line(
    request: pytest.FixtureRequest,
    sqlite_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[PhoneDesk]:
    """A desk that rings by Twilio, and one that rings by a trunk of its own."""
    if request.param == "jambonz" and not jambonz_spec.SPECS.exists():
        pytest.skip("jambonz's specification is not installed: npm ci in web/ gets it")
    account = {"twilio": "main", "jambonz": "trunk"}[request.param]
    more = {"account": account, "dialect": request.param, "accounts": {account: request.param}}
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, **more) as phone:
        yield phone


def met(phone: PhoneDesk, language: str = "en") -> str:
    """A contact whom the desk knows from a text message."""
    with db.transaction(phone.desk.engine) as s:
        contact = contacts.recognise(s, kind="sms", value=NUMBER, language=language)
        talk, _ = conversations.start(s, contact, channel="sms", language=language, address=NUMBER)
        talk.queue = "bidding"
    phone.network.now += timedelta(seconds=1)
    return contact.id


def ring(phone: PhoneDesk, contact: str, **body: Any) -> Any:
    told = {"about": "The missing tax paper", "number": NUMBER} | body
    answer = phone.desk.as_("counselor", "POST", f"/api/v1/contacts/{contact}/call", json=told)
    phone.work()
    return answer


def asked(phone: PhoneDesk, contact: str, reason: str = "matter") -> dict:
    place = f"/api/v1/contacts/{contact}/call?reason={reason}"
    return phone.desk.as_("counselor", "GET", place).json()


def person(phone: PhoneDesk, **more: Any) -> Caller:
    made = Caller(NUMBER, script=[THERE], **more)
    phone.rest.called_back[NUMBER] = made
    return made


def legs(phone: PhoneDesk, number: str) -> list[Leg]:
    return [leg for leg in phone.network.legs.values() if leg.number == number]


def open_room(phone: PhoneDesk) -> Room:
    return next(r for r in phone.network.rooms.values() if not r.over)


def unfinished(phone: PhoneDesk) -> list[tuple[str, str]]:
    with db.reading(phone.desk.engine) as s:
        due = s.scalars(select(CallCommand).where(CallCommand.state != "done"))
        return [(c.verb, c.state) for c in due]


def test_a_call_is_kept_alike_on_both_databases(phone: PhoneDesk) -> None:
    rung_first_and_then_the_contact(phone)


def test_the_counselor_is_rung_first_and_then_the_contact(line: PhoneDesk) -> None:
    rung_first_and_then_the_contact(line)


def rung_first_and_then_the_contact(line: PhoneDesk) -> None:
    contact, heard = met(line), person(line)
    assert asked(line, contact) == {"numbers": [NUMBER], "hindrance": None}
    placed = ring(line, contact)
    assert placed.status_code == 201, placed.text
    assert legs(line, client(line, "counselor"))
    assert not legs(line, NUMBER)  # nobody takes up a call and hears music
    line.network.run(40)
    room = open_room(line)
    assert len(room.members) == 2
    assert heard.heard[0] == words.say("en", "connecting_placed", desk=line.desk.settings.name)
    talk = line.conversation()
    assert talk.id == placed.json()["conversation"]
    assert (talk.channel, talk.contact_id, talk.status) == ("phone", contact, "active")
    assert talk.owner_id == line.desk.people["counselor"].id
    assert talk.handoff["goal"] == "The missing tax paper"
    assert ring(line, contact).status_code == 409  # on a call already
    do(line, "counselor", "wrap", code="answered")
    line.network.run(60)
    assert room.over
    assert all(leg.over for leg in line.network.legs.values())
    assert unfinished(line) == []
    [told] = line.events("call.placed")
    about = {"call": "", "reason": "matter", "ticket": None, "queue": "registration"}
    assert told.data | {"call": ""} == about
    assert line.events("conversation.accepted") == []  # nobody waited to be answered
    counted_as_a_handling(line)


def counted_as_a_handling(line: PhoneDesk) -> None:
    """The talk is in the handling time of its queue, and no answered contact."""
    around = [line.network.now + timedelta(hours=h) for h in (-2, 2)]
    span = dict(zip(("from", "to"), (moment.isoformat() for moment in around), strict=True))
    asked = urlencode(span | {"queue": "registration"})
    aht, answered = (
        line.desk.as_("supervisor", "GET", f"/api/v1/reports/{kpi}?{asked}").json()
        for kpi in ("aht", "asa")
    )
    assert aht["n"] == 1
    assert 0 < aht["value"] < 60
    assert answered["n"] == 0


def test_an_ordinary_phone_is_rung_where_the_counselor_says_so(line: PhoneDesk) -> None:
    own = {"kind": "phone", "number": "+8225550177"}
    assert line.desk.as_("counselor", "PUT", "/api/v1/phone/line", json=own).status_code == 200
    contact = met(line)
    person(line)
    ring(line, contact)
    line.network.run(40)
    assert len(open_room(line).members) == 2
    assert [leg.number for leg in line.network.legs.values()] == ["+8225550177", NUMBER]


def test_a_contact_who_does_not_answer_is_told_of_to_the_counselor(line: PhoneDesk) -> None:
    contact = met(line)
    ring(line, contact)
    line.network.run(60)
    talk = line.conversation()
    assert (talk.status, talk.owner_id) == ("wrap_up", line.desk.people["counselor"].id)
    assert all(leg.over for leg in line.network.legs.values())
    assert do(line, "counselor", "wrap", code="unreached")["status"] == "closed"


def test_a_counselor_who_does_not_answer_rings_nobody(line: PhoneDesk) -> None:
    line.network.phones[client(line, "counselor")] = Phone(answers=False)
    contact, heard = met(line), person(line)
    ring(line, contact)
    line.network.run(90)
    assert heard.heard == []
    assert not legs(line, NUMBER)
    assert (line.call().state, line.conversation().status) == ("canceled", "wrap_up")
    assert ring(line, contact).status_code == 201  # and may try again


@pytest.mark.parametrize("how", ["hangs up", "wraps up"])
def test_who_rings_and_goes_lets_nobody_answer_into_silence(line: PhoneDesk, how: str) -> None:
    contact, heard = met(line), person(line)
    ring(line, contact)
    for _ in range(40):
        line.network.run(1)
        if legs(line, NUMBER):
            break
    [rung] = legs(line, NUMBER)
    assert rung.steps is None  # it rings
    if how == "wraps up":
        do(line, "counselor", "wrap", code="unreached")
    else:
        line.network._end(legs(line, client(line, "counselor"))[0], "completed")
    line.network.run(60)
    assert heard.heard == []
    assert rung.over
    assert line.conversation().status == {"wraps up": "closed", "hangs up": "wrap_up"}[how]
    assert unfinished(line) == []


def test_a_machine_is_told_who_called(phone: PhoneDesk) -> None:
    contact, machine = met(phone, "es"), person(phone)
    own = phone.network._call_fields
    phone.network._call_fields = lambda leg: (
        own(leg) | ({"AnsweredBy": "machine_start"} if leg.number == NUMBER else {})
    )
    ring(phone, contact)
    phone.network.run(90)
    said = words.say("es", "machine_placed", desk=phone.desk.settings.name)
    assert machine.heard == [said]
    assert phone.conversation().status == "wrap_up"


@pytest.mark.parametrize(
    ("why", "reason"),
    [("any", "do_not_contact"), ("service", "refused"), ("night", "quiet_hours"),
     ("suspended", "suspended")],
)  # fmt: skip
def test_whoever_does_not_want_to_be_rung_is_not(phone: PhoneDesk, why: str, reason: str) -> None:
    contact = met(phone)
    if why in {"any", "service"}:
        said = {"purpose": why, "given": False}
        place = f"/api/v1/contacts/{contact}/consents"
        assert phone.desk.as_("counselor", "PUT", place, json=said).status_code == 200
    elif why == "night":
        phone.network.now += timedelta(hours=10)
    else:
        with db.transaction(phone.desk.engine) as s:
            protection.suspend(s, SYSTEM, contact, 1, timedelta(days=3))
    assert asked(phone, contact)["hindrance"] == reason
    refused = ring(phone, contact)
    assert (refused.status_code, refused.json()["error"]["details"]) == (409, {"reason": reason})
    assert phone.events("call.placed") == []
    with db.reading(phone.desk.engine) as s:
        assert s.scalars(select(Conversation.channel)).all() == ["sms"]


def test_who_asked_to_be_called_back_is_rung_at_any_hour(phone: PhoneDesk) -> None:
    contact = met(phone)
    assert asked(phone, contact, "callback")["hindrance"] == "no_callback"
    other = "+525550100077"
    with db.transaction(phone.desk.engine) as s:
        [talk] = s.scalars(select(Conversation))
        callbacks.promise(s, talk, actor=SYSTEM, queue="bidding", at=None, number=other)
    phone.network.now += timedelta(hours=10)
    assert asked(phone, contact)["hindrance"] == "quiet_hours"
    told = asked(phone, contact, "callback")
    assert told == {"numbers": [other, NUMBER], "hindrance": None}
    assert ring(phone, contact, reason="callback", number=other).status_code == 201
    phone.network.run(30)
    assert legs(phone, other)


def test_a_call_belongs_to_its_ticket_and_to_no_strangers(phone: PhoneDesk) -> None:
    desk, contact = phone.desk, met(phone)
    with db.reading(desk.engine) as s:
        talk = s.scalars(select(Conversation.id)).one()
    body = {"subject": "Tax paper", "queue": "bidding", "conversation": talk}
    ticket = desk.as_("counselor", "POST", "/api/v1/tickets", json=body).json()
    with db.transaction(desk.engine) as s:
        stranger = contacts.meet(s, language="en", name=None, email=None)
        other, _ = conversations.start(s, stranger, channel="web", language="en")
        other.queue = "bidding"
        not_theirs = stranger.id
    assert ring(phone, not_theirs, ticket=ticket["id"]).status_code == 422
    assert ring(phone, contact, number="12").status_code == 422
    placed = ring(phone, contact, ticket=ticket["id"])
    assert placed.status_code == 201, placed.text
    with db.reading(desk.engine) as s:
        made = s.get_one(Conversation, placed.json()["conversation"])
    assert (made.ticket_id, made.queue) == (ticket["id"], "bidding")


def test_it_is_recorded_where_a_notice_is_enough_and_never_unasked(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, recording="notice") as phone:
        contact, heard = met(phone, "ko"), person(phone)
        ring(phone, contact)
        phone.network.run(40)
        assert heard.heard[1] == words.say("ko", "notice")
        assert phone.call().recorded


def happy_call(phone: PhoneDesk, contact: str) -> dict:
    """The one happy call that is to be made: to this contact."""
    new = {"name": "After the outage", "kind": "happy_call", "texts": {"en": "Does it work now?"}}
    desk = phone.desk
    made = desk.as_("supervisor", "POST", "/api/v1/campaigns", json=new).json()
    path = f"/api/v1/campaigns/{made['id']}"
    desk.as_("supervisor", "POST", f"{path}/targets", json={"contacts": [contact]})
    assert desk.as_("supervisor", "POST", f"{path}/start").status_code == 200
    [call] = desk.as_("counselor", "GET", "/api/v1/happy-calls").json()["items"]
    return call


def make(phone: PhoneDesk, call: dict, role: str = "counselor") -> Any:
    answer = phone.desk.as_(role, "POST", f"/api/v1/happy-calls/{call['id']}/call")
    phone.work()
    return answer


def test_a_happy_call_is_taken_and_made_in_one_act(phone: PhoneDesk) -> None:
    contact, heard = met(phone), person(phone)
    call = happy_call(phone, contact)
    assert call["phone"] == NUMBER
    placed = make(phone, call)
    assert placed.status_code == 201, placed.text
    assert make(phone, call, "senior").status_code == 409  # somebody else has it
    phone.network.run(40)
    assert len(open_room(phone).members) == 2
    assert heard.heard
    talk = phone.conversation()
    assert (talk.id, talk.contact_id) == (placed.json()["conversation"], contact)
    assert talk.handoff["goal"] == "Does it work now?"
    [told] = phone.events("call.placed")
    assert told.data["reason"] == "happy_call"
    do(phone, "counselor", "wrap", code="answered")
    result = f"/api/v1/happy-calls/{call['id']}/result"
    said = phone.desk.as_("counselor", "POST", result, json={"result": "satisfied"})
    assert said.json()["state"] == "done"


def test_a_happy_call_that_cannot_be_made_says_why_and_stays_taken(
    sqlite_phone: PhoneDesk,
) -> None:
    phone = sqlite_phone
    with db.transaction(phone.desk.engine) as s:
        nobody = contacts.meet(s, language="en", name=None, email=None).id
    call = happy_call(phone, nobody)
    refused = make(phone, call)
    assert (refused.status_code, refused.json()["error"]["details"]["reason"]) == (409, "no_number")
    [mine] = phone.desk.as_("counselor", "GET", "/api/v1/happy-calls").json()["items"]
    assert (mine["id"], mine["state"]) == (call["id"], "taken")
    assert phone.events("call.placed") == []


def test_who_refused_meanwhile_is_not_rung(sqlite_phone: PhoneDesk) -> None:
    phone, contact = sqlite_phone, met(sqlite_phone)
    call = happy_call(phone, contact)
    refusal = {"purpose": "any", "given": False}
    consent = f"/api/v1/contacts/{contact}/consents"
    assert phone.desk.as_("senior", "PUT", consent, json=refusal).status_code == 200
    refused = make(phone, call)
    assert refused.json()["error"]["details"]["reason"] == "do_not_contact"
    assert phone.desk.as_("counselor", "GET", "/api/v1/happy-calls").json()["items"] == []
    assert not legs(phone, NUMBER)

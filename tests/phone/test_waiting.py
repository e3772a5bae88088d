"""In line: places, call-backs that keep them, messages, and what is said when nobody is there."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from crm import clock, db
from crm.models import Conversation, KpiInterval, Recording, Ticket
from crm.settings import Hours
from routing.calls import words
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator.caller import Caller, HangUp, Keys, Speak
from tests.phone.simulator.network import PUBLIC_URL, START

OPENING = (("For English", Keys("1")), ("is recorded", Keys("1")))
PERSON = ("Please say your question", Keys("0"))
CLOSED = Hours(always=False, zone="Asia/Seoul", days={"monday": ("09:00", "18:00"),
               "tuesday": ("09:00", "18:00"), "friday": ("09:00", "12:00")})  # fmt: skip


def number(n: int) -> str:
    return f"+525550101{n:03}"


def queue_up(phone: PhoneDesk, count: int, *more: object) -> list:
    legs = []
    for n in range(count):
        legs.append(phone.phone_in(*OPENING, PERSON, *more, number=number(n)))
        phone.network.run(20)
    return legs


def test_places_and_expected_waits_are_told_and_the_first_comes_first(phone: PhoneDesk) -> None:
    legs = queue_up(phone, 2)
    phone.network.run(60)
    # Nobody is at work and nothing was measured: a place, and no time that nobody knows.
    assert words.say("en", "position_one") in legs[1].caller.heard
    assert not any("wait should be" in text for text in legs[1].caller.heard)
    with db.transaction(phone.desk.engine) as s:  # three talks of four minutes, just now
        quarter = int(clock.now().timestamp()) // 900 * 900
        who = phone.desk.people["counselor"].id
        s.add(KpiInterval(start=quarter, queue="", channel="phone", language="en", counselor=who,
                          handled=3, talk_ms=720_000, busy_ms=720_000))  # fmt: skip
    busy = phone.desk.guest()
    busy.say("a person about the payment")
    taken = f"/api/v1/conversations/{busy.conversation_id}/accept"
    assert phone.desk.as_("counselor", "POST", taken).status_code == 200
    legs.append(phone.phone_in(*OPENING, PERSON, number=number(2)))
    phone.network.run(60)
    assert words.say("en", "position_first") in legs[0].caller.heard
    assert words.say("en", "position", ahead=2) in legs[2].caller.heard
    assert words.say("en", "wait_minutes", minutes=12) in legs[2].caller.heard
    with db.reading(phone.desk.engine) as s:
        waiting = s.scalars(
            select(Conversation)
            .where(Conversation.channel == "phone")
            .order_by(Conversation.urgent.desc(), Conversation.waiting_since)
        ).all()
    assert [c.address for c in waiting] == [number(n) for n in range(3)]
    place = f"/api/v1/conversations/{waiting[0].id}/accept"
    assert phone.desk.as_("counselor", "POST", place).status_code == 200
    phone.network.run(60)
    assert legs[1].caller.heard[-5:].count(words.say("en", "position_first"))
    assert phone.desk.as_("senior", "POST", place).status_code == 409
    assert len(phone.network.rooms) == 1


def test_the_line_is_worked_out_once_for_all_who_wait(sqlite_phone: PhoneDesk) -> None:
    queue_up(sqlite_phone, 3)
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    def heard_by(n: int) -> tuple[str, int]:
        leg = next(leg for leg in sqlite_phone.network.legs.values() if leg.number == number(n))
        fields = sqlite_phone.network._call_fields(leg)
        before = asked
        answer = sqlite_phone.network.hook(f"{PUBLIC_URL}/hooks/phone/main/wait", fields)
        return answer.text, asked - before

    event.listen(sqlite_phone.desk.engine, "before_cursor_execute", count)
    sqlite_phone.network.now += timedelta(seconds=10)
    _, first = heard_by(0)
    again, second = heard_by(1)
    assert second < first / 2
    assert words.say("en", "position_one") in again
    sqlite_phone.accept()  # the newest of the three
    sqlite_phone.network.now += timedelta(seconds=10)
    told, third = heard_by(0)
    assert third > second  # what was known is too old by now
    assert words.say("en", "position_first") in told


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687", "Restricted", ""])
def test_a_call_back_keeps_the_place(phone: PhoneDesk, withheld: str) -> None:
    shown = withheld == ""
    keys = (
        (("call you back at", Keys("1")),)
        if shown
        else (("key in the number", Keys("5550107777#")), ("5 5 5, 0 1 0", Keys("1")))
    )
    if not shown:
        keys = (("key in the number", Keys("0255501077#")), ("call you back at", Keys("1")))
    leg = phone.phone_in(
        *OPENING, PERSON, ("press 1. To leave", Keys("1")), *keys,
        number="+525550101000" if shown else withheld,
    )  # fmt: skip
    phone.network.run(120)
    assert words.say("en", "callback_done") in leg.caller.heard
    assert leg.over
    kept = phone.conversation()
    assert (kept.status, kept.owner_kind) == ("waiting", "queue")
    before = kept.waiting_since
    phone.network.run(600)
    target = "+525550101000" if shown else "+82255501077"
    person = Caller(target, script=[("satisfied", Keys("4"))])
    phone.rest.called_back[target] = person
    assert phone.accept().status_code == 200
    phone.network.run(40)
    assert phone.conversation().waiting_since == before
    assert "You asked for a call back" in person.transcript
    room = next(r for r in phone.network.rooms.values() if not r.over)
    assert len(room.members) == 2
    shown_call = phone.desk.as_("counselor", "GET", f"/api/v1/conversations/{kept.id}/call").json()
    assert (shown_call["direction"], shown_call["state"]) == ("outbound", "live")


def test_a_call_back_that_nobody_answers_goes_back_to_its_place(phone: PhoneDesk) -> None:
    phone.phone_in(
        *OPENING, PERSON, ("press 1. To leave", Keys("1")), ("call you back at", Keys("1"))
    )
    phone.network.run(100)
    before = phone.conversation().waiting_since
    phone.accept()
    phone.network.run(60)
    again = phone.conversation()
    assert (again.status, again.owner_kind, again.waiting_since) == ("waiting", "queue", before)
    phone.rest.called_back["+525550100001"] = Caller(script=[("nothing", Keys("1"))])
    phone.accept("senior")
    phone.network.run(60)
    assert phone.conversation().owner_kind == "counselor"
    room = next(r for r in phone.network.rooms.values() if not r.over)
    assert len(room.members) == 2


def test_a_wrong_number_is_asked_for_again_and_then_the_wait_goes_on(
    sqlite_phone: PhoneDesk,
) -> None:
    wrong = [("key in the number", Keys("12#"))] * 3
    leg = sqlite_phone.phone_in(
        *OPENING, PERSON, ("press 1. To leave", Keys("1")), *wrong, number="anonymous"
    )
    sqlite_phone.network.run(160)
    assert leg.caller.heard.count(words.say("en", "callback_wrong")) == 2
    assert leg.sid in sqlite_phone.network.queue


def test_a_message_becomes_a_ticket_with_its_recording(phone: PhoneDesk) -> None:
    leg = phone.phone_in(
        *OPENING,
        PERSON,
        ("press 1. To leave", Keys("2")),
        ("after the tone", Speak("This is Ficticia One about my bid, please ring me")),
    )
    phone.network.run()
    assert leg.over
    assert any("Your message is kept" in text for text in leg.caller.heard)
    kept = phone.conversation()
    assert (kept.status, kept.owner_kind) == ("waiting", "queue")
    with db.reading(phone.desk.engine) as s:
        recording = s.scalars(select(Recording)).one()
        assert s.get(Ticket, kept.ticket_id)
    assert (recording.kind, recording.state) == ("voicemail", "done")
    place = f"/api/v1/conversations/{kept.id}"
    heard = phone.desk.as_("counselor", "GET", f"{place}/recordings/{recording.id}")
    assert heard.status_code == 200
    assert phone.accept().status_code == 200  # nobody is on the line: nobody is rung
    phone.network.run(60)
    assert phone.network.rooms == {}


def test_an_empty_message_is_asked_for_again(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in(*OPENING, PERSON, ("press 1. To leave", Keys("2")))
    sqlite_phone.network.run()
    assert leg.caller.heard.count(words.say("en", "voicemail_empty")) == 2
    assert leg.over
    assert sqlite_phone.network.recordings == {}


def test_who_hangs_up_at_the_tone_keeps_no_place(phone: PhoneDesk) -> None:
    leg = phone.phone_in(
        *OPENING, PERSON, ("press 1. To leave", Keys("2")), ("after the tone", HangUp())
    )
    phone.network.run()
    assert leg.over
    assert phone.conversation().status == "closed"
    assert len(phone.events("call.abandoned")) == 1
    assert phone.accept().status_code == 409


def test_who_hangs_up_while_speaking_has_left_a_message(phone: PhoneDesk) -> None:
    leg = phone.phone_in(
        *OPENING, PERSON, ("press 1. To leave", Keys("2")), ("after the tone", Speak("word " * 60))
    )
    while leg.sid not in phone.network.queue:
        phone.network.run(1)
    while phone.call().step != "voicemail":
        phone.network.run(1)
    phone.network.run(12)  # the tone, and some words
    phone.network.hang_up(leg)
    phone.network.run(30)
    kept = phone.conversation()
    assert (kept.status, kept.owner_kind) == ("waiting", "queue")
    with db.reading(phone.desk.engine) as s:
        assert s.scalars(select(Recording)).one().kind == "voicemail"
        assert s.scalars(select(Ticket)).one().id == kept.ticket_id
    assert phone.accept().status_code == 200


def test_who_hangs_up_in_line_is_counted_and_gone(phone: PhoneDesk) -> None:
    [leg] = queue_up(phone, 1)
    phone.network.run(30)
    phone.network.hang_up(leg)
    phone.network.run(5)
    assert [e.data["queue"] for e in phone.events("call.abandoned")] == ["technical"]
    assert phone.conversation().status == "closed"
    assert phone.accept().status_code == 409


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_out_of_hours_the_hours_are_said_and_a_message_taken(
    sqlite_engine, tmp_path, monkeypatch, language: str
) -> None:
    key = {"en": "1", "es": "2", "ko": "3"}[language]
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, hours=CLOSED) as phone:
        leg = phone.phone_in(
            ("한국어", Keys(key)),
            (words.say(language, "consent")[:20], Keys("1")),
            (words.say(language, "question")[:10], Keys("0")),
            (words.say(language, "closed_message"), Keys("1")),
            (words.say(language, "voicemail")[:10], Speak("Ficticia, please ring")),
        )
        phone.network.run()
        said = leg.caller.transcript
        days = words.catalogue(language)["days"]
        assert days["monday"] in said
        assert days["friday"] in said
        assert {"en": "9 a.m.", "es": "de 9 a 18 horas", "ko": "오전 9시부터"}[language] in said
        assert phone.conversation().status == "waiting"
        assert phone.bot.asked == []


def test_on_a_holiday_its_name_is_said(sqlite_engine, tmp_path, monkeypatch) -> None:
    holidays = {START.date().isoformat(): "Founding Day"}
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, holidays=holidays) as phone:
        leg = phone.phone_in(
            *OPENING,
            PERSON,
            ("Founding Day", Keys("3")),
            ("Please say your question", Speak("How high is the floor?")),
        )
        phone.network.run(60)
        assert "Founding Day" in leg.caller.transcript
        assert "The floor is 88 percent." in leg.caller.heard  # the assistant is there all the same


def test_out_of_hours_a_call_back_waits_for_the_morning(
    sqlite_engine, tmp_path, monkeypatch
) -> None:
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, hours=CLOSED) as phone:
        leg = phone.phone_in(
            *OPENING, PERSON, ("are away now", Keys("2")), ("call you back at", Keys("1"))
        )
        phone.network.run()
        assert words.say("en", "callback_done_closed") in leg.caller.heard
        assert phone.conversation().status == "waiting"


@pytest.mark.parametrize(("answered", "then"), [(True, "goodbye"), (False, "closed_message")])
def test_the_duty_number_is_rung_out_of_hours(
    sqlite_engine, tmp_path, monkeypatch, answered: bool, then: str
) -> None:
    with phone_desk(
        sqlite_engine, tmp_path, monkeypatch, hours=CLOSED, duty_number="+8225550199"
    ) as phone:
        if answered:
            phone.network.bridges["+8225550199"] = ("completed", 60)
        leg = phone.phone_in(*OPENING, PERSON)
        phone.network.run()
        assert words.say("en", "duty") in leg.caller.heard
        assert words.say("en", then) in leg.caller.heard


def test_an_answering_machine_gets_a_word_and_the_place_is_kept(phone: PhoneDesk) -> None:
    phone.phone_in(
        *OPENING, PERSON, ("press 1. To leave", Keys("1")), ("call you back at", Keys("1"))
    )
    phone.network.run(100)
    machine = Caller("+525550100001", script=[("never", Keys("1"))])
    phone.rest.called_back["+525550100001"] = machine
    own = phone.network._call_fields
    monkey = {"AnsweredBy": "machine_start"}
    phone.network._call_fields = lambda leg: own(leg) | ({} if leg.inbound else monkey)
    phone.accept()
    phone.network.run(90)
    assert any("we did not reach you" in text for text in machine.heard)
    again = phone.conversation()
    assert (again.status, again.owner_kind) == ("waiting", "queue")


def test_an_urgent_caller_is_ahead(sqlite_phone: PhoneDesk) -> None:
    queue_up(sqlite_phone, 1)
    urgent = sqlite_phone.phone_in(
        *OPENING, ("Please say", Speak("a person today technical")), number=number(9)
    )
    sqlite_phone.network.run(60)
    assert words.say("en", "position_first") in urgent.caller.heard

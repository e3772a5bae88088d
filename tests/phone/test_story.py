"""From the first ring to the wrap-up: asked, answered, queued, accepted, held, passed on, kept."""

from sqlalchemy import select

from crm import calls, db
from crm.models import Event, Message, Recording
from tests.phone.conftest import PhoneDesk
from tests.phone.simulator.caller import Keys, Speak
from tests.phone.simulator.network import Leg

PLEASE = "Please say your question"


def asked_and_queued(phone: PhoneDesk) -> Leg:
    """Through the menus to an answer, and from there into the line."""
    leg = phone.phone_in(
        ("For English", Keys("1")),
        ("is recorded", Speak("yes, I agree")),
        (PLEASE, Speak("What is the price floor?")),
        ("88 percent", Keys("0")),
    )
    caller = leg.caller
    phone.network.run(120)
    assert "automated assistant, not to a person" in caller.transcript
    assert "The floor is 88 percent." in caller.transcript
    assert "Source: Price floor." in caller.transcript
    assert "http" not in caller.transcript
    assert "You are next in line." in caller.transcript
    assert "♪" in caller.transcript
    assert phone.bot.asked == ["What is the price floor?"]
    waiting = phone.conversation()
    assert (waiting.channel, waiting.status, waiting.owner_kind) == ("phone", "waiting", "queue")
    assert waiting.handoff["sources_tried"]
    return leg


def with_counselors(phone: PhoneDesk, leg: Leg) -> None:
    """Accepted, held, passed on warmly, the recording paused, and over."""
    caller = leg.caller
    assert phone.accept().status_code == 200
    phone.network.run(60)
    assert "You are being put through. This call is recorded." in caller.transcript
    room = next(iter(phone.network.rooms.values()))
    assert len(room.members) == 2

    assert phone.act("counselor", "hold").status_code == 202
    phone.network.run(30)
    assert "contact" in room.held
    assert phone.act("counselor", "resume").status_code == 202
    phone.network.run(20)
    assert room.held == set()

    senior = phone.desk.people["senior"].id
    assert phone.act("counselor", "consult", counselor=senior).status_code == 202
    phone.network.run(25)
    assert "contact" in room.held
    assert len(room.members) == 3
    assert phone.act("counselor", "complete").status_code == 202
    phone.network.run(40)
    assert room.held == set()
    assert len(room.members) == 2
    assert phone.conversation().owner_id == senior

    assert phone.act("senior", "pause_recording").status_code == 202
    phone.network.run(10)
    assert phone.act("senior", "resume_recording").status_code == 202
    assert room.pauses == ["paused", "in-progress"]
    phone.network.run(15)
    phone.network.hang_up(leg)
    phone.network.run(30)
    assert phone.conversation().status == "wrap_up"


def nothing_personal_in_the_journal(phone: PhoneDesk, leg: Leg) -> None:
    with db.reading(phone.desk.engine) as s:
        journal = " ".join(f"{e.kind} {e.data}" for e in s.scalars(select(Event)))
    for planted in (leg.number, leg.number.removeprefix("+"), leg.sid, "price floor"):
        assert planted not in journal


def test_a_whole_call(phone: PhoneDesk) -> None:
    leg = asked_and_queued(phone)
    with_counselors(phone, leg)
    joined = phone.events("call.joined")[0]
    place = f"/api/v1/conversations/{phone.conversation().id}"
    ended = leg.ended
    wrapped = phone.desk.as_("senior", "POST", f"{place}/wrap", json={"code": "answered"})
    assert wrapped.status_code == 200

    shown = phone.desk.as_("supervisor", "GET", f"{place}/call").json()
    began = calls._moment(joined)
    told = shown["times"]
    assert told["talk"] + told["hold"] == (ended - began).total_seconds()
    assert told["handle"] == (phone.network.now - began).total_seconds()
    assert told["hold"] > 50
    with db.reading(phone.desk.engine) as s:
        kept = s.scalars(select(Recording)).one()
        assert kept.content.startswith(b"RIFF")
        said = s.scalars(
            select(Message).where(Message.author_kind == "contact").order_by(Message.created_at)
        ).all()
        assert [m.text for m in said] == ["What is the price floor?"]
    assert kept.state == "done"
    assert phone.network.deleted == [kept.provider_recording_id]
    nothing_personal_in_the_journal(phone, leg)
    hearing = phone.desk.as_("senior", "GET", f"{place}/recordings/{kept.id}")
    assert hearing.content == kept.content

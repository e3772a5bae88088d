"""A talk that began in the chat and goes on by mail, and one person over several channels."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import jwt
import pytest
from sqlalchemy import Engine, select

from crm import clock, db
from crm.models import Contact, Conversation, Delivery, Message
from routing import continuing
from tests.channels.mail_desk import MailDesk, mail_desk
from tests.channels.mails.corpus import KIM, LEE, mail
from tests.channels.servers import SmtpServer
from tests.conftest import GuestClient

SUBJECT = "person-1"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def house(engine: Engine, tmp_path: Path, smtp: SmtpServer) -> Iterator[MailDesk]:
    with mail_desk(engine, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{smtp.port}") as house:
        yield house


def portal_token(email: str = KIM) -> str:
    claims = {
        "sub": SUBJECT, "email": email, "name": "Kim Example",
        "aud": "sinmungo", "exp": int(clock.now().timestamp()) + 3600,
    }  # fmt: skip
    return jwt.encode(claims, "p" * 40, algorithm="HS256")


def counselor_says(house: MailDesk, guest: GuestClient, text: str) -> None:
    path = f"/api/v1/conversations/{guest.conversation_id}"
    house.desk.as_("counselor", "POST", f"{path}/accept")
    body = {"client_id": text, "text": text, "audience": "public"}
    assert house.desk.as_("counselor", "POST", f"{path}/messages", json=body).status_code == 201


class Later:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: datetime = clock.now()
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(monkeypatch)


def test_a_reply_to_a_closed_chat_goes_by_mail_and_the_talk_goes_on_there(
    house: MailDesk, smtp: SmtpServer, later: Later
) -> None:
    guest = house.desk.guest(user_token=portal_token())
    guest.say("a person please")
    later.wait(minutes=10)
    counselor_says(house, guest, "your bond is back")
    assert continuing.carry_on(house.engine, house.channels) == 0  # the page may come back
    later.wait(minutes=3)
    assert continuing.carry_on(house.engine, house.channels) == 1
    assert continuing.carry_on(house.engine, house.channels) == 0
    house.send()
    [arrived] = smtp.arrived
    assert arrived.to == [KIM]
    plain = arrived.mail.get_body(("plain",)).get_content()
    assert plain.startswith("your bond is back")
    assert "https://desk.example/" in plain
    reply = mail(
        "thank you, and for works?", sender=KIM, subject=arrived.mail["Subject"],
        headers=f"In-Reply-To: {arrived.mail['Message-ID']}\n", to=arrived.mail["Reply-To"],
    )  # fmt: skip
    assert house.mail(reply) == 200
    with db.reading(house.engine) as s:
        [talk] = s.scalars(select(Conversation)).all()
        said = s.scalars(
            select(Message.text)
            .where(Message.author_kind == "contact")
            .order_by(Message.created_at)
        ).all()
        assert (talk.id, said[-1]) == (guest.conversation_id, "thank you, and for works?")
    counselor_says(house, guest, "the same")
    later.wait(minutes=3)
    continuing.carry_on(house.engine, house.channels)
    house.send()
    assert smtp.arrived[1].mail["In-Reply-To"].startswith("<c")


def test_an_open_page_gets_no_mail(house: MailDesk, later: Later) -> None:
    guest = house.desk.guest(user_token=portal_token())
    guest.say("a person please")
    later.wait(minutes=1)
    counselor_says(house, guest, "here I am")
    later.wait(minutes=1)
    events = house.desk.http.get("/api/v1/chat/events", headers=guest.headers)
    assert events.status_code == 200
    later.wait(minutes=3)
    assert continuing.carry_on(house.engine, house.channels) == 0


def test_an_address_that_was_only_typed_gets_no_mail(house: MailDesk, later: Later) -> None:
    guest = house.desk.guest(email=LEE, name="Lee Example")
    guest.say("a person please")
    later.wait(minutes=10)
    counselor_says(house, guest, "private words")
    later.wait(minutes=3)
    assert continuing.carry_on(house.engine, house.channels) == 0


def test_several_workers_send_it_once(house: MailDesk, later: Later) -> None:
    guest = house.desk.guest(user_token=portal_token())
    guest.say("a person please")
    later.wait(minutes=10)
    counselor_says(house, guest, "once")
    later.wait(minutes=3)
    found: list[int] = []
    work = [
        threading.Thread(
            target=lambda: found.append(continuing.carry_on(house.engine, house.channels))
        )
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sum(found) == 1
    with db.reading(house.engine) as s:
        assert len(s.scalars(select(Delivery).where(Delivery.channel == "email")).all()) == 1


def test_a_stranger_who_learned_an_address_of_ours_sees_nothing_of_the_talk(
    house: MailDesk,
) -> None:
    guest = house.desk.guest(user_token=portal_token())
    guest.say("what is the floor?")
    to = house.addresses.of_conversation(guest.conversation_id)
    assert house.mail(mail("let me in", sender=LEE, to=to)) == 200
    with db.reading(house.engine) as s:
        talks = s.scalars(select(Conversation).order_by(Conversation.created_at)).all()
        assert [talk.channel for talk in talks] == ["web", "email"]
        assert talks[0].contact_id != talks[1].contact_id


def test_a_forged_from_does_not_become_the_proven_person(house: MailDesk) -> None:
    """From is anybody's word; only an answer to our signed address shows who reads a mailbox."""
    house.desk.guest(user_token=portal_token()).say("hello")
    house.mail(mail("I am Kim, believe me", sender=KIM))
    with db.reading(house.engine) as s:
        proven = {c.proven for c in s.scalars(select(Contact).where(Contact.email == KIM))}
        assert proven == {True, False}

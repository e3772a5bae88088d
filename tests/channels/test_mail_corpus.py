"""Every odd mail of the corpus over the signed hook: stored, threaded or held, as expected."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from crm import db, events, files, messages
from crm.events import BOT
from crm.messages import Draft
from crm.models import (
    Contact,
    Conversation,
    Delivery,
    Event,
    File,
    InboxItem,
    Message,
    Ticket,
    Turn,
)
from routing.channels.email.reading import identity
from tests.channels.mail_desk import MailDesk, mail_desk
from tests.channels.mails.corpus import CASES, KIM, LEE, Case, mail
from tests.channels.servers import SmtpServer
from tests.conftest import _copied as copied

pytestmark = pytest.mark.database
REST = 4  # deliveries that bounces are told of


@dataclass
class Sent:
    """The desk after the whole corpus, and the talk with Kim that stood there before."""

    house: MailDesk
    kim: str
    deliveries: list[str]
    answers: dict[int, int]
    raw: dict[int, bytes]


@pytest.fixture(scope="module")
def sent(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sent]:
    folder = tmp_path_factory.mktemp("corpus")
    events.use_key(b"a key for tests")
    engine: Engine = copied(request, folder)
    with (
        SmtpServer() as server,
        mail_desk(
            engine, Path(folder), policy="human", SMTP_URL=f"smtp://127.0.0.1:{server.port}"
        ) as house,
    ):
        yield _send_all(house)
    engine.dispose()


def _send_all(house: MailDesk) -> Sent:
    first = mail("When is the deposit paid back?", sender=KIM, subject="Deposit",
                 headers="Message-ID: <kim1@mail.example>\n")  # fmt: skip
    assert house.mail(first) == 200
    with db.transaction(house.engine) as s:
        kim = s.scalars(select(Conversation)).one()
        for n in range(REST - 1):
            messages.say(s, kim, Draft(BOT, f"answer {n}", "en"))
    house.send()
    with db.reading(house.engine) as s:
        rows = s.execute(
            select(Delivery.id).join(Message, Message.id == Delivery.message_id)
            .order_by(Message.position)
        ).scalars()  # fmt: skip
        deliveries = list(rows)
        ticket = s.scalars(select(Ticket.number)).one()
    answers, raw = {}, {}
    last = [n for n, case in enumerate(CASES) if case.more.get("last")]
    for n in [n for n in range(len(CASES)) if n not in last] + last:
        raw[n] = _filled(house, CASES[n].raw, kim.id, deliveries, ticket)
        answers[n] = house.mail(raw[n])
    return Sent(house, kim.id, deliveries, answers, raw)


def _filled(
    house: MailDesk, raw: bytes, conversation: str, deliveries: list[str], ticket: str
) -> bytes:
    own = house.addresses
    values = {
        "%OUR_ID%": own.message_id(deliveries[0]),
        "%OUR_ID_2%": own.message_id(deliveries[1]),
        "%REPLY_TO%": own.of_conversation(conversation),
        "%REPLY_TO_UPPER%": own.of_conversation(conversation).upper(),
        "%BOUNCE_TO%": own.of_delivery(deliveries[0]),
        "%BOUNCE_TO_3%": own.of_delivery(deliveries[2]),
        "%BOUNCE_TO_4%": own.of_delivery(deliveries[3]),
        "%CONVERSATION%": conversation,
        "%DELIVERY%": deliveries[0],
        "%TICKET%": ticket,
        "%MARK%": house.channels["email"]._mark,
    }
    for name, value in values.items():
        raw = raw.replace(name.encode(), value.encode())
    return raw


def test_the_corpus_is_as_large_as_promised_and_names_each_fault_once() -> None:
    faults = [case.fault for case in CASES]
    assert len(faults) == len(set(faults)) >= 120


@pytest.mark.parametrize("n", range(len(CASES)), ids=[case.fault for case in CASES])
def test_a_mail_becomes_what_it_should(sent: Sent, n: int) -> None:
    case = CASES[n]
    assert sent.answers[n] == 200, "the mail server need not send it again"
    with db.reading(sent.house.engine) as s:
        item = s.scalars(
            select(InboxItem).where(InboxItem.external_id == identity(sent.raw[n]))
        ).one()
        assert item.body == sent.raw[n] or case.outcome == "same"
        if case.outcome == "quarantined" and not (case.more.get("or_new") and item.state == "done"):
            reasons = {case.reason, case.more.get("or_reason", case.reason)}
            assert item.state == "quarantined"
            assert item.reason in reasons
            return
        assert (item.state, item.reason) == ("done", None)
        if case.outcome == "receipt":
            delivery = s.get_one(Delivery, sent.deliveries[case.more.get("delivery", 1) - 1])
            if case.state == "failed":
                assert (delivery.state, delivery.reason) == ("failed", case.reason)
            else:
                assert delivery.state == "read"  # where all receipts of the first one lead
            return
        message = s.scalars(select(Message).where(Message.external_id == item.external_id)).one()
        _must_say(case, message)
        _must_stand(s, case, message, sent.kim)
        _must_hold(s, case, message)


def _must_say(case: Case, message: Message) -> None:
    if case.text is not None:
        assert message.text == case.text
    for words in case.has:
        assert words in message.text
    for words in case.lacks:
        assert words not in message.text


def _must_stand(s: db.Session, case: Case, message: Message, kim: str) -> None:
    talk = s.get_one(Conversation, message.conversation_id)
    assert s.scalar(select(Turn).where(Turn.message_id == message.id)) is None
    assert (talk.id == kim) == (case.outcome in {"threaded", "automatic"})
    if case.outcome in {"new", "aside", "same"}:
        assert (talk.owner_kind, talk.status) == ("queue", "waiting")  # a person will see it
    if case.sender:
        assert talk.address == case.sender
        contact = s.get_one(Contact, talk.contact_id)
        assert contact.email == case.sender
    if case.subject:
        assert talk.subject == case.subject
    notes = "\n".join(m.text for m in messages.thread(s, talk.id, internal=True))
    if case.outcome == "aside":
        assert "answers a talk with somebody else (ticket T-" in notes
    for name in case.refused:
        assert name in notes


def _must_hold(s: db.Session, case: Case, message: Message) -> None:
    kept = [file.name for file in files.of_message(s, message.id)]
    assert sorted(kept) == sorted(case.files)
    found = s.scalars(select(File).where(File.message_id == message.id)).all()
    assert {file.media_type for file in found} & {"text/html", "image/svg+xml"} == set()


def test_the_journal_of_the_whole_corpus_holds_nothing_that_anybody_wrote(sent: Sent) -> None:
    with db.reading(sent.house.engine) as s:
        rows = s.scalars(select(Event).order_by(Event.id)).all()
        written = json.dumps(
            [[e.kind, e.data, e.actor_kind, e.actor_id] for e in rows], ensure_ascii=False
        )
        assert list(events.broken_links(s)) == []
    assert len(rows) > len(CASES)
    for planted in (KIM, LEE, "example", "register", "Deposit", "입찰", "bid.pdf", "T-20"):
        assert planted not in written

"""A whole story with planted personal data: what the journal, the views and the logs tell of it."""

import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from crm import db, events
from crm.models import Event, Message
from tests.conftest import DeskClient, GuestClient

NAME, EMAIL, PHONE = "Kim Planted", "planted@person.example", "010-2345-6789"
CARD, RESIDENT, BUSINESS = "4111 1111 1111 1111", "850101-1234567", "123-45-67891"
WORDS = "my very own words"
NUMBERS = (CARD, RESIDENT, BUSINESS)
PLANTED = (
    NAME,
    "Planted",
    EMAIL,
    PHONE,
    *NUMBERS,
    WORDS,
    "well said",
    "a private note",
    "so sorry",
)


class Story:
    """From the first question to the survey, with something personal in everything."""

    def __init__(self, desk: DeskClient) -> None:
        self.desk = desk
        self.guest: GuestClient = desk.guest(name=NAME, email=EMAIL)
        told = f"{WORDS}, I am {NAME}, {PHONE}, card {CARD}, {RESIDENT}, {BUSINESS}"
        self.guest.say(told)
        self.guest.say(f"unknown {told}")
        self.guest.say(f"a person please, {told}")
        self.path = f"/api/v1/conversations/{self.guest.conversation_id}"
        upload = {"file": (f"{NAME} {RESIDENT}.txt", f"{WORDS} in a file".encode())}
        kept = desk.http.post("/api/v1/chat/files", files=upload, headers=self.guest.headers)
        self.guest.say(told, files=[kept.json()["file_id"]])
        desk.as_("counselor", "POST", f"{self.path}/accept")
        self.does("messages", client_id="1", text=f"well said, {NAME} {CARD}")
        self.does("messages", client_id="2", text=f"a private note {CARD}", audience="internal")
        self.does("transfer", queue="payment", note=f"a private note on {RESIDENT}")
        desk.as_("counselor", "POST", f"{self.path}/accept")
        ticket = {"subject": f"{NAME} {CARD}", "queue": "payment", "category": f"{NAME}'s"}
        ticket |= {"conversation": self.guest.conversation_id, "procurement_reference": CARD}
        assert desk.as_("counselor", "POST", "/api/v1/tickets", json=ticket).status_code == 201
        self.does("wrap", code="answered", note=f"a private note {RESIDENT}")
        survey = {"score": 5, "comment": f"so sorry {NAME}"}
        answer = desk.http.post("/api/v1/chat/survey", json=survey, headers=self.guest.headers)
        assert answer.status_code == 200

    def does(self, verb: str, **body: str) -> None:
        answer = self.desk.as_("counselor", "POST", f"{self.path}/{verb}", json=body)
        assert answer.status_code in {200, 201}, answer.text


def columns(row: object) -> dict:
    return {c.key: getattr(row, c.key) for c in row.__table__.columns}  # type: ignore[attr-defined]


def test_the_journal_of_a_whole_story_holds_nothing_personal(desk: DeskClient) -> None:
    story = Story(desk)
    with db.reading(desk.engine) as s:
        rows = s.scalars(select(Event)).all()
        written = json.dumps([columns(row) for row in rows], default=str, ensure_ascii=False)
        broken = list(events.broken_links(s))
    assert len(rows) > 20
    assert broken == []
    for planted in (*PLANTED, story.guest.token):
        assert planted not in written
    for digits in NUMBERS:
        assert "".join(c for c in digits if c.isdigit()) not in written


def test_the_record_itself_keeps_every_word(sqlite_desk: DeskClient) -> None:
    Story(sqlite_desk)
    with db.reading(sqlite_desk.engine) as s:
        said = " ".join(s.scalars(select(Message.text)))
    for planted in (WORDS, CARD, RESIDENT, "well said", "a private note"):
        assert planted in said


def test_personal_numbers_are_masked_in_every_view(desk: DeskClient) -> None:
    story = Story(desk)
    guest = story.guest
    with desk.http.websocket_connect(
        "/api/v1/chat/live", subprotocols=[f"bearer.{guest.token}"]
    ) as socket:
        page = desk.http.get("/api/v1/chat/events", headers=guest.headers)
        streamed = [socket.receive_text() for _ in page.json()["events"]]
    token = desk.people["counselor"].token
    with desk.http.websocket_connect("/live", subprotocols=[f"bearer.{token}"]) as socket:
        everything = desk.as_("supervisor", "GET", "/api/v1/events")
        mine = desk.as_("counselor", "GET", "/api/v1/events")
        streamed += [socket.receive_text() for _ in mine.json()["events"]]
    shown = {
        "conversation": desk.as_("supervisor", "GET", story.path).text,
        "conversations": desk.as_("supervisor", "GET", "/api/v1/conversations").text,
        "tickets": desk.as_("counselor", "GET", "/api/v1/tickets").text,
        "events": everything.text,
        "guest's events": page.text,
        "guest's conversation": desk.http.get(
            "/api/v1/chat/sessions/current", headers=guest.headers
        ).text,
        "streams": "".join(streamed),
    }
    for number in NUMBERS:
        assert [where for where, text in shown.items() if number in text] == []
    assert WORDS in shown["conversation"]
    assert PHONE in shown["conversation"]  # where to call is not hidden from who must call
    assert "•••" in shown["streams"]


def test_the_reply_never_echoes_a_personal_number(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest()
    said = [guest.say(f"a ticket about {number}")["replies"] for number in NUMBERS]
    assert not any(number in str(said) for number in NUMBERS)


@pytest.fixture
def every_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What anything in this process logs, down to its debugging; of SQLAlchemy every statement."""
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, "sqlalchemy"):
        yield caplog


def test_the_logs_of_a_whole_story_tell_nothing_anyone_said(
    desk: DeskClient, every_log: pytest.LogCaptureFixture
) -> None:
    story = Story(desk)
    crash = f"crash {WORDS} {CARD}"
    body = {"client_id": "boom", "text": crash}
    other = desk.guest(name=NAME)
    other.http.post("/api/v1/chat/messages?wait=30", json=body, headers=other.headers)
    logged = "\n".join(
        record.getMessage() + (record.exc_text or "") for record in every_log.records
    )
    assert "the bot failed on turn" in logged  # the log was on
    for planted in (*PLANTED, crash, story.guest.token, other.token):
        assert planted not in logged


def test_a_database_error_in_the_log_shows_no_words(
    desk: DeskClient, every_log: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Exception, match="messages") as error, db.transaction(desk.engine) as s:
        s.add(Message(conversation_id="nowhere", author_kind="nobody", text=WORDS, language="en"))
    assert WORDS not in str(error.value)
    assert WORDS not in every_log.text

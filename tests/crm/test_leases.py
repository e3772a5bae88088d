"""Leases and next tries where the clock is put back: nothing waits longer than it was to wait."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from crm import call_commands, clock, contacts, conversations, db, recordings, remote_files
from crm.db import Session
from crm.events import BOT
from crm.messages import Draft, say
from crm.models import Call, Conversation, Message, RemoteFile

NOON = datetime.fromisoformat("2026-11-24T12:00:00+00:00")


def ordered(s: Session, call: Call, message: Message) -> None:
    del message
    call_commands.order(s, call, "hold")


def recorded(s: Session, call: Call, message: Message) -> None:
    del message
    recordings.announced(s, call, provider_recording_id="r", kind="talk", seconds=3)


def promised(s: Session, call: Call, message: Message) -> None:
    del call
    remote_files.promise(s, message, channel="telegram", reference="f", name="offer.pdf")


def put_off(s: Session, row: RemoteFile) -> RemoteFile:
    remote_files.later(s, row, "away")
    return row


KINDS: dict[str, tuple[Any, Callable[[Session], Sequence[Any]], Callable[[Session, Any], Any]]] = {
    "an order to a provider": (ordered, call_commands.waiting, call_commands.claim),
    "a recording": (recorded, recordings.waiting, recordings.claim),
    "a file of a provider": (promised, remote_files.due, put_off),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_was_to_be_done_is_done_where_the_clock_is_put_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    hands = {"now": NOON}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])
    begin, waiting, take = KINDS[kind]
    with db.transaction(engine) as s:
        begin(s, *_call(s))
    hands["now"] -= timedelta(days=1)
    with db.transaction(engine) as s:
        [due] = waiting(s)
        assert take(s, due)  # and whoever took it dies
    with db.reading(engine) as s:
        assert waiting(s) == []
    hands["now"] -= timedelta(days=1)
    with db.transaction(engine) as s:
        [again] = waiting(s)
        assert take(s, again)


def _call(s: Session) -> tuple[Call, Message]:
    contact = contacts.meet(s, language="en", name=None, email=None)
    talk, _ = conversations.start(s, contact, channel="phone", language="en")
    return _ringing(s, talk), say(s, talk, Draft(BOT, "words", "en"))


def _ringing(s: Session, talk: Conversation) -> Call:
    call = Call(
        conversation_id=talk.id, provider="twilio", provider_call_id="c", direction="in",
        state="talking", started_at=clock.now(),
    )  # fmt: skip
    s.add(call)
    s.flush()
    return call

"""A message is said once, whoever repeats it."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from crm import contacts, conversations, db, messages
from crm.errors import Conflict
from crm.events import Actor
from crm.messages import Draft
from crm.models import Delivery, Message
from routing import inbound
from tests.conftest import settings_for


@pytest.fixture
def conversation_id(engine: Engine) -> str:
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        return conversations.start(s, contact, channel="web", language="en")[0].id


def count(engine: Engine) -> int:
    with db.reading(engine) as s:
        return s.scalar(select(func.count()).select_from(Message)) or 0


def say(engine: Engine, conversation_id: str, client_id: str, text: str) -> str:
    taken = inbound.from_chat(
        engine, settings_for(Path()), conversation_id, client_id=client_id, text=text, files=[]
    )
    return taken.message_id


def test_the_same_client_id_is_the_same_message(engine: Engine, conversation_id: str) -> None:
    first = say(engine, conversation_id, "a", "hello")
    assert say(engine, conversation_id, "a", "hello") == first
    assert count(engine) == 1


def test_a_client_id_cannot_stand_for_two_texts(engine: Engine, conversation_id: str) -> None:
    say(engine, conversation_id, "a", "hello")
    with pytest.raises(Conflict):
        say(engine, conversation_id, "a", "good bye")
    assert count(engine) == 1


def test_ten_at_once_with_one_client_id_make_one_message(
    engine: Engine, conversation_id: str
) -> None:
    ids: list[str] = []
    threads = [
        threading.Thread(target=lambda: ids.append(say(engine, conversation_id, "a", "hello")))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 10
    assert len(set(ids)) == 1
    assert count(engine) == 1


def test_the_database_itself_refuses_a_second_external_id(
    engine: Engine, conversation_id: str
) -> None:
    def write() -> None:
        with db.transaction(engine) as s:
            conversation = conversations.get(s, conversation_id)
            draft = Draft(Actor("contact"), "hi", "en", account="line", external_id="x1")
            messages.say(s, conversation, draft)

    write()
    with pytest.raises(IntegrityError):
        write()
    assert count(engine) == 1


def test_the_same_external_id_is_the_same_message(engine: Engine, conversation_id: str) -> None:
    ids = []
    for _ in range(2):
        with db.transaction(engine) as s:
            conversation = conversations.get(s, conversation_id)
            draft = Draft(Actor("contact"), "hi", "en", account="line", external_id="x1")
            ids.append(
                inbound.from_provider(s, settings_for(Path()), conversation, draft).message_id
            )
    assert ids[0] == ids[1]
    assert count(engine) == 1


def test_only_what_leaves_the_house_has_a_delivery(engine: Engine, conversation_id: str) -> None:
    with db.transaction(engine) as s:
        conversation = conversations.get(s, conversation_id)
        messages.say(s, conversation, Draft(Actor("contact"), "hi", "en"))
        messages.say(s, conversation, Draft(Actor("bot"), "hello", "en"))
        messages.say(s, conversation, Draft(Actor("bot"), "note", "en", audience="internal"))
    with db.reading(engine) as s:
        delivered = s.scalars(
            select(Message.text).join(Delivery).order_by(Message.created_at)
        ).all()
    assert delivered == ["hello"]

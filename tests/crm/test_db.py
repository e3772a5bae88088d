"""Rows written at once, and writers that wait for each other."""

import contextlib
import threading

from sqlalchemy import Engine, func, select

from crm import contacts, conversations, db, messages
from crm.db import new_id
from crm.events import BOT
from crm.messages import Draft
from crm.models import Conversation, Message


def talk(engine: Engine) -> str:
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        return conversations.start(s, contact, channel="web", language="en")[0].id


def test_a_row_written_at_once_has_its_number_its_defaults_and_follows_changes(
    engine: Engine,
) -> None:
    conversation = talk(engine)
    with db.transaction(engine) as s:
        said = Message(
            conversation_id=conversation,
            author_kind="bot",
            text="hello",
            language="en",
            created_at=s.get_one(Conversation, conversation).created_at,
        )
        db.write(s, said)
        assert (len(said.id), said.audience, said.citations) == (24, "public", [])
        assert s.get(Message, said.position) is said
        said.text = "changed"  # like any row of the session
    with db.reading(engine) as s:
        kept = s.scalars(select(Message).where(Message.id == said.id)).one()
        assert (kept.text, kept.position) == ("changed", said.position)


def test_a_row_changed_at_once_keeps_what_else_is_changed_of_it(engine: Engine) -> None:
    talked = talk(engine)
    with db.transaction(engine) as s:
        conversation = s.get_one(Conversation, talked)
        conversation.subject = "as the unit of work does"
        db.change(s, conversation, language="ko", bot_state={"bot": {"failed": 1}})
        assert (conversation.language, conversation.bot_state) == ("ko", {"bot": {"failed": 1}})
        said = s.execute(select(Conversation.language).where(Conversation.id == talked)).scalar()
        assert said == "ko"
    with db.reading(engine) as s:
        kept = s.get_one(Conversation, talked)
        assert (kept.language, kept.subject) == ("ko", "as the unit of work does")
        assert kept.bot_state == {"bot": {"failed": 1}}


def test_a_row_that_was_not_written_yet_is_written_before_it_is_changed(engine: Engine) -> None:
    talked = talk(engine)
    with db.transaction(engine) as s:
        old = s.get_one(Conversation, talked)
        new = Conversation(
            id=new_id(), channel="web", account="web", contact_id=old.contact_id, language="en",
            token_digest=new_id(), bot_state={}, created_at=old.created_at,
            last_message_at=old.created_at,
        )  # fmt: skip
        s.add(new)
        db.change(s, new, language="es")
    with db.reading(engine) as s:
        assert s.get_one(Conversation, new.id).language == "es"


def test_a_change_is_undone_with_its_transaction(engine: Engine) -> None:
    talked = talk(engine)
    with contextlib.suppress(RuntimeError), db.transaction(engine) as s:
        db.change(s, s.get_one(Conversation, talked), language="ko")
        raise RuntimeError
    with db.reading(engine) as s:
        assert s.get_one(Conversation, talked).language == "en"


def test_a_default_list_is_nobody_elses(engine: Engine) -> None:
    conversation = talk(engine)
    with db.transaction(engine) as s:
        held = conversations.hold(s, conversation)
        one, two = (messages.say(s, held, Draft(BOT, "x", "en")) for _ in range(2))
        one.citations.append("mine")
        assert two.citations == []
        assert one.id != two.id
        assert len(new_id()) == 24


def test_many_writers_all_come_to_write(engine: Engine) -> None:
    conversation = talk(engine)
    start = threading.Barrier(16)

    def write() -> None:
        start.wait()
        for _ in range(5):
            with db.transaction(engine) as s:
                messages.say(s, conversations.hold(s, conversation), Draft(BOT, "x", "en"))

    writers = [threading.Thread(target=write) for _ in range(16)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
    with db.reading(engine) as s:
        assert s.scalar(select(func.count()).select_from(Message)) == 80

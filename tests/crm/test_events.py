"""The journal: chained, ordered as committed, and mute about what people said."""

import threading

import pytest
from sqlalchemy import Engine, select, update

from crm import contacts, conversations, db, events, messages
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Event
from tests.conftest import sign_up_everyone


def emit(engine: Engine, kind: str) -> None:
    with db.transaction(engine) as s:
        events.emit(s, kind, SYSTEM, data={"n": 1}, content="words")


def chain(engine: Engine) -> list[int]:
    with db.reading(engine) as s:
        return list(events.broken_links(s))


def test_an_untouched_journal_has_no_broken_link(engine: Engine) -> None:
    for n in range(5):
        emit(engine, f"test.{n}")
    assert chain(engine) == []


def test_a_listener_hears_no_commit_of_nothing_but_kinds_that_it_leaves_out(
    engine: Engine,
) -> None:
    heard: list[str] = []
    stop = events.on_commit(lambda: heard.append("rang"), but=frozenset({"test.words", "test.x"}))
    emit(engine, "test.words")
    assert heard == []
    with db.transaction(engine) as s:
        events.emit(s, "test.words", SYSTEM)
        events.emit(s, "test.moved", SYSTEM)
    assert heard == ["rang"]
    stop()
    emit(engine, "test.moved")
    assert heard == ["rang"]


@pytest.mark.parametrize("change", [{"kind": "other"}, {"data": {"n": 2}}, {"digest": "0" * 64}])
def test_a_changed_event_breaks_the_chain_at_its_place(engine: Engine, change: dict) -> None:
    for n in range(3):
        emit(engine, f"test.{n}")
    with db.transaction(engine) as s:
        middle = s.scalars(select(Event).order_by(Event.id)).all()[1].id
        s.execute(update(Event).where(Event.id == middle).values(**change))
    assert chain(engine) == [middle]


def test_a_removed_event_breaks_the_chain_after_its_place(engine: Engine) -> None:
    for n in range(3):
        emit(engine, f"test.{n}")
    with db.transaction(engine) as s:
        first, middle, last = s.scalars(select(Event).order_by(Event.id))
        s.delete(middle)
    assert chain(engine) == [last.id]
    assert first.id < last.id


def emit_and_fail(engine: Engine) -> None:
    with db.transaction(engine) as s:
        events.emit(s, "test.never", SYSTEM)
        _ = 1 / 0


def test_a_verb_that_fails_leaves_no_event(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        emit_and_fail(engine)
    with db.transaction(engine) as s:
        events.emit(s, "test.after", SYSTEM)
    with db.reading(engine) as s:
        assert [e.kind for e in s.scalars(select(Event))] == ["test.after"]


def test_a_reader_that_polls_by_id_misses_nothing_written_concurrently(engine: Engine) -> None:
    seen: list[int] = []
    writers = [
        threading.Thread(target=lambda: [emit(engine, "test.race") for _ in range(10)])
        for _ in range(6)
    ]
    for writer in writers:
        writer.start()
    while any(w.is_alive() for w in writers) or len(seen) < 60:
        with db.reading(engine) as s:
            last = seen[-1] if seen else 0
            seen += s.scalars(select(Event.id).where(Event.id > last).order_by(Event.id))
        if not any(w.is_alive() for w in writers):
            with db.reading(engine) as s:
                everything = list(s.scalars(select(Event.id).order_by(Event.id)))
            assert set(seen) <= set(everything)
            if len(seen) == len(everything):
                break
    assert len(seen) == 60
    assert chain(engine) == []


def test_the_journal_holds_no_word_of_a_conversation(engine: Engine) -> None:
    planted = ("Kim Planted", "planted@person.example", "010-1234-5678", "my secret words")
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name=planted[0], email=planted[1])
        conversation, token = conversations.start(s, contact, channel="web", language="en")
        author = Actor("contact", contact.id)
        messages.say(s, conversation, Draft(author, f"{planted[3]} {planted[2]}", "en"))
    with db.reading(engine) as s:
        rows = s.scalars(select(Event).order_by(Event.id)).all()
        written = " ".join(str(vars(row)) for row in rows)
    assert len(rows) >= 3
    for words in (*planted, token):
        assert words not in written


def test_the_household_of_the_tests_has_a_whole_journal(engine: Engine) -> None:
    sign_up_everyone(engine)
    emit(engine, "test.after")
    assert chain(engine) == []

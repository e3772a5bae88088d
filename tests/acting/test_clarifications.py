"""A published answer reaches whoever asked and all who follow, once, each in their language."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from bot.procurement.port import Action, Party
from crm import actions, clarifications, clock, contacts, conversations, db, turns, watches
from crm.actions import Proposal
from crm.events import Actor as By
from crm.messages import Draft, say
from crm.models import Clarification, Conversation, Delivery, Event, Message
from routing import acted, clarifying, outbound
from routing.actions import Machine
from routing.acts import Acts
from routing.channels.simulator.channel import Simulator
from routing.tenders import crawl
from tests.procurement.cores import BUYER, SUPPLIER, Actor, Sandbox, sandbox, tender_values

KEY = b"k" * 40
QUESTION = "Do the chairs need armrests?"
FRAMES = {"en": "which you follow", "es": "que usted sigue", "ko": "관심 공고"}


@pytest.fixture
def here() -> Iterator[Sandbox]:
    with sandbox() as running:
        yield running


def publish(here: Sandbox) -> tuple[Actor, str]:
    buyer = Actor(here.core, BUYER)
    return buyer, buyer.act("publish_tender", **tender_values(here.core, currency="UAH")).object


def talk_of(s: db.Session, language: str = "en", channel: str = "web") -> Conversation:
    contact = contacts.meet(s, language=language, name=None, email=None)
    address = f"{secrets.token_hex(4)}@x.example" if channel != "web" else None
    return conversations.start(
        s, contact, channel=channel, language=language, account="main", address=address
    )[0]


def follow(engine: Engine, number: str, language: str = "en", channel: str = "web") -> str:
    with db.transaction(engine) as s:
        talk = talk_of(s, language, channel)
        watches.follow(s, talk, person=talk.contact_id, number=number, tender=None)
        return talk.id


def ask(engine: Engine, here: Sandbox, tender: str, number: str, language: str = "en") -> str:
    """Ask by the desk, as a person does who said yes; returns the talk."""
    with db.transaction(engine) as s:
        until = clock.now() + timedelta(days=1)
        who = (secrets.token_hex(6), "a@suppliers.example", "A Example")
        proof = contacts.Proven(*who, SUPPLIER.name, "supplier", until)
        contact = contacts.recognise_proven(s, proof, language=language)
        talk, _ = conversations.start(s, contact, channel="web", language=language)
        party = Party(SUPPLIER.name, person="A Example", email="a@suppliers.example")
        act = Action("question", party, tender, None, {"text": QUESTION, "title": "Armrests"})
        payload = {"action": act.to_json(), "files": []}
        asked = Proposal("question", payload, {"amount": None}, SUPPLIER.name, "supplier", tender,
                         number)  # fmt: skip
        actions.propose(s, talk, asked, key=f"act-{secrets.token_hex(8)}")
        turn = turns.owe(s, talk, say(s, talk, Draft(By("contact", contact.id), "yes", "en")))
        talk_id, turn_id = talk.id, turn.id
    acts = Acts(engine, here.core, KEY)
    outcome = Machine(engine, here.core, acts, acted.late_text).perform(talk_id, turn_id)
    assert outcome.state == "done"
    return talk_id


def told(engine: Engine, talk: str) -> list[str]:
    with db.reading(engine) as s:
        query = select(Message.text).where(
            Message.conversation_id == talk, Message.author_kind == "system"
        )
        return list(s.scalars(query.order_by(Message.position)))


def test_all_followers_and_the_asker_hear_the_answer_once_in_their_language(
    engine: Engine, here: Sandbox
) -> None:
    buyer, tender = publish(here)
    number = here.core.tender(tender).number
    crawl(engine, here.core, "core")
    followers = {language: follow(engine, number, language) for language in FRAMES}
    far = follow(engine, number, "es", channel="simulator")
    asker = ask(engine, here, tender, number, "ko")
    crawl(engine, here.core, "core")
    assert clarifying.tell_clarifications(engine) == 0  # nothing is answered yet
    question = here.core.tender(tender).questions[0].id
    buyer.act("answer_question", tender, question, answer="No armrests: see 3.1.")
    crawl(engine, here.core, "core")
    assert clarifying.tell_clarifications(engine) == 5
    crawl(engine, here.core, "core")
    assert clarifying.tell_clarifications(engine) == 0
    for language, talk in followers.items():
        [text] = told(engine, talk)
        assert FRAMES[language] in text
        assert QUESTION in text
        assert "No armrests: see 3.1." in text
        assert "SM-" not in text  # the desk's own sign is no part of the question
    assert "고객님의 질의" in told(engine, asker)[-1]
    provider = Simulator(b"k" * 40)
    while outbound.send_due(engine, {"simulator": provider}):
        pass
    with db.reading(engine) as s:
        [sent] = s.scalars(select(Delivery).where(Delivery.channel == "simulator")).all()
        assert sent.state == "sent"
    assert len(told(engine, far)) == 1
    with db.reading(engine) as s:
        kinds = [
            e.kind
            for e in s.scalars(select(Event).where(Event.kind.like("clarif%")).order_by(Event.id))
        ]
        assert kinds == ["clarifications.published", *["clarification.told"] * 5]
        assert "armrests" not in str([e.data for e in s.scalars(select(Event))])


def test_an_asker_who_follows_too_hears_it_once_and_a_stranger_nothing(
    engine: Engine, here: Sandbox
) -> None:
    buyer, tender = publish(here)
    number = here.core.tender(tender).number
    asker = ask(engine, here, tender, number)
    with db.transaction(engine) as s:
        talk = s.get_one(Conversation, asker)
        watches.follow(s, talk, person=talk.contact_id, number=number, tender=None)
        stranger = talk_of(s).id
    question = here.core.tender(tender).questions[0].id
    buyer.act("answer_question", tender, question, answer="No.")
    crawl(engine, here.core, "core")  # the first that the index hears of this tender
    assert clarifying.tell_clarifications(engine) == 1
    assert len(told(engine, asker)) == 1
    assert told(engine, stranger) == []


def test_a_changed_answer_is_told_again_and_what_nobody_follows_is_settled(
    engine: Engine, here: Sandbox
) -> None:
    buyer, tender = publish(here)
    number = here.core.tender(tender).number
    Actor(here.core, SUPPLIER).act("question", tender, text=QUESTION)
    question = here.core.tender(tender).questions[0].id
    buyer.act("answer_question", tender, question, answer="No.")
    crawl(engine, here.core, "core")
    assert clarifying.tell_clarifications(engine) == 0
    with db.reading(engine) as s:
        assert not clarifications.any_untold(s)
    late = follow(engine, number)
    assert clarifying.tell_clarifications(engine) == 0  # it was there to read before
    buyer.act("answer_question", tender, question, answer="Yes, two.")
    crawl(engine, here.core, "core")
    assert clarifying.tell_clarifications(engine) == 1
    [text] = told(engine, late)
    assert "has changed" in text
    assert "Yes, two." in text
    with db.reading(engine) as s:
        assert [c.edition for c in clarifications.of_tender(s, number)] == [2]


def test_a_worker_that_dies_between_two_followers_tells_nobody_twice(
    engine: Engine, here: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, tender = publish(here)
    number = here.core.tender(tender).number
    crawl(engine, here.core, "core")
    talks = [follow(engine, number) for _ in range(5)]
    Actor(here.core, SUPPLIER).act("question", tender, text=QUESTION)
    question = here.core.tender(tender).questions[0].id
    buyer.act("answer_question", tender, question, answer="No.")
    crawl(engine, here.core, "core")
    monkeypatch.setattr(clarifying, "AT_ONCE", 2)
    own, said = clarifying._say, 0

    def dies(*args: object) -> bool:
        nonlocal said
        said += 1
        if said == 4:
            raise RuntimeError
        return own(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(clarifying, "_say", dies)
    with pytest.raises(RuntimeError):
        clarifying.tell_clarifications(engine)
    monkeypatch.setattr(clarifying, "_say", own)
    clarifying.tell_clarifications(engine)
    assert [len(told(engine, talk)) for talk in talks] == [1] * 5
    with db.reading(engine) as s:
        assert all(c.told_at for c in s.scalars(select(Clarification)))

"""A question that may not be answered in private, from the counselor's desk to all followers.

Without the dialogue engine: a button, plain answers and the counselor's keys need none.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.phrases import catalogue
from bot.wording import Wording
from crm import db, watches
from crm.models import Conversation, Event, Message
from routing import clarifying
from routing.tenders import crawl
from tests.acting.talks import Person, Talks, talks_on
from tests.procurement.cores import BUYER, SUPPLIER, Actor, tender_values

NOBODY = "http://127.0.0.1:9"  # no engine is there
ASKED = {
    "en": "Which material do the seats of {number} need?",
    "es": "¿De qué material son los asientos de {number}?",
    "ko": "{number} 의자의 재질은 무엇인가요?",
}
YES = {"en": "yes", "es": "sí", "ko": "네"}


@pytest.fixture
def talks(engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(engine, tmp_path, NOBODY) as talks:
        yield talks


def with_a_counselor(talks: Talks, language: str, number: str) -> Person:
    words = Wording(catalogue(), language)
    supplier = talks.person("supplier", SUPPLIER.name, language)
    assert supplier.act(words("choice_counselor")) == "handoff"
    path = f"/api/v1/conversations/{supplier.guest.conversation_id}"
    assert talks.desk.as_("supervisor", "POST", f"{path}/accept").status_code == 200
    supplier.guest.say(ASKED[language].format(number=number))
    return supplier


@pytest.mark.parametrize("language", list(ASKED))
@pytest.mark.parametrize("by", ["button", "yes"])
def test_from_the_counselor_to_all_followers(talks: Talks, language: str, by: str) -> None:
    buyer, words = Actor(talks.core.core, BUYER), Wording(catalogue(), language)
    values = tender_values(talks.core.core, currency="UAH")
    tender = buyer.act("publish_tender", **values).object
    crawl(talks.desk.engine, talks.core.core, "core")
    number = talks.core.core.tender(tender).number
    supplier = with_a_counselor(talks, language, number)
    path = f"/api/v1/conversations/{supplier.guest.conversation_id}"

    def desk(verb: str, **body: object):
        return talks.desk.as_("supervisor", "POST", f"{path}/{verb}", json=body)

    told = desk("guard", text="The seat is 45 cm high.").json()
    assert told == {"held": True, "tender": number, "may_override": True}
    assert desk("guard", text="Good morning.").json()["held"] is False
    assert desk("messages", client_id="a", text="The seat is 45 cm high.").status_code == 409
    offered = desk("clarification")
    assert offered.status_code == 200, offered.text
    assert offered.json()["owner"]["kind"] == "bot"
    offer = offered.json()["messages"][-1]
    assert (offer["author"], offer["language"]) == ("bot", language)
    assert words("choice_clarify") in offer["choices"]
    assert desk("clarification").status_code == 403  # it is not theirs any more

    says = words("choice_clarify") if by == "button" else YES[language]
    assert supplier.act(says) == "action_preview"
    assert number in supplier.last["text"]
    assert supplier.act(YES[language]) == "action_done"
    [question] = talks.core.core.tender(tender).questions
    assert ASKED[language].format(number=number) in question.text

    follower_id = talks.anonymous("en").guest.conversation_id
    with db.transaction(talks.desk.engine) as s:
        follower = s.get_one(Conversation, follower_id)
        watches.follow(s, follower, person=follower.contact_id, number=number, tender=tender)
    buyer.act("answer_question", tender, question.id, answer="Oak, see 3.1.")
    crawl(talks.desk.engine, talks.core.core, "core")
    assert clarifying.tell_clarifications(talks.desk.engine) == 2
    with db.reading(talks.desk.engine) as s:
        for talk in (supplier.guest.conversation_id, follower_id):
            query = select(Message.text).where(Message.conversation_id == talk)
            assert any("Oak, see 3.1." in text for text in s.scalars(query))
        [event] = s.scalars(select(Event).where(Event.kind == "guard.offered")).all()
        assert event.actor_id == talks.desk.people["supervisor"].id

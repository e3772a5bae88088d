"""What people do besides: no proof, no right, wrong numbers, secrets, signatures, looks aside."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jwt
import pytest
from sqlalchemy import Engine, select

from bot.procurement.port import Wanted
from crm import calendars, clock, db
from crm.models import CallBack, Conversation, Event, Message
from tests.acting.talks import PORTAL_KEY, Person, Talks, talks_on
from tests.procurement.cores import BUYER as TOWN
from tests.procurement.cores import Actor, tender_values

pytestmark = pytest.mark.rasa


@pytest.fixture
def talks(rasa: Any, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(sqlite_engine, tmp_path, rasa.url) as talks:
        yield talks


@pytest.fixture
def signing(rasa: Any, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Talks]:
    with talks_on(sqlite_engine, tmp_path, rasa.url, signatures=True) as talks:
        yield talks


def put_up(talks: Talks) -> str:
    """A tender that is open for questions, as some other system put it up."""
    buyer = Actor(talks.core.core, TOWN)
    return buyer.act("publish_tender", **tender_values(talks.core.core)).number


def test_who_is_not_proven_is_asked_for_proof_and_nothing_is_done(talks: Talks) -> None:
    number = put_up(talks)
    nobody = talks.anonymous("en")
    assert nobody.act(f"I want to ask a clarification question on {number}") == "clarify"
    assert "portal" in nobody.last["text"]
    assert nobody.act(f"what is the status of tender {number}?") == "answer"  # questions need none
    assert nobody.actions() == []


@pytest.mark.parametrize(
    ("language", "asks"),
    [
        ("en", "how do I submit a bid?"),
        ("en", "can I withdraw my bid after the deadline?"),
        ("en", "how do I file a complaint against an award?"),
        ("es", "¿cómo presento una oferta?"),
        ("es", "¿puedo retirar mi oferta después del cierre?"),
        ("ko", "입찰서는 어떻게 제출하나요?"),
        ("ko", "투찰을 철회할 수 있나요?"),
    ],
)
def test_a_question_on_how_it_is_done_opens_no_act(talks: Talks, language: str, asks: str) -> None:
    supplier = talks.person("supplier", "Ficticia Ltd.", language)
    assert supplier.act(asks) in ("answer", "abstain", "clarify")
    assert supplier.actions() == []
    assert "UA-" not in supplier.last["text"]
    assert not supplier.last["text"].startswith(("Which tender", "¿De qué licitación", "어느 공고"))


def test_a_right_that_ran_out_is_refused_with_how_to_renew_it(talks: Talks) -> None:
    number = put_up(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en", lasts=2)
    assert supplier.act(f"I want to ask a question on tender {number}") == "clarify"
    _let_it_run_out(talks)
    assert supplier.act("Which fabric do the chairs need?") == "action_preview"
    assert supplier.act("yes") == "abstain"
    assert supplier.actions()[-1]["reason"] == "no_permission"
    assert supplier.act(f"I want to ask a question on tender {number}") == "abstain"
    assert "renew" in supplier.last["text"]


def _let_it_run_out(talks: Talks) -> None:
    del talks
    time.sleep(2.1)


def test_several_organisations_are_a_choice(talks: Talks) -> None:
    number = put_up(talks)
    talks.person("supplier", "Ficticia Ltd.", "en")
    # The same person of the portal with another organisation.
    both = _same_person(talks, "Segunda Ficticia S.A.")
    assert both.act(f"I want to ask a question on tender {number}: which fabric is needed?")
    assert both.last["act"] == "clarify"
    assert set(both.last["choices"]) == {"Ficticia Ltd.", "Segunda Ficticia S.A."}
    assert both.act("the second one") == "action_preview"
    assert "Segunda Ficticia S.A." in both.last["text"]


def _same_person(talks: Talks, organisation: str) -> Person:
    claims = {
        "aud": "sinmungo",
        "sub": "test-supplier-Ficticia Ltd.-1",
        "email": "supplier1@suppliers.example",
        "name": "Supplier Example", "role": "supplier", "organisation": organisation,
        "exp": clock.now() + timedelta(hours=1),
    }  # fmt: skip
    token = jwt.encode(claims, PORTAL_KEY, algorithm="HS256")
    return Person(talks.desk.guest(language="en", user_token=token), talks.desk)


@pytest.mark.parametrize(
    ("said", "number"),
    [("withdraw my bid on UA-2026-01-01-999999-a", "unknown"), ("follow UA-2026-1", "malformed")],
)
def test_a_wrong_number_is_said_and_asked_for_again(talks: Talks, said: str, number: str) -> None:
    del number
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    assert supplier.act(said) == "clarify"
    assert supplier.act("cancel") == "cancel"


def test_a_price_over_the_limit_is_refused_and_asked_for_again(talks: Talks) -> None:
    number = put_up(talks)
    talks.core.ahead(days=4)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    assert supplier.act(f"I want to bid 999,999 on tender {number}") == "clarify"
    assert "6,000 UAH" in supplier.last["text"]
    assert supplier.act("5,500") == "action_preview"


def test_a_sealed_bid_is_read_by_nobody_of_the_desk(talks: Talks) -> None:
    number = put_up(talks)
    talks.core.ahead(days=4)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    supplier.say(f"I want to bid 5,417 on tender {number}")
    assert supplier.act("yes") == "action_done"
    assert "5417" in str(supplier.actions()[-1]["details"])
    assert supplier.act("let me talk to a person") == "handoff"
    talk = supplier.guest.conversation_id
    for role in ("counselor", "senior", "supervisor", "admin", "auditor"):
        for path in (
            f"/api/v1/conversations/{talk}",
            f"/api/v1/actions?conversation={talk}",
            "/api/v1/conversations",
            "/api/v1/tickets",
            "/api/v1/events?after=0",
        ):
            answer = talks.desk.as_(role, "GET", path)
            assert answer.status_code == 200, (role, path)
            # The figure as a word: the same digits end now and then the microseconds of a time.
            assert not re.search(r"\b5,?417\b", answer.text), (role, path)
    with db.reading(talks.desk.engine) as s:
        looked = s.scalars(select(Event).where(Event.kind == "action.seen")).all()
        assert {e.actor_kind for e in looked} == {"contact", "counselor"}
        assert len([e for e in looked if e.actor_kind == "counselor"]) == 5
        assert any(m.sealed_until for m in s.scalars(select(Message)))


def test_a_bid_waits_for_its_signature_and_is_then_submitted(signing: Talks) -> None:
    number = _signed_tender(signing)
    signing.core.ahead(days=4)
    supplier = signing.person("supplier", "Ficticia Ltd.", "en")
    supplier.say(f"I want to bid 5,400 on tender {number}")
    assert supplier.act("yes") == "action_done"
    assert supplier.last["action"]["receipt"]["state"] == "awaiting_signature"
    assert "NOT submitted" in supplier.last["text"]
    assert supplier.act("submit my bid") == "clarify"
    file = supplier.send_file("proposal.p7s", b"\x30\x82 a signature of the person's own")
    assert supplier.act("", files=[file]) == "action_preview"
    assert supplier.act("yes") == "action_done"
    assert [(a["kind"], a["state"]) for a in supplier.actions()] == [
        ("bid", "done"),
        ("submit_bid", "done"),
    ]
    talk = supplier.guest.conversation_id
    for role in ("supervisor", "admin", "auditor"):  # the signed bid is a secret too
        path = f"/api/v1/conversations/{talk}/files/{file}"
        assert signing.desk.as_(role, "GET", path).status_code == 404


def _signed_tender(talks: Talks) -> str:
    buyer = Actor(talks.core.core, TOWN)
    return buyer.act("publish_tender", **tender_values(talks.core.core)).number


def test_what_an_open_tender_contains_becomes_a_clarification(talks: Talks) -> None:
    number = put_up(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    question = f"Which material and dimensions are required in tender {number}?"
    assert supplier.act(question) == "clarify"
    assert "Post it as a clarification question" in supplier.last["choices"]
    assert supplier.act("Post it as a clarification question") == "action_preview"
    assert supplier.act("yes") == "action_done"
    assert talks.core.core.tender(_id(talks, number)).questions[0].text.startswith(question)


def _id(talks: Talks, number: str) -> str:
    return talks.core.core.find_tenders(Wanted(number=number))[0].id


def test_a_call_back_needs_only_the_number_read_back(talks: Talks) -> None:
    caller = talks.anonymous("en")
    caller.say("please call me back")
    caller.say("about my unpaid invoice")
    caller.say("+82 2 1234 5678")
    assert caller.act("tomorrow at 10 am") == "action_preview"
    assert "1234" in caller.last["text"].replace(" ", "")
    assert caller.act("yes") == "action_done"
    [action] = caller.actions()
    assert (action["kind"], action["state"]) == ("callback", "done")
    assert action["receipt"]["number"].startswith("T-")
    with db.reading(talks.desk.engine) as s:
        promise = s.query(CallBack).one()
        talk = s.get_one(Conversation, promise.conversation_id)
        zone = calendars.of_queue(s, promise.queue).hours.zone
    assert (promise.state, promise.number) == ("waiting", "+82212345678")
    assert (talk.owner_kind, talk.status, talk.queue) == ("callback", "waiting", "payment")
    assert promise.due_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "10:00"
    assert talk.handoff["goal"] == "about my unpaid invoice"


def test_a_person_can_be_had_inside_an_act_and_the_proposal_is_off(talks: Talks) -> None:
    number = put_up(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", "ko")
    assert supplier.act(f"공고 {number} 관심 등록해 주세요") == "action_preview"
    assert supplier.act("상담원 바꿔주세요") == "handoff"
    assert [a["state"] for a in supplier.actions()] == ["cancelled"]


def test_what_the_core_cannot_do_for_this_tender_becomes_a_ticket(talks: Talks) -> None:
    number = put_up(talks)
    supplier = talks.person("supplier", "Ficticia Ltd.", "en")
    assert supplier.act(f"file a formal complaint about tender {number}") == "clarify"
    assert supplier.act("Unfair specification") == "clarify"
    assert supplier.act("The specification names one brand only") == "action_preview"
    assert "ticket" in supplier.last["text"]
    assert supplier.act("yes") == "action_done"
    [action] = supplier.actions()
    assert (action["kind"], action["state"]) == ("complaint", "done")
    tickets = talks.desk.as_("supervisor", "GET", "/api/v1/tickets").json()["items"]
    [ticket] = [t for t in tickets if t["number"] == action["receipt"]["number"]]
    assert (ticket["queue"], ticket["procurement_reference"]) == ("complaint", number)

"""The scripted bot keeps the port's promises, so other rooms may lean on it."""

from datetime import datetime
from typing import Any

import pytest

from bot.port import OpenTicket
from bot.scripted import ScriptedBot
from tests.bot.conftest import Talker, hand_off, known


@pytest.fixture
def talk(now: datetime) -> Talker:
    return Talker(ScriptedBot(known, now))


def test_it_answers_declines_and_hands_over(talk: Any) -> None:
    assert talk.act("hello") == "smalltalk"
    assert talk.act("how do I register?") == "answer"
    assert talk.act("who sings?") == "abstain"
    assert hand_off(talk.say("who dances?")).reason == "failed_turns"
    assert hand_off(talk.say("quiero hablar con una persona")).reason == "asked"


def test_it_opens_a_ticket_in_three_messages(talk: Any) -> None:
    assert talk.act("leave a ticket") == "clarify"
    assert talk.act("the invoice of October is open") == "clarify"
    assert talk.act("no idea") == "clarify"
    ticket = talk.say("a@b.co")[0]
    assert isinstance(ticket, OpenTicket)
    assert ticket.category == "payment"
    assert "{number}" in ticket.text
    assert ticket.facts == {"matter": "the invoice of October is open", "email": "a@b.co"}

"""What is likely a question is searched for while the engine thinks, and never twice."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.ahead import Guesses
from bot.memory import Memory
from bot.phrases import catalogue
from bot.port import outcome
from bot.rasa_http import Understood
from bot.turn import DeskBot
from knowledge.port import Finding, Query
from tests.bot.conftest import NOW, SaidEngine, Talker, known

SEARCH = Understood([{"step": "search"}], {}, "ask_question", 0.95)
GREET = Understood([{"step": "talk", "key": "greet"}], {}, "greet", 0.95)
ASK = {"step": "ask", "form": "ticket", "slot": "matter", "facts": {}}


class Counting:
    """`known`, with what was asked of it; `fails` times it breaks before."""

    def __init__(self, fails: int = 0) -> None:
        self.asked: list[str] = []
        self._fails = fails

    def __call__(self, query: Query) -> Finding:
        self.asked.append(query.text)
        if len(self.asked) <= self._fails:
            raise RuntimeError("the index is being swapped")
        return known(query)


class Thinking(SaidEngine):
    """Notes what had been searched for when its answer was there."""

    def __init__(self, search: Counting, answers: Sequence[Understood]) -> None:
        super().__init__(list(answers))
        self._search, self.found = search, -1

    def understand(self, *asked: Any, **more: Any) -> Understood:
        try:
            return super().understand(*asked, **more)
        finally:
            self.found = len(self._search.asked)


def talk(search: Counting, engine: SaidEngine, **more: Any) -> Talker:
    return Talker(DeskBot(search, engine, catalogue(), lambda: NOW, **more))


def test_a_question_is_searched_for_while_the_engine_thinks_and_once() -> None:
    search = Counting()
    engine = Thinking(search, [SEARCH])
    assert talk(search, engine).act("how do I register?") == "answer"
    assert engine.found == 1
    assert search.asked == ["how do I register?"]


@pytest.mark.parametrize(
    "said", ["hello", "gracias", "상담원 연결해 주세요", "UA-2026-11-20-000123-a"]
)
def test_what_shows_that_it_is_no_question_is_not_searched_for(said: str) -> None:
    search = Counting()
    talk(search, Thinking(search, [GREET])).say(said)
    assert search.asked == []


def test_what_may_be_a_question_is_guessed_at_one_at_a_time() -> None:
    guesses, memory = Guesses(), Memory()
    with (
        guesses.worth("certificate renewal fee", memory) as first,
        guesses.worth("fee for a late renewal", memory) as second,
        guesses.worth("what does a renewal cost?", memory) as asked,
    ):
        assert (first, second, asked) == (True, False, True)
    with guesses.worth("fee for a late renewal", memory) as later:
        assert later


def test_inside_a_form_nothing_is_searched_for_before_it_is_asked() -> None:
    search = Counting()
    asks = Understood([ASK], {"form": "ticket_form"}, "leave_ticket", 0.95)
    engine = Thinking(search, [asks, asks])
    talker = talk(search, engine)
    talker.say("something does not work")
    before = len(search.asked)
    talker.say("I cannot sign in since Monday")
    assert len(search.asked) == before


def test_a_search_that_fails_ahead_is_made_again_when_it_is_needed() -> None:
    search = Counting(fails=1)
    assert talk(search, Thinking(search, [SEARCH])).act("how do I register?") == "answer"


def test_a_search_that_fails_and_was_not_needed_hurts_nobody() -> None:
    search = Counting(fails=9)
    assert talk(search, Thinking(search, [GREET])).act("good evening to you all") == "smalltalk"


def test_a_search_that_asks_a_model_is_made_only_when_it_is_needed() -> None:
    search = Counting()
    engine = Thinking(search, [SEARCH])
    assert talk(search, engine, looks_ahead=False).act("how do I register?") == "answer"
    assert engine.found == 0


def test_without_the_engine_the_answer_is_the_same() -> None:
    search = Counting()
    engine = Thinking(search, [])
    engine.down = True
    said = outcome(talk(search, engine).say("how do I register?"))
    assert said is not None
    assert said.text == "You register in KONEPS."

"""The bot's decisions with an engine that says what it is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.acting.state import NEVER, Filling
from bot.memory import Memory
from bot.phrases import catalogue
from bot.port import Answer, AskBack, HandOff, Step, outcome
from bot.rasa_http import Understood
from bot.turn import DeskBot, _secret
from knowledge.port import Citation, Finding, Query
from tests.bot.conftest import NOW, SaidEngine, Talker, known

Handed = Callable[[Sequence[Step]], HandOff]


def meant(intent: str, *steps: dict[str, Any], sure: float = 0.95, **state: Any) -> Understood:
    return Understood(steps, state, intent, sure)


def search(sure: float = 0.95) -> Understood:
    return meant("ask_question", {"step": "search"}, sure=sure)


def test_a_known_question_is_answered_with_its_citation(talker: Any, engine: Any) -> None:
    engine.answers = [search()]
    said = outcome(talker.say("how do I register?"))
    assert said is not None
    assert said.act == "answer"
    assert said.citations[0].article == "how-to-register"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("¿Cómo puedo registrar mi empresa en el sistema?", "solo existe en inglés"),
        ("우리 회사를 시스템에 어떻게 등록하나요?", "영어로만"),
        ("How do I register my company in the system?", "You register in KONEPS."),
    ],
)
def test_an_article_of_another_language_is_said_to_be_one(
    talker: Any, engine: Any, asked: str, told: str
) -> None:
    def only_in_english(query: Query) -> Finding:
        return replace(known(query), language="en")

    talker.bot = DeskBot(only_in_english, engine, catalogue(), lambda: NOW)
    engine.answers = [search()]
    said = outcome(talker.say(asked))
    assert said is not None
    assert said.act == "answer"
    assert told in said.text
    assert said.text.endswith("You register in KONEPS.")
    assert ("\n\n" in said.text) == (told != said.text)


def test_an_unknown_question_is_declined_and_a_counselor_offered(talker: Any, engine: Any) -> None:
    engine.answers = [search()]
    said = outcome(talker.say("who sings this song?"))
    assert said is not None
    assert said.act == "abstain"
    assert "Talk to a counselor" in said.choices  # type: ignore[union-attr]
    assert talker.state["bot"]["offered"] is True


def test_two_failed_turns_in_a_row_hand_over(
    talker: Any, engine: Any, the_hand_off: Handed
) -> None:
    engine.answers = [search(), search(), search(), search()]
    assert talker.act("who sings this song?") == "abstain"
    assert talker.act("how do I register?") == "answer"
    assert talker.act("who painted this?") == "abstain"
    handed = the_hand_off(talker.say("and who sings?"))
    assert handed.reason == "failed_turns"
    assert talker.state["bot"]["failed"] == 0


def test_an_option_is_a_question_and_never_two_questions_back_in_a_row(
    talker: Any, engine: Any
) -> None:
    engine.answers = [search(), search()]
    asked = outcome(talker.say("tell me about the bond"))
    assert isinstance(asked, AskBack)
    assert talker.act(asked.choices[0]) == "abstain"
    assert len(engine.asked) == 1


@pytest.mark.parametrize("reason", ["asked", "complaint"])
def test_the_packet_holds_goal_queue_facts_and_deadline(
    talker: Any, engine: Any, the_hand_off: Handed, reason: str
) -> None:
    engine.answers = [search(), meant("ask_person", {"step": "handoff", "reason": reason})]
    talker.say("UA-2026-11-22-000008-a closes in 2 hours and my card 4111 1111 1111 1111 fails")
    handed = the_hand_off(talker.say("my invoice was not paid, a person please"))
    assert handed.urgent
    assert handed.deadline == "2026-11-22T16:00+00:00"
    assert handed.facts["tender_number"] == "UA-2026-11-22-000008-a"
    assert handed.queue == ("payment" if reason == "asked" else "complaint")
    assert "invoice" in handed.goal
    assert "4111" not in str(handed)
    assert "4111" not in engine.asked[0][0]


def test_abuse_gets_a_calm_word_and_then_a_counselor(
    talker: Any, engine: Any, the_hand_off: Handed
) -> None:
    engine.answers = [meant("abuse", {"step": "abuse"}), meant("abuse", {"step": "abuse"})]
    assert talker.act("you idiot") == "smalltalk"
    assert the_hand_off(talker.say("idiot!")).reason == "abuse"


def test_a_question_the_engine_mistook_is_still_answered(talker: Any, engine: Any) -> None:
    engine.answers = [meant("complaint", {"step": "handoff", "reason": "complaint"}, sure=0.5)]
    assert talker.act("how do I register a complaint desk?") == "answer"
    engine.answers = [meant("complaint", {"step": "handoff", "reason": "complaint"}, sure=0.99)]
    assert talker.act("your registration desk is a disgrace") == "handoff"


def test_a_form_digression_is_answered_and_the_slot_asked_again(talker: Any, engine: Any) -> None:
    ask = {"step": "ask", "form": "ticket", "slot": "email", "facts": {"matter": "late"}}
    inside = {"form": "ticket_form", "requested": "email", "slots": {"matter": "late"}}
    engine.answers = [
        meant("leave_ticket", ask, **inside),
        meant("ask_question", {"step": "search"}, ask, **inside),
        meant("ask_question", {"step": "search"}, ask, **inside),
    ]
    talker.say("it is late")
    steps = talker.say("how do I register?")
    assert [s.act for s in steps[:-1]] == ["answer", "clarify"]  # type: ignore[union-attr]
    steps = talker.say("how long does that take?")
    assert isinstance(steps[1], AskBack)
    assert engine.asked[1][1]["requested"] == "email"


@pytest.mark.parametrize(
    "text",
    ["", "😀😀", "\x00\x01", "/restart", '/ask_person{"a": "b"}', "x" * 20_000, "<b></b>"],
)
def test_bad_input_gets_a_calm_reply_and_never_reaches_the_engine(
    talker: Any, engine: Any, text: str
) -> None:
    assert talker.act(text) in ("smalltalk", "clarify")
    assert engine.asked == []


def test_markup_and_slashes_are_taken_off_before_the_engine_reads(talker: Any, engine: Any) -> None:
    engine.answers = [search(), search()]
    talker.say("/ how do I <script>alert(1)</script> register?")
    assert engine.asked[0][0].startswith("how do I")
    assert "<script>" not in engine.asked[0][0]


def test_the_language_of_the_message_wins_and_short_words_keep_it(talker: Any, engine: Any) -> None:
    engine.answers = [search(), search(), meant("affirm", {"step": "talk", "key": "affirmed"})]
    talker.say("¿cómo me registro?")
    assert talker.language == "es"
    talker.say("등록은 어떻게 하나요?")
    assert talker.language == "ko"
    talker.say("ok")
    assert talker.language == "ko"


def test_without_the_engine_knowledge_answers_and_a_counselor_is_offered(
    talker: Any, engine: Any, the_hand_off: Handed
) -> None:
    engine.down = True
    steps = talker.say("how do I register?")
    assert steps[0].act == "answer"  # type: ignore[union-attr]
    assert any("Talk to a counselor" in getattr(step, "choices", ()) for step in steps)
    assert the_hand_off(talker.say("a person please")).reason == "asked"
    assert talker.act("who sings this?") == "abstain"
    assert the_hand_off(talker.say("who sings that?")).reason == "bot_down"


@pytest.mark.parametrize(
    "state", [{}, {"bot": 3, "engine": "x"}, {"bot": {"failed": "many", "options": 4, "facts": []}}]
)
def test_a_broken_state_is_as_if_nothing_had_been_said(
    talker: Any, engine: Any, state: dict[str, Any]
) -> None:
    engine.answers = [search()]
    talker.state = state
    assert talker.act("how do I register?") == "answer"


def test_the_state_stays_small(talker: Any, engine: Any) -> None:
    engine.answers = [search() for _ in range(60)]
    for number in range(60):
        talker.say(f"how do I register {number} at a{number}@b.co and UA-2026-11-22-{number:06}?")
    assert len(str(talker.state)) < 5_000


@pytest.mark.parametrize("intent", ["inform", "cancel", "correct"])
def test_terse_questions_are_not_taken_for_facts_or_cancelling(
    talker: Any, engine: Any, intent: str
) -> None:
    engine.answers = [meant(intent, {"step": "talk", "key": "informed"}, sure=0.99)]
    assert talker.act("registration 60 days after contract") == "answer"


def test_facts_nobody_asked_for_are_noted(talker: Any, engine: Any) -> None:
    said = meant("inform", {"step": "talk", "key": "informed"})
    engine.answers = [Understood(said.steps, {}, "inform", 0.9, [("email", "a@b.co")])]
    assert talker.act("my e-mail is a@b.co") == "smalltalk"
    assert talker.state["bot"]["facts"]["email"] == "a@b.co"


def test_a_choice_is_taken_at_its_word(talker: Any, engine: Any) -> None:
    ask = {"step": "ask", "form": "ticket", "slot": "matter", "facts": {}}
    engine.answers = [meant("leave_ticket", ask, sure=0.3, form="ticket_form")]
    assert talker.act("Leave a ticket") == "clarify"


VAGUE = ("How do I register in KONEPS?", "How do I register in CompraNet?")


def vague(query: Query) -> Finding:
    """Asked in few words it could mean two things; each of their questions has an answer."""
    cited = (Citation("a", "Registration", 1, "/a", "You register online."),)
    if query.text in VAGUE:
        return Finding("answer", f"That is how: {query.text}", query.language, cited)
    if query.text == "two words":
        return Finding("answer", "You register online.", query.language, cited, VAGUE)
    return Finding("ask", "You register online.", query.language, cited, VAGUE)


def vague_talk(engine: SaidEngine) -> Talker:
    engine.answers = [Understood([{"step": "search"}], {}, "ask_question", 0.9) for _ in range(4)]
    return Talker(DeskBot(vague, engine, catalogue(), lambda: NOW))


def test_an_option_picked_leads_to_its_answer(engine: SaidEngine) -> None:
    talk = vague_talk(engine)
    asked = outcome(talk.say("register"))
    assert isinstance(asked, AskBack)
    assert tuple(asked.choices) == VAGUE
    told = outcome(talk.say(VAGUE[1]))
    assert isinstance(told, Answer)
    assert VAGUE[1] in told.text


def test_nobody_is_asked_back_twice_in_a_row(engine: SaidEngine) -> None:
    talk = vague_talk(engine)
    assert talk.act("register") == "clarify"
    told = outcome(talk.say("register please"))
    assert isinstance(told, Answer)
    assert told.text == "You register online."
    assert talk.act("register") == "clarify"  # after an answer it may ask again


def test_what_else_may_have_been_meant_stands_beside_an_answer(engine: SaidEngine) -> None:
    talk = vague_talk(engine)
    told = outcome(talk.say("two words"))
    assert isinstance(told, Answer)
    assert tuple(told.choices) == VAGUE
    assert talk.act(VAGUE[0]) == "answer"
    assert len(engine.asked) == 1  # the pick needed no engine


def test_what_is_sealed_for_nobody_knows_how_long_is_not_opened_with_something_else() -> None:
    opens = datetime(2026, 12, 1, tzinfo=UTC)
    bidding = Filling("bid", tender="1", opens=opens.isoformat())
    unnamed = Memory(act=Filling("bid").to_json())
    named = Memory(act=bidding.to_json())
    aside = Answer("your other bid: 5,400 UAH", (), sealed_until=NEVER)
    assert _secret(named, named, [aside]) == NEVER
    assert _secret(unnamed, unnamed, []) == NEVER
    assert _secret(unnamed, named, []) == opens  # its tender was named with these words
    assert _secret(named, Memory(), []) == opens
    assert _secret(Memory(), Memory(), [Answer("done", ())]) is None

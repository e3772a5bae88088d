"""The form checks alone: a tracker's JSON in, events and steps out."""

from typing import Any

import pytest

from bot.rasa.checks import check
from bot.spotting import spot


def tracker(
    requested: str, text: str, intent: str, sure: float = 0.9, **slots: Any
) -> dict[str, Any]:
    entities = [{"entity": found.kind, "value": found.value} for found in spot(text)]
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": sure},
        "entities": entities,
    }
    return {"slots": {"requested_slot": requested, **slots}, "latest_message": message}


def filled(answer: dict[str, Any]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in answer["events"]}


@pytest.mark.parametrize(
    ("requested", "text", "intent"),
    [
        ("problem_what", "how long does that take?", "ask_question"),
        ("problem_what", "¿cuánto tarda?", "ask_question"),
        ("matter", "그거 얼마나 걸리나요", "ask_question"),
        ("email", "why do you need my e-mail?", "ask_question"),
        ("phone", "are you a bot", "bot_challenge"),
        ("confirmed", "what happens after that", "ask_question"),
        ("callback_time", "let me talk to a person", "ask_person"),
        ("email", "never mind, cancel", "cancel"),
        ("matter", "this is a disgrace", "complaint"),
    ],
)
def test_what_is_no_answer_is_left_to_the_rules(requested: str, text: str, intent: str) -> None:
    answer = check("problem_form", tracker(requested, text, intent))
    assert answer == {"events": [], "responses": []}


@pytest.mark.parametrize(
    ("form", "requested", "text", "intent", "value"),
    [
        ("problem_form", "problem_what", "the upload page freezes", "report_problem", None),
        ("problem_form", "problem_what", "I could not submit, please help", "ask_question", None),
        ("problem_form", "email", "it is a.b@c.co", "inform", "a.b@c.co"),
        ("callback_form", "phone", "010 1234 5678이요", "inform", "01012345678"),
        ("callback_form", "callback_time", "mañana a las 10", "inform", None),
        ("callback_form", "callback_time", "아무 때나요", "nlu_fallback", None),
        ("ticket_form", "matter", "we were fined for delay", "nlu_fallback", None),
        ("ticket_form", "confirmed", "yes", "affirm", "yes"),
    ],
)
def test_an_answer_fills_its_slot(
    form: str, requested: str, text: str, intent: str, value: str | None
) -> None:
    assert filled(check(form, tracker(requested, text, intent)))[requested] == (value or text)


def test_an_unusable_value_is_explained_and_counted() -> None:
    first = check("problem_form", tracker("email", "none of your business", "deny"))
    assert filled(first) == {"email": None, "tries": 1}
    second = check("problem_form", tracker("email", "what@", "inform", tries=1))
    assert second["responses"] == [{"custom": {"step": "invalid", "slot": "email", "tries": 2}}]


def test_a_correction_changes_the_filled_slot_and_no_other() -> None:
    said = tracker("confirmed", "no, the e-mail is new@b.co", "correct", email="old@b.co")
    answer = check("ticket_form", said)
    assert filled(answer) == {"email": "new@b.co", "tries": None}
    assert answer["responses"][0]["custom"]["step"] == "corrected"


def test_what_is_volunteered_is_not_asked_again() -> None:
    said = tracker("problem_what", "the page fails, write to a@b.co", "report_problem")
    assert filled(check("problem_form", said))["email"] == "a@b.co"


def test_what_the_opening_wish_says_already_is_not_asked_again() -> None:
    said = tracker("", "call me back at +82 2 555 0100 tomorrow at 10:00", "request_callback")
    said["slots"]["requested_slot"] = None
    given = filled(check("callback_form", said))
    assert given == {"phone": "+8225550100", "callback_time": "tomorrow at 10:00"}
    assert check("act_form", said) == {"events": [], "responses": []}
    said["slots"] |= given  # what is known is left as it is
    assert filled(check("callback_form", said)) == {}


def test_no_at_the_summary_asks_what_to_change_and_sends_nothing() -> None:
    answer = check("ticket_form", tracker("confirmed", "no", "deny", email="a@b.co"))
    assert filled(answer)["confirmed"] is None
    assert answer["responses"] == [{"custom": {"step": "change"}}]


def test_a_weak_guess_takes_no_words_away_from_a_description() -> None:
    said = tracker("problem_what", "the person icon is missing", "ask_person", 0.4)
    assert filled(check("problem_form", said))["problem_what"] == "the person icon is missing"

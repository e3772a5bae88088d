"""How many deadlines and grievances are noticed, on sentences written apart (`held_out.toml`)."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.rasa_http import RasaClient
from bot.urgency import deadline_in
from knowledge.port import LANGUAGES, Language

HELD_OUT = tomllib.loads((Path(__file__).parent / "held_out.toml").read_text(encoding="utf-8"))
URGENT = 0.9  # share of deadlines within 24 hours that are noticed, per language
CALM = 0.8  # share of the rest that is left alone
COMPLAINT = 0.75  # share of grievances that go to a counselor as such, per language
# Share of foreign wishes that begin nothing: the articles are asked, and decline them.
FAR, NEAR = 0.99, 0.6
# Steps that look words up, give them to a person, or only talk.
BEGINS_NOTHING = {"search", "unknown", "handoff", "talk"}


def _share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def _urgent(text: str, now: datetime) -> bool:
    deadline = deadline_in(text, now)
    return deadline is not None and deadline.urgent(now)


@pytest.mark.parametrize("language", LANGUAGES)
def test_close_deadlines_are_noticed(language: Language, now: datetime) -> None:
    missed = [text for text in HELD_OUT["urgent"][language] if not _urgent(text, now)]
    assert 1 - len(missed) / len(HELD_OUT["urgent"][language]) >= URGENT, missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_else_is_taken_for_one(language: Language, now: datetime) -> None:
    taken = [text for text in HELD_OUT["calm"][language] if _urgent(text, now)]
    assert 1 - len(taken) / len(HELD_OUT["calm"][language]) >= CALM, taken


@pytest.mark.rasa
@pytest.mark.parametrize("language", LANGUAGES)
def test_grievances_are_complaints_and_questions_on_them_are_not(
    rasa: Any, language: Language
) -> None:
    client = RasaClient(rasa.url, timeout=60)
    meant = {
        text: client.understand("held-out", text, language, {}).intent
        for text in HELD_OUT["complaint"][language] + HELD_OUT["no_complaint"][language]
    }
    client.close()
    heard = [meant[text] == "complaint" for text in HELD_OUT["complaint"][language]]
    asked = [meant[text] != "complaint" for text in HELD_OUT["no_complaint"][language]]
    assert _share(heard) >= COMPLAINT, meant
    assert _share(asked) >= COMPLAINT, meant


@pytest.mark.rasa
@pytest.mark.parametrize(("distance", "floor"), [("far", FAR), ("near", NEAR)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_wishes_that_the_desk_does_not_know_begin_no_act(
    rasa: Any, language: Language, distance: str, floor: float
) -> None:
    client = RasaClient(rasa.url, timeout=60)
    steps = {
        text: str(client.understand("foreign", text, language, {}).steps[0]["step"])
        for text in HELD_OUT[distance][language]
    }
    client.close()
    assert _share([step in BEGINS_NOTHING for step in steps.values()]) >= floor, steps

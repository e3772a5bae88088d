"""Floors of understanding on utterances that were written apart and never trained on."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.rasa_http import RasaClient
from tests.bot.conftest import ROOT

pytestmark = pytest.mark.rasa

FLOOR = 0.85  # share of held-out utterances with the right intent, per language
# Questions must reach the knowledge base, and wishes for a person a counselor.
TO_KNOWLEDGE = {"search", "unknown"}


def held_out(language: str) -> list[tuple[str, str]]:
    file = Path(ROOT / f"bot/rasa/tests/nlu/{language}.yml")
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    return [(g["intent"], line[2:]) for g in groups for line in g["examples"].splitlines()]


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_held_out_utterances_are_understood(rasa: Any, language: str) -> None:
    client = RasaClient(rasa.url, timeout=60)
    said = held_out(language)
    meant = [client.understand("nlu", text, language, {}) for _, text in said]
    right = Counter(intent == one.intent for (intent, _), one in zip(said, meant, strict=True))
    persons = [one for (i, _), one in zip(said, meant, strict=True) if i == "ask_person"]
    share = right[True] / len(said)
    assert share >= FLOOR, f"{share:.3f} of {len(said)} held-out utterances in {language}"
    assert all(one.steps[0]["step"] == "handoff" for one in persons)
    client.close()


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_questions_go_to_knowledge(rasa: Any, language: str) -> None:
    client = RasaClient(rasa.url, timeout=60)
    questions = [text for intent, text in held_out(language) if intent == "ask_question"]
    meant = [client.understand("nlu", text, language, {}) for text in questions]
    searched = [one for one in meant if one.steps[0]["step"] in TO_KNOWLEDGE]
    assert len(searched) >= 0.85 * len(questions)
    client.close()


def test_training_and_held_out_utterances_are_apart() -> None:
    trained = {
        line.strip().removeprefix("- ").lower()
        for file in (ROOT / "bot/rasa/data").rglob("*.yml")
        for line in file.read_text(encoding="utf-8").splitlines()
    }
    shared = [t for lang in ("en", "es", "ko") for _, t in held_out(lang) if t.lower() in trained]
    assert shared == []


# What a person would take amiss, or what would send them away, said of a word for shoes.
AMISS = {"abuse", "complaint", "bye", "greet", "thanks", "cancel", "ask_person"}


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_goods_alone_are_taken_amiss_by_few_and_insults_are_heard(rasa: Any, language: str) -> None:
    words = yaml.safe_load((ROOT / "bot/rasa/tests/words.yml").read_text(encoding="utf-8"))
    goods, insults = words["goods"][language], words["insults"][language]
    client = RasaClient(rasa.url, timeout=60)
    amiss = [w for w in goods if client.understand("nlu", w, language, {}).intent in AMISS]
    heard = [w for w in insults if client.understand("nlu", w, language, {}).intent == "abuse"]
    client.close()
    assert len(amiss) <= 0.15 * len(goods), amiss
    assert len(heard) >= 0.8 * len(insults), set(insults) - set(heard)

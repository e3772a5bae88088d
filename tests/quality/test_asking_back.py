"""Questions that mean too little (`underspecified.jsonl`, by the author of the rule): most are
asked back, every option leads to its answer, and complete questions are not asked back."""

import json
from pathlib import Path

import pytest

from knowledge import asking, calibrate
from knowledge.port import LANGUAGES, Language, Query
from knowledge.search import Library
from tests.quality.conftest import AS_OF

pytestmark = pytest.mark.quality

ASKED_BACK = 0.5  # share of the underspecified, per language
SET = Path(__file__).with_name("underspecified.jsonl")
QUESTIONS = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]


def find(library: Library, text: str, language: Language):
    return library.find(Query(text, language, AS_OF))


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_underspecified_questions_are_asked_back(library: Library, language: Language) -> None:
    ours = [one["question"] for one in QUESTIONS if one["language"] == language]
    verdicts = {text: find(library, text, language).verdict for text in ours}
    asked = sum(verdict == "ask" for verdict in verdicts.values())
    assert asked >= ASKED_BACK * len(ours), verdicts


def test_every_option_leads_to_its_answer(library: Library) -> None:
    for one in QUESTIONS:
        found = find(library, one["question"], one["language"])
        assert len(found.options) in {0, *range(asking.FEWEST, asking.MOST + 1)}
        for option in found.options:
            answer = find(library, option, one["language"])
            assert answer.verdict == "answer", option
            assert answer.options == ()
            assert len(answer.citations) == 1
            assert option.endswith(_heading(library, one["language"], option))


def test_complete_questions_are_not_asked_back(library: Library) -> None:
    questions = calibrate.read_questions(Path(__file__).parent)
    asked = [one["id"] for one in questions if _is_asked_back(library, one)]
    assert len(asked) <= 0.01 * len(questions), asked


def _is_asked_back(library: Library, one: dict) -> bool:
    return find(library, one["question"], one["language"]).verdict == "ask"


def _heading(library: Library, language: Language, option: str) -> str:
    named = library._shelf.tongues[language].named(option, AS_OF)
    assert named is not None
    return named.heading

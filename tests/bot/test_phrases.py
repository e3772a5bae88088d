import re

import pytest

from bot.phrases import catalogue
from knowledge.port import LANGUAGES, Language

FIELD = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_and_fields(language: Language) -> None:
    phrases = catalogue()
    assert phrases.keys(language) == phrases.keys("en")
    for key in phrases.keys("en"):
        fields = sorted(FIELD.findall(phrases("en", key)))
        assert sorted(FIELD.findall(phrases(language, key))) == fields, key
        assert phrases(language, key).strip(), key


def test_choices_of_a_language_are_all_different() -> None:
    for language in LANGUAGES:
        choices = [key for key in catalogue().keys(language) if key.startswith("choice_")]
        assert len({catalogue()(language, key) for key in choices}) == len(choices)

"""Slips in words that only carry grammar are put right; what the base knows is left alone."""

import pytest

from knowledge.function_words import FunctionWords
from knowledge.port import Language


@pytest.mark.parametrize(
    ("language", "written", "meant"),
    [
        ("en", "wich mark and how mutch?", "which mark and how much?"),
        ("en", "waht is teh bond", "what is the bond"),
        ("en", "Wat do u need", "what do you need"),
        ("en", "form of the loan", "form of the loan"),
        ("en", "how many weeks in KONEPS", "how many weeks in KONEPS"),
        ("es", "q firma y kien paga", "que firma y quien paga"),
        ("es", "cuanots dias aser tramites", "cuantos dias hacer tramites"),
        ("es", "cada año", "cada año"),
    ],
)
def test_slips_of_function_words_are_mended(language: Language, written: str, meant: str) -> None:
    words = FunctionWords(language, {"form", "mark", "loan"}.__contains__)
    assert words.mend(written) == meant


def test_a_word_of_the_base_is_never_taken_for_a_slip() -> None:
    assert FunctionWords("en", {"teh"}.__contains__).mend("teh") == "teh"

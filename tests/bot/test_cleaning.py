import pytest

from bot.cleaning import LONGEST, cleaned, is_bare_command, is_command, says_something


@pytest.mark.parametrize(
    "text",
    ["/restart", " //restart", '/inform{"email": "a@b.co"}', "EXTERNAL: restart", "\u200b/restart"],
)
def test_no_command_survives_cleaning(text: str) -> None:
    assert not is_command(cleaned(text))
    assert not cleaned(text).startswith("/")


@pytest.mark.parametrize("text", ["/restart", '/intent{"a": "b"}', "/", "EXTERNAL: restart"])
def test_a_bare_command_is_told_from_a_question_behind_a_slash(text: str) -> None:
    assert is_bare_command(text)
    assert not is_bare_command("/ how do I register?")
    assert not is_bare_command("how do I register and/or pay?")


def test_markup_control_characters_and_length_are_gone() -> None:
    assert cleaned("<b>how</b>\x00 do \u202eI\x1b register?") == "how do I register?"
    assert len(cleaned("a" * 50_000)) == LONGEST
    assert cleaned("3 < 5 and 7 > 6") == "3 < 5 and 7 > 6" or "<" not in cleaned("3 < 5 and 7 > 6")


@pytest.mark.parametrize("text", ["", "   ", "😀🎉", "?!…", "\x00\x01", "<p></p>"])
def test_nothing_is_said_without_letters_or_digits(text: str) -> None:
    assert not says_something(cleaned(text))

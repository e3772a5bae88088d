"""A person's text made fit for the bot: no control characters, no commands, a bounded length."""

import re
import unicodedata

LONGEST = 2000  # characters the bot reads; the record keeps the whole message

# Rasa reads a leading slash or this word as a command of its own.
_COMMAND = re.compile(r"^(?:\s|/|EXTERNAL\s*:)+", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,400}>")
_BREAKS = "\n\t\r"


def cleaned(text: str) -> str:
    """The text without invisible characters, markup and command marks; may be empty."""
    composed = unicodedata.normalize("NFC", text[: LONGEST * 4])
    visible = "".join(c if _visible(c) else " " for c in composed)
    plain = _COMMAND.sub("", _TAG.sub(" ", visible))
    return re.sub(r"\s+", " ", plain).strip()[:LONGEST].strip()


def by_line(text: str) -> str:
    """The text cleaned line by line, for what is told in a line each."""
    lines = (cleaned(line) for line in text[: LONGEST * 4].splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST]


def is_command(text: str) -> bool:
    """Whether Rasa would take the text for a command; such a text is never sent to it."""
    return re.match(r"\s*(?:/|EXTERNAL\s*:)", text, re.IGNORECASE) is not None


def is_bare_command(text: str) -> bool:
    """A command and nothing else, such as `/restart` or `/intent{...}`: no question stands in it.

    Words behind a stray slash are a message like any other and are read without the slash.
    """
    form = r"\s*(?:/|EXTERNAL\s*:)[\s/]*[\w.-]*\s*(?:[{\[].*)?"
    return re.fullmatch(form, text, re.IGNORECASE | re.DOTALL) is not None


def says_something(text: str) -> bool:
    """Whether any letter or digit is left: emoji and punctuation alone say nothing to answer."""
    return any(c.isalnum() for c in text)


def _visible(character: str) -> bool:
    return character in _BREAKS or unicodedata.category(character) not in (
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Cn",
    )

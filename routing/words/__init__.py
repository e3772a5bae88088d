"""What the desk itself says to a contact, in each of its languages."""

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


def say(language: str, key: str, **values: object) -> str:
    """The sentence for `key`, with its fields filled in."""
    return _catalogue(language)[key].format(**values)


def queue(language: str, name: str) -> str:
    """What a contact calls a queue; one that is no more has its name alone."""
    return _catalogue(language).get(f"queue_{name}", name)


@cache
def _catalogue(language: str) -> dict[str, str]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text())

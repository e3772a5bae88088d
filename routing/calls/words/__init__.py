"""What is said on the phone, in each language."""

import tomllib
from functools import cache
from pathlib import Path

from knowledge.port import Language

FOLDER = Path(__file__).parent


def say(language: Language, key: str, **values: object) -> str:
    """The sentence for `key`, with its fields filled in."""
    return str(catalogue(language)["say"][key]).format(**values)


def topic(language: Language, queue: str) -> str:
    return str(catalogue(language)["topics"].get(queue, queue))


@cache
def catalogue(language: Language) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))

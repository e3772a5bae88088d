"""All words of the bot, two TOML files a language (talk and acts), the same keys in each."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from knowledge.port import LANGUAGES, Language


class Phrases:
    """`phrases("ko", "greet")`; `{name}` fields are filled from keywords, others stay."""

    def __init__(self, words: Mapping[Language, Mapping[str, str]]) -> None:
        self._words = words

    def __call__(self, language: Language, key: str, **fields: str) -> str:
        text = self._words[language][key]
        for name, value in fields.items():
            text = text.replace("{" + name + "}", value)
        return text

    def keys(self, language: Language) -> frozenset[str]:
        return frozenset(self._words[language])


@cache
def catalogue() -> Phrases:
    folder = Path(__file__).parent
    return Phrases({name: _read(folder, name) for name in LANGUAGES})


def _read(folder: Path, language: Language) -> dict[str, str]:
    files = (folder / f"{language}.toml", folder / f"acts.{language}.toml")
    words: dict[str, str] = {}
    for file in files:
        words |= tomllib.loads(file.read_text(encoding="utf-8"))
    return words

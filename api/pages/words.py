"""What the pages say, in each language: one file a language, the same keys in all of them."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.port import Language

FOLDER = Path(__file__).parent.parent.parent / "web" / "words"
NAMES: dict[Language, str] = {"en": "English", "es": "Español", "ko": "한국어"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; called with `group.key`, it fills in the fields."""

    language: Language
    groups: dict[str, dict[str, str]]

    def __call__(self, key: str, **fields: object) -> str:
        group, _, name = key.partition(".")
        return self.groups[group][name].format(**fields)

    def get(self, key: str) -> str:
        """The words for a code of the record, or those the code itself is made of."""
        group, _, name = key.partition(".")
        return self.groups[group].get(name) or _in_words(name)

    def group(self, *names: str) -> dict[str, str]:
        """The words of some groups as one table, for scripts, with their fields not filled in."""
        return {f"{name}.{key}": said for name in names for key, said in self.groups[name].items()}


def _in_words(code: str) -> str:
    words = re.sub(r"[-_]+", " ", code).strip()
    return words[:1].upper() + words[1:]


@cache
def of(language: Language) -> Words:
    """The words of a language; raises KeyError on use where one is missing."""
    groups: dict[str, Any] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return Words(language, groups)

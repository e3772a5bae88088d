"""A person with a telephone: what they do when they hear something."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Keys:
    digits: str


@dataclass(frozen=True)
class Speak:
    words: str
    confidence: float = 0.9


@dataclass(frozen=True)
class Silence:
    """Not a sound, for this one prompt."""


@dataclass(frozen=True)
class HangUp:
    """Puts the phone down while the prompt plays."""


Reaction = Keys | Speak | Silence | HangUp


@dataclass
class Caller:
    """`script` is (what is heard, what is done), in order; an entry waits until it is heard.

    Whoever has nothing left to do is silent.
    """

    number: str = "+525550100001"
    machine: bool = False
    script: list[tuple[str, Reaction]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)
    _since: list[str] = field(default_factory=list)

    def hear(self, text: str, language: str = "") -> None:
        self.heard.append(text)
        self._since.append(text)
        if language:
            self.languages.add(language)

    def react(self) -> Reaction:
        """What is done now, given all that was heard since the last reaction."""
        said = " ".join(self._since)
        if self.script and re.search(self.script[0][0], said, re.IGNORECASE):
            self._since.clear()
            return self.script.pop(0)[1]
        return Silence()

    @property
    def transcript(self) -> str:
        return "\n".join(self.heard)

"""The call plan: what a telephone is told to do, in the desk's own few words.

A plan is a sequence of verbs, done in order. Every place a verb leads to is a path below the
account's own hooks (`steps/ask?n=3`); a renderer in `routing/channels/phone/` makes addresses of
it. Seconds are whole. Text is plain; renderers drop what no telephone can say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.port import Language


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Play:
    """A sound of the desk's own, by its path on the desk."""

    path: str


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: int


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Ask:
    """Listen for keys, speech or both while the prompts play; either ends them (barge-in).

    One key is taken at once; more are taken up to `#`. Silence leads to the same place as words.
    """

    prompts: Sequence[Prompt]
    to: str
    language: Language
    speech: bool = True
    keys: int = 1
    seconds: int = 6
    hints: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Wait in line. `loop` is asked again each time that what it said is over."""

    name: str
    loop: str
    to: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Step out of the line; the call goes on at the queue's `to`."""


@dataclass(frozen=True, slots=True)
class Conference:
    """The call's one room. The contact's going ends it; a counselor's going does not."""

    room: str
    to: str
    events: str
    wait: str
    record_to: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Somebody of the desk walks into the call's room, which stays when they leave.

    `mode` is talk, monitor or whisper; who whispers is heard by the counselor alone, whose line is
    `coached`.
    """

    room: str
    leg: str
    events: str
    mode: str = "talk"
    coached: str | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """Ring an ordinary number and connect it; `to` is asked when that talk is over."""

    number: str
    caller_id: str
    to: str
    seconds: int = 25


@dataclass(frozen=True, slots=True)
class Record:
    """Take down a message. `to` is asked when the caller is done, `done` when the sound is kept."""

    to: str
    done: str
    language: Language
    seconds: int = 180


@dataclass(frozen=True, slots=True)
class Redirect:
    to: str


@dataclass(frozen=True, slots=True)
class HangUp:
    why: Literal["done", "busy", "refused"] = "done"


Verb = Prompt | Ask | Queue | Leave | Conference | Join | Bridge | Record | Redirect | HangUp
Plan = Sequence[Verb]


def menu(
    heading: str,
    choices: Sequence[Choice],
    to: str,
    language: Language,
    *,
    say_choice: str,
) -> Ask:
    """A question whose every answer has a key: each is read out as `say_choice` puts it."""
    lines = [say_choice.format(key=c.key, label=c.label) for c in choices]
    return Ask(
        (Say(" ".join((heading, *lines)), language),),
        to,
        language,
        hints=tuple(c.label for c in choices),
    )

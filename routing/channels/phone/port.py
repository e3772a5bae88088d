"""What every telephone provider is asked for: read a hook, sign it off, render a plan, obey."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from routing.calls.plan import Plan, Say


class Uncertain(Exception):
    """It may have been done or not: no answer came. Look before doing it again."""


class Gone(Exception):
    """What the command is about is over at the provider: nothing is left to do."""


@dataclass(frozen=True, slots=True)
class PhoneHook:
    """A hook as it arrived. `target` is path and query, percent signs and all."""

    account: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """What a hook tells, in the desk's words. `number` is none where it is withheld."""

    call_id: str
    number: str | None = None
    # Which of the desk's own numbers was called.
    own: str | None = None
    digits: str = ""
    speech: str = ""
    token: str | None = None
    state: str | None = None
    left_queue: str | None = None
    sequence: int = -1
    event: str | None = None
    conference: str | None = None
    room: str | None = None
    label: str | None = None
    recording_id: str | None = None
    recording_state: str | None = None
    seconds: int = 0
    # How sure the provider is of `speech`, 0 to 1; some do not say.
    confidence: float = 1.0
    answered_by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    content: bytes
    media_type: str


class Provider(Protocol):
    """The edge towards one provider: pure, no network."""

    name: str
    media_type: str

    def verify(self, hook: PhoneHook) -> None:
        """Raises Forged."""
        ...

    def heard(self, hook: PhoneHook) -> Heard:
        """Raises Unreadable where it is not a hook about a call."""
        ...

    def render(self, plan: Plan, base: str) -> bytes:
        """The plan in the provider's language; `base` is the public address of the account."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """A command with all that the provider must be told, read from the record before the call.

    `leg` and `line` are of the person it is about: the label in the room, and where they are rung.
    """

    verb: str
    base: str
    call_id: str
    call: str
    room: str
    conference: str | None
    step: str | None = None
    number: str | None = None
    leg: str | None = None
    leg_call: str | None = None
    line: str | None = None
    mode: str = "talk"
    coached: str | None = None
    # The number of the desk that is shown to whoever is rung.
    own: str = ""
    message: str | None = None
    # What the message says, for a provider that is given the words and not an address of them.
    words: Say | None = None


class Exchange(Protocol):
    """The provider's other side: what the desk orders there. Called with no session held.

    Every verb raises Unreachable (surely not done), Uncertain, Refused or Gone. `tells_holds` is
    whether the provider reports by itself who is held.
    """

    tells_holds: bool

    def do(self, order: Order) -> str | None:
        """Carry an order out; the provider's name of the line that it made comes back."""
        ...

    def find(self, order: Order) -> str | None:
        """The line that an earlier uncertain try made, if it made one."""
        ...

    def fetch(self, recording_id: str) -> Sound: ...

    def delete(self, recording_id: str) -> None: ...


Exchanges = Mapping[str, Exchange]

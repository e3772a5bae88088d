"""What every telephone provider is asked for: read a hook, sign it off, render a plan, obey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from routing.calls.plan import Plan


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
    raw: Mapping[str, str] = field(default_factory=dict)


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


class Exchange(Protocol):
    """The provider's other side: what the desk orders there. Called with no session held.

    Every verb raises Unreachable (surely not done), Uncertain, Refused or Gone.
    """

    def do(self, verb: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Carry a command out; what the provider calls the thing made comes back."""
        ...

    def find(self, verb: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What an earlier uncertain try made, if it made anything."""
        ...

    def fetch(self, recording_id: str) -> Sound: ...

    def delete(self, recording_id: str) -> None: ...


Exchanges = Mapping[str, Exchange]
NO_EXCHANGES: Exchanges = {}
Labels = Sequence[str]

"""A channel is a folder with three short methods; the core asks for its limits, never its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Forged(Exception):
    """The signature is not the provider's: 403, and nothing is kept."""


class Unreadable(Exception):
    """The bytes are the provider's but make no sense to us: they wait for a person."""


class Unreachable(Exception):
    """The provider did not take the message, and said so or was not there: try again later."""


class Refused(Exception):
    """The provider will never take this message."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the other end can show."""

    max_chars: int
    choices: int


@dataclass(frozen=True, slots=True)
class Hook:
    """What arrived, as it arrived."""

    account: str
    headers: Mapping[str, str]
    body: bytes
    # The path and query as they stood in the request line; some signatures cover them.
    target: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message out of a hook. `address` is who wrote; `thread` separates talks if it can."""

    external_id: str
    address: str
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    messages: Sequence[Incoming]


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way out. `key` is the same for every try of the same message."""

    key: str
    account: str
    address: str
    text: str
    choices: Sequence[str]


class Channel(Protocol):
    kind: str
    limits: Limits

    def identify(self, hook: Hook) -> str:
        """The provider's id of this hook, read without understanding it."""
        ...

    def verify(self, hook: Hook) -> None:
        """Raises Forged. Pure."""
        ...

    def receive(self, hook: Hook) -> Received:
        """Bytes in, dataclasses out, no I/O; raises Unreadable."""
        ...

    def send(self, out: Outbound) -> str:
        """The provider's reference; raises Unreachable or Refused."""
        ...

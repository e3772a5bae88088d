"""A channel is a folder with three short methods; the core asks for its limits, never its name."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

# Set on a hook that a person took out of quarantine: what held it there holds it no more.
APPROVED = ":approved"


# What a person waits for: the bot's turn, people, or nothing, because nothing could be read.
Awaited = Literal["turn", "people", "nothing"]


class Forged(Exception):
    """The signature is not the provider's: 403, and nothing is kept."""


class Unreadable(Exception):
    """The bytes are the provider's but make no sense to us, or should not be answered by a
    machine: they wait for a person, with this reason."""


class Unreachable(Exception):
    """The provider did not take the message, and said so or was not there: try again later."""


class Refused(Exception):
    """The provider will never take this message."""


class Lost(Exception):
    """The provider fell silent in the middle: it may or may not have taken the message."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the other end can show. `max_file_bytes` 0 means that it takes no files."""

    max_chars: int
    choices: int
    max_file_bytes: int = 0
    # Choices are numbered lines there, and a number that comes back means one of them.
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """What arrived, as it arrived."""

    account: str
    headers: Mapping[str, str]
    body: bytes
    # The path and query as they stood in the request line; some signatures cover them.
    target: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came or goes with a message; on the way out `media_type` is a checked one."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"
    id: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that the provider holds until we fetch it by `reference`."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message out of a hook. `address` is who wrote; `text` is what a bot may read of it."""

    external_id: str
    address: str
    text: str
    language: str | None = None
    name: str | None = None
    files: Sequence[Attachment] = ()
    remote_files: Sequence[Remote] = ()
    # What stands beside the message for counselors alone, such as the whole mail before trimming.
    original: Attachment | None = None
    # What was left out, and why, in codes of routing/words: (code, name of the thing).
    left_out: Sequence[tuple[str, str]] = ()
    # Written by a machine: kept and shown, but nobody answers it.
    automatic: bool = False
    # A reaction or a sticker: kept and shown, and wants no answer.
    sign: bool = False
    # What is sent to be looked at by people, where no words came with it.
    shows: Literal["location", "contact"] | None = None
    # A word that settles whether we may write there at all, or asks what this is.
    wish: Literal["stop", "start", "help", "hello"] | None = None
    thread: "Thread | None" = None
    # Which of the desk's own addresses was written to, where the provider tells.
    to: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a message belongs on a channel that has threads; without one, the address decides."""

    # Names of this message and of those it answers, the nearest first.
    key: str
    answers: Sequence[str] = ()
    # A conversation that the sender was told of under our own signature.
    conversation: str | None = None
    ticket: str | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery. It is found by our own `key`, or else by the provider's name."""

    state: Literal["sent", "delivered", "read", "failed", "delayed"]
    key: str | None = None
    reference: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    messages: Sequence[Incoming] = ()
    receipts: Sequence[Receipt] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An article that an answer rests on."""

    title: str
    version: str
    url: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way out. `key` is the same for every try of the same delivery.

    `text` has no sources in it: a channel shows them as it can (see `with_sources`).
    """

    key: str
    account: str
    address: str
    text: str
    choices: Sequence[str]
    language: str = "en"
    sources: Sequence[Source] = ()
    files: Sequence[Attachment] = ()
    # When the person last wrote from there, and when this message was written.
    heard_at: datetime | None = None
    written_at: datetime | None = None
    automatic: bool = True
    conversation: str = ""
    subject: str = ""
    ticket: str | None = None
    # The desk's own address that the person wrote to.
    sender: str = ""
    # Names of the messages before it in its thread, the oldest first.
    answers: Sequence[str] = field(default=())


def with_sources(out: Outbound) -> str:
    """The text with each source on a line of its own, for channels that show plain text."""
    lines = [out.text, *(f"{x.title} ({x.version}): {x.url}" for x in out.sources)]
    return "\n".join(lines)


class Channel(Protocol):
    kind: str
    limits: Limits
    # The largest hook, in bytes.
    max_hook: int

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
        """The provider's reference; raises Unreachable, Refused or Lost."""
        ...


@runtime_checkable
class Answers(Protocol):
    """A channel whose provider reads the answer to its hook: (media type, body)."""

    def thanks(self, hook: Hook) -> tuple[str, bytes]: ...


@runtime_checkable
class Inline(Protocol):
    """A channel that is answered in the answer to its hook, or hardly at all."""

    inline_seconds: float
    inline_most: int

    def inline(self, hook: Hook, outs: Sequence[Outbound], awaited: Awaited) -> tuple[str, bytes]:
        """(media type, body) with what is ready; where nothing is, `awaited` says why."""
        ...


@runtime_checkable
class Looks(Protocol):
    """A channel that can ask its provider whether a message left after all."""

    def find(self, out: Outbound, taken: Sequence[str]) -> str | None:
        """The provider's reference, or None when it certainly has no such message; `taken` are
        references of other deliveries. Raises Unreachable when that cannot be told."""
        ...


@runtime_checkable
class Fetches(Protocol):
    """A channel whose files stay at the provider until they are fetched."""

    def fetch(self, reference: str, limit: int) -> bytes:
        """Raises Unreachable or Refused; never gives more than `limit` bytes."""
        ...


@runtime_checkable
class Closes(Protocol):
    """A channel that keeps connections to its provider open from one message to the next."""

    def close(self) -> None: ...


@runtime_checkable
class Watches(Protocol):
    """A channel that must be asked for what arrived, such as a mailbox."""

    def watch(self, take: Callable[[Hook], None], stop: threading.Event) -> None:
        """Give each message that arrives to `take` until `stop`; what `take` raised stays there."""
        ...

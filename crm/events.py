"""Emitting into the journal, and proving that nobody touched it.

An event is announced inside a verb and written when that verb's transaction commits: the journal
lock of PostgreSQL is then the last lock taken, so two verbs can never wait for each other through
it, and ids appear in commit order for a reader that polls `id > last`.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import event as hooks
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from crm import clock
from crm.db import table
from crm.models.event import Event

GENESIS = "0" * 64
JOURNAL_LOCK = 7_468_352  # any number that nothing else in the database uses
CHANNEL = "desk_events"
# Every verb needs these two: built once, and without the unit of work between.
_ROWS = table(Event)
_NEWEST = select(_ROWS.c.hash).order_by(_ROWS.c.id.desc()).limit(1)
_INSERT = insert(_ROWS)
_HASHED = (
    "kind", "at", "actor_kind", "actor_id", "conversation_id", "message_id", "ticket_id", "data",
    "digest", "previous",
)  # fmt: skip

_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode

_key = b""
_listeners: dict[Callable[[], None], frozenset[str]] = {}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `id` is a row id, never a name."""

    kind: Literal["contact", "bot", "counselor", "system"]
    id: str | None = None


SYSTEM = Actor("system")
BOT = Actor("bot")


def use_key(key: bytes) -> None:
    """Set the secret under which contents are digested; without it a digest tells nothing."""
    global _key  # noqa: PLW0603 - one secret per process, set once at its start
    _key = key


def on_commit(
    listener: Callable[[], None], *, but: frozenset[str] = frozenset()
) -> Callable[[], None]:
    """Call `listener` after each commit that wrote events, if not all of them are of kinds that it
    leaves out (`but`); returns the way to stop."""
    _listeners[listener] = but

    def silence() -> None:
        del _listeners[listener]

    return silence


def emit(
    s: Session,
    kind: str,
    actor: Actor,
    *,
    conversation: str | None = None,
    message: str | None = None,
    ticket: str | None = None,
    article: str | None = None,
    data: dict[str, Any] | None = None,
    content: str | None = None,
) -> None:
    """Announce a change; it is written with the transaction of `s`, or not at all.

    `data` holds ids and codes only. `content` is digested, never stored.
    """
    codes = dict(data or {})
    if article:
        codes["article"] = article
    pending = {
        "kind": kind,
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "conversation_id": conversation,
        "message_id": message,
        "ticket_id": ticket,
        "data": codes,
        "digest": content_digest(content) if content is not None else None,
    }
    s.info.setdefault("events", []).append(pending)


def content_digest(content: str) -> str:
    return hmac.new(_key, content.encode(), hashlib.sha256).hexdigest()


def chain_hash(event: Event) -> str:
    """The hash of an event over all its fields and the hash before it."""
    return link({name: getattr(event, name) for name in _HASHED})


def link(event: Mapping[str, Any]) -> str:
    """The hash of an event that is no row yet."""
    fields = {
        "kind": event["kind"],
        "at": event["at"].isoformat(),
        "actor": [event["actor_kind"], event["actor_id"]],
        "about": [event["conversation_id"], event["message_id"], event["ticket_id"]],
        "data": event["data"],
        "digest": event["digest"],
        "previous": event["previous"],
    }
    return hashlib.sha256(canonical(fields).encode()).hexdigest()


def canonical(value: object) -> str:
    """The one way to write a value down before it is hashed or digested."""
    return _canonical(value)


def broken_links(s: Session) -> Iterator[int]:
    """Ids of events that do not continue the chain; an untouched journal yields none."""
    previous = GENESIS
    for event in s.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000)):
        if event.previous != previous or event.hash != chain_hash(event):
            yield event.id
        previous = event.hash


@hooks.listens_for(Session, "before_commit")
def _write(s: Session) -> None:
    pending: list[dict[str, Any]] = s.info.pop("events", [])
    if not pending or s.in_nested_transaction():
        if pending:
            s.info["events"] = pending
        return
    s.flush()
    if s.get_bind().dialect.name == "postgresql":
        s.execute(text(f"SELECT pg_advisory_xact_lock({JOURNAL_LOCK})"))
        s.execute(text(f"NOTIFY {CHANNEL}"))
    connection = s.connection()
    previous = connection.scalar(_NEWEST) or GENESIS
    for event in pending:
        event["previous"] = previous
        previous = event["hash"] = link(event)
    connection.execute(_INSERT, pending)  # row after row, so that ids follow the chain
    s.info["rang"] = {event["kind"] for event in pending}


@hooks.listens_for(Session, "after_commit")
def _ring(s: Session) -> None:
    written = s.info.pop("rang", None)
    if written:
        for listener, but in tuple(_listeners.items()):
            if not written <= but:
                listener()


@hooks.listens_for(Session, "after_rollback")
def _forget(s: Session) -> None:
    s.info.pop("events", None)
    s.info.pop("rang", None)

"""What every noun of the sandbox works with: the rules in force, who asks, and who may."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.errors import Trouble, forbidden, missing
from bot.procurement.sandbox.store import Doc, Store

SIGNED = "application/pkcs7-signature"


@dataclass(frozen=True)
class Rules:
    """How this sandbox differs from another. `keys` are platform keys by their owner's name.

    `lag` is how long after its moment a change by time is made. `any_documents` takes documents of
    other document services, as recorded requests name them.
    """

    keys: Mapping[str, str]
    control: str = ""
    signatures: bool = False
    any_documents: bool = False
    fee: float = 2000.0
    lag: timedelta = timedelta()
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))


@dataclass(frozen=True)
class Asked:
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    broker: str | None
    token: str
    base: str
    key: str = ""

    @property
    def data(self) -> Any:
        return self.body.get("data") if isinstance(self.body, dict) else None


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    location: str | None = None
    at: datetime | None = None


class Core:
    def __init__(self, store: Store, clock: Clock, rules: Rules) -> None:
        self.store, self.clock, self.rules = store, clock, rules
        self.furnished: datetime | None = None
        self._lock = threading.RLock()
        # What time brings: whether something is due, and carrying it out.
        self.ticks: list[tuple[Callable[[Core], bool], Callable[[Core], None]]] = []

    def serve(self, handler: "Handler", asked: Asked, *, writes: bool) -> Answer:
        """One request at a time, whole or not at all; what time has brought comes first."""
        with self._lock:
            if any(due(self) for due, _ in self.ticks):
                with self.store.transaction():
                    for _, tick in self.ticks:
                        tick(self)
            with self.store.transaction() if writes else nullcontext():
                return replace(handler(self, asked), at=self.clock.now())

    def get(self, kind: str, key: str) -> tuple[Doc, Doc]:
        found = self.store.get(kind, key)
        if found is None:
            raise missing(f"{kind}_id")
        return found

    def must_write(self, asked: Asked) -> str:
        """The platform that asks; without its key nothing is written."""
        if asked.broker is None:
            raise forbidden()
        return asked.broker

    def must_own(self, asked: Asked, key: str, *roles: str) -> str:
        """The role in which the token holds the object; raises 403."""
        self.must_write(asked)
        for role in roles:
            if self.store.holds(key, role, asked.token):
                return role
        raise forbidden()

    def owns(self, asked: Asked, key: str, role: str) -> bool:
        return asked.broker is not None and self.store.holds(key, role, asked.token)

    def entrust(self, key: str, role: str) -> Doc:
        """A new owner token, given once."""
        token, transfer = new_id(), new_id()
        self.store.entrust(key, role, token)
        return {"token": token, "transfer": transfer}

    def sign_url(self, base: str, key: str) -> str:
        return f"{base}/get/{key}?Signature={self.seal(key)}&KeyID=sandbox"

    def seal(self, key: str) -> str:
        return hmac.new(self.rules.secret, key.encode(), hashlib.sha256).hexdigest()


Handler = Callable[[Core, Asked], Answer]


def new_id() -> str:
    return secrets.token_hex(16)


def pick(rows: list[Doc], key: str, name: str) -> Doc:
    for row in rows:
        if row["id"] == key:
            return row
    raise missing(name)


def must_be_signed(rows: list[Doc], kind: str, *, needed: bool) -> None:
    """A signed document of a kind must be there before an act takes effect."""
    if needed and not any(d["documentType"] == kind and d["format"] == SIGNED for d in typed(rows)):
        raise Trouble(
            422, "body", "documents",
            f"Document with type '{kind}' and format pkcs7-signature is required",
        )  # fmt: skip


def typed(rows: list[Doc]) -> list[Doc]:
    return [row for row in rows if "documentType" in row]


def later(moment: datetime, days: float, speed: float) -> datetime:
    """So many days after, shortened as the procedure's accelerator says."""
    return moment + timedelta(days=days) / speed

"""The simulator: a provider that signs its hooks, takes messages, and fails when asked to.

A hook is JSON {"id", "from", "text", "language"?} with the header `x-simulator-signature`, the
hex HMAC-SHA256 of the body. Addresses decide what becomes of a message sent to them:
`refuse@…` is refused for ever, `busy@…` is unreachable, anything else takes it.
"""

import hashlib
import hmac
import json
import threading
from dataclasses import replace

from routing.channels.port import (
    Forged,
    Hook,
    Incoming,
    Limits,
    Outbound,
    Received,
    Refused,
    Unreachable,
    Unreadable,
    with_sources,
)

SIGNATURE = "x-simulator-signature"


class Simulator:
    kind = "simulator"
    limits = Limits(max_chars=1600, choices=10)
    max_hook = 256_000

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._lock = threading.Lock()
        # What the pretended provider took, by key: the same message twice is one message there.
        self.taken: dict[str, Outbound] = {}

    def sign(self, body: bytes) -> str:
        return hmac.new(self._key, body, hashlib.sha256).hexdigest()

    def identify(self, hook: Hook) -> str:
        try:
            found = json.loads(hook.body)["id"]
        except (ValueError, KeyError, TypeError):
            return hashlib.sha256(hook.body).hexdigest()
        return str(found)[:200]

    def verify(self, hook: Hook) -> None:
        given = hook.headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), self.sign(hook.body).encode()):
            raise Forged

    def receive(self, hook: Hook) -> Received:
        try:
            said = json.loads(hook.body)
            incoming = Incoming(
                external_id=str(said["id"])[:200],
                address=str(said["from"])[:320],
                text=str(said["text"]),
                language=said.get("language"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"not a simulator message: {type(error).__name__}") from error
        return Received([incoming])

    def send(self, out: Outbound) -> str:
        if out.address.startswith("refuse@"):
            raise Refused("the simulated address refuses everything")
        if out.address.startswith("busy@"):
            raise Unreachable("the simulated address is busy")
        with self._lock:
            self.taken[out.key] = replace(out, text=with_sources(out))
        return f"sim-{out.key}"

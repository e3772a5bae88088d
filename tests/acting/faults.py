"""A core that fails on purpose, over HTTP: the sandbox behind a door that loses and refuses.

Each request takes the next fault of the plan: `busy` 503, `limited` 429, `clash` 409 and `dropped`
reach nobody; `lost` and `broken` are carried out and then answered by nothing, or by a 502.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Scope, Send, Receive = (
    dict[str, Any],
    Callable[[Any], Awaitable[None]],
    Callable[[], Awaitable[Any]],
)
FAULTS = ("ok", "busy", "limited", "clash", "dropped", "lost", "broken")
REFUSED = {"busy": 503, "limited": 429, "clash": 409}
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
BODY = b'{"status": "error", "errors": [{"location": "body", "name": "data", "description": "x"}]}'


class Door(Exception):
    """Raised inside the server: the connection closes without a word."""


@dataclass
class FaultyDoor:
    """An ASGI app before the sandbox. `plan` is used up one fault a write."""

    inner: Any
    plan: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/control"):
            await self.inner(scope, receive, send)
            return
        faults = self.plan if scope["method"] in WRITES else self.reads
        fault = faults.pop(0) if faults else "ok"
        if fault == "ok":
            await self.inner(scope, receive, send)
        elif fault in REFUSED:
            await _answer(send, REFUSED[fault])
        elif fault == "dropped":
            raise Door
        else:
            await self.inner(scope, receive, _nobody)
            if fault == "lost":
                raise Door
            await _answer(send, 502)


async def _nobody(_: Any) -> None:
    """The answer that never arrives."""


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})

"""A core that fails on purpose, over HTTP: the sandbox behind a door that loses and refuses.

Each request takes the next fault of the plan: `busy` 503, `limited` 429, `clash` 409 and `dropped`
reach nobody, `failing` is a 500; `lost` and `broken` are carried out and then answered by nothing,
or by a 502. `slow` is carried out and answered too late for anybody's patience; `stuck` is carried
out only once the door is told to `let_go`.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Scope, Send, Receive = (
    dict[str, Any],
    Callable[[Any], Awaitable[None]],
    Callable[[], Awaitable[Any]],
)
FAULTS = ("ok", "busy", "limited", "clash", "dropped", "lost", "broken")
REFUSED = {"busy": 503, "failing": 500, "limited": 429, "clash": 409}
TOO_LONG = 1.2
PATIENCE = 20.0
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
    open: threading.Event = field(default_factory=threading.Event)

    def let_go(self) -> None:
        """What is stuck goes on its way."""
        self.open.set()

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
        elif fault == "slow":
            await self.inner(scope, receive, _nobody)
            await asyncio.sleep(TOO_LONG)
            raise Door
        elif fault == "stuck":
            whole = await _read(receive)
            await asyncio.to_thread(self.open.wait, PATIENCE)
            await self.inner(scope, whole, _nobody)
            raise Door
        else:
            await self.inner(scope, receive, _nobody)
            if fault == "lost":
                raise Door
            await _answer(send, 502)


async def _read(receive: Receive) -> Receive:
    """The whole body, to be read again when its sender is gone."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)

    async def again() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _nobody(_: Any) -> None:
    """The answer that never arrives."""


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})

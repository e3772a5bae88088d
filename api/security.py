"""What every answer carries, and how large a request may be."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import JSONResponse

from api import errors

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; "
    "base-uri 'none'; frame-ancestors {ancestors}"
)
# The only page that other sites may put into a frame.
FRAMED = "/widget"
JSON_LIMIT = 1_000_000


class Shield:
    """Adds the security headers and refuses bodies that announce more than the limit."""

    def __init__(self, app: App, *, sites: tuple[str, ...], max_file_bytes: int) -> None:
        self._app = app
        self._own = POLICY.format(ancestors="'none'").encode()
        self._framed = POLICY.format(ancestors=" ".join(("'self'", *sites))).encode()
        self._file_limit = max_file_bytes + JSON_LIMIT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = self._headers(scope["path"])

        async def send_shielded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in headers if name not in present),
                ]
            await send(message)

        if self._announced(scope) > self._limit(scope["path"]):
            refusal = JSONResponse(errors.body("too_large", "The request is too large."), 413)
            await refusal(scope, receive, send_shielded)
            return
        await self._app(scope, receive, send_shielded)

    def _headers(self, path: str) -> list[tuple[bytes, bytes]]:
        policy = self._framed if path == FRAMED else self._own
        return [
            (b"content-security-policy", policy),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
        ]

    def _limit(self, path: str) -> int:
        return self._file_limit if path.endswith("/files") else JSON_LIMIT

    def _announced(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

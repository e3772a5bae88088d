"""What every answer carries, and how large a request may be."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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
# The console's browser phone speaks to Twilio, and plays what it hears.
TALKING = (
    "connect-src 'self' wss://*.twilio.com https://*.twilio.com; "
    "media-src 'self' blob: mediastream: https://sdk.twilio.com"
)
CONSOLE = "/console"
# The only page that other sites may put into a frame.
FRAMED = "/widget"
JSON_LIMIT = 1_000_000
# Several files for the knowledge base at once, and their texts on the way back.
IMPORT_LIMIT = 60_000_000
IMPORTS = ("/api/v1/articles/import", "/console/articles/import", "/console/articles/import/save")
# A list or sheet of 20,000 lines (api/target_list.py), a thousand bytes each.
LIST_LIMIT = 20_000_000
LISTS = re.compile(r"/(api/v1|console/reach)/campaigns/[^/]+/targets")
# The channel has a limit of its own below this one.
MAIL_LIMIT = 60_000_000
TOO_LARGE = "The request is too large."


class Shield:
    """Adds the security headers; refuses bodies over the limit and addresses with a NUL in them."""

    def __init__(
        self, app: App, *, sites: tuple[str, ...], max_file_bytes: int, soft_phone: bool = False
    ) -> None:
        self._app = app
        own = POLICY.format(ancestors="'none'")
        self._own = own.encode()
        self._console = own.replace("connect-src 'self'", TALKING).encode() if soft_phone else None
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

        limit = self._limit(scope["path"])
        refusal = None
        if self._announced(scope) > limit:
            refusal = JSONResponse(errors.body("too_large", TOO_LARGE), 413)
        elif "\x00" in scope["path"]:
            refusal = JSONResponse(errors.body("not_found", "There is nothing here."), 404)
        elif b"%00" in scope["query_string"]:
            refusal = JSONResponse(errors.body("invalid", "An address cannot hold NUL."), 422)
        if refusal:
            await refusal(scope, receive, send_shielded)
            return
        await self._app(scope, _counted(receive, limit), send_shielded)

    def _headers(self, path: str) -> list[tuple[bytes, bytes]]:
        policy = self._framed if path == FRAMED else self._own
        if path == CONSOLE and self._console:
            policy = self._console
        return [
            (b"content-security-policy", policy),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
        ]

    def _limit(self, path: str) -> int:
        if path.startswith("/hooks/email/"):
            return MAIL_LIMIT
        if path in IMPORTS:
            return IMPORT_LIMIT
        if LISTS.fullmatch(path):
            return LIST_LIMIT
        return self._file_limit if path.endswith("/files") else JSON_LIMIT

    def _announced(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0


def _counted(receive: Receive, limit: int) -> Receive:
    """A body that announces no length is counted as it comes."""
    came = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise HTTPException(413, TOO_LARGE)
        return message

    return counted

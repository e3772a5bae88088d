"""HEAD, answered as GET without the body (RFC 9110, 9.3.2): link checkers and monitors ask so."""

from collections.abc import MutableMapping
from typing import Any

from api.security import App, Receive, Scope, Send


class Head:
    """FastAPI's routes know only the methods that they name, and all of ours name GET alone."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_bodiless(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_bodiless)

"""What is still being answered when the desk is stopped."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from fastapi.responses import JSONResponse

from api import errors
from api.security import App, Receive, Scope, Send

STOPPED = errors.body("stopping", "The desk is being stopped. Please ask again soon.")


class Stopping:
    """The server takes back what it has waited for long enough: that is no crash of ours. Who asked
    is told to come again, where the answer has not begun."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = scope["type"] != "http"

        async def send_noted(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except asyncio.CancelledError:
            if not begun:
                told = JSONResponse(STOPPED, 503, headers={"Retry-After": "10"})
                await told(scope, receive, send)

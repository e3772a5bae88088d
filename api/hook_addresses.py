"""A hook's address with a slash at its end is the same address.

A redirect would lose it: providers do not post again, and have signed the address they were given.
"""

from api.security import App, Receive, Scope, Send

HOOKS = "/hooks/"


class HookAddresses:
    """The route is found without the slash; what was signed (`raw_path`) stays as it came."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(HOOKS) and path.endswith("/"):
            scope = {**scope, "path": path.rstrip("/")}
        await self._app(scope, receive, send)

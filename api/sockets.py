"""What sockets and downloads share."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import Response, WebSocket, WebSocketDisconnect

from api import desk, signs
from api.live import Seen
from api.signs import Sign
from crm.access import Viewer
from crm.models import File

log = logging.getLogger(__name__)

POLICY_VIOLATION = 1008
# Proxies drop silent connections after a minute.
HEARTBEAT_SECONDS = 25.0
SIGN_SECONDS = 1.0


async def refuse(socket: WebSocket) -> None:
    """Close before accepting: the browser sees a 403."""
    await socket.close(POLICY_VIOLATION)


async def stream(
    socket: WebSocket,
    viewer: Viewer,
    after: int,
    render: Callable[[Seen], dict[str, Any]],
    subprotocol: str | None,
    standing: Callable[[], Viewer | None],
) -> None:
    """Send the viewer's events until the other end goes away. What it sends may only be signs.

    `standing` says at each heartbeat who the viewer is now: whoever lost the right to listen, or
    got another role, is sent away and may come back with what is theirs.
    """
    await socket.accept(subprotocol=subprotocol)
    tasks = {
        asyncio.create_task(_send(socket, viewer, after, render)),
        asyncio.create_task(_hear(socket, viewer)),
        asyncio.create_task(_beat(socket, viewer, standing)),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and task.exception():
            log.error("a stream broke", exc_info=task.exception())
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it may be closed already
        await socket.close()


def download(file: File) -> Response:
    """A file as an attachment that no browser will open in our own pages."""
    return Response(
        file.content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


async def _send(
    socket: WebSocket, viewer: Viewer, after: int, render: Callable[[Seen], dict[str, Any]]
) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        async for seen in desk.of(socket).live.follow(viewer, after):
            await socket.send_json(seen.shown() if isinstance(seen, Sign) else render(seen))


async def _hear(socket: WebSocket, viewer: Viewer) -> None:
    """Pass on what the other end signals; too much of it, or anything else, is let fall."""
    here = desk.of(socket)
    last = 0.0
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            text = await socket.receive_text()
            now = asyncio.get_running_loop().time()
            about = signs.parsed(text, viewer)
            if about is None or now - last < SIGN_SECONDS:
                continue
            last = now
            sign = await asyncio.to_thread(signs.typing, here.engine, viewer, about)
            if sign:
                await here.live.sign(sign)


async def _beat(socket: WebSocket, viewer: Viewer, standing: Callable[[], Viewer | None]) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if await asyncio.to_thread(standing) != viewer:
                return
            await socket.send_json({"kind": "heartbeat"})

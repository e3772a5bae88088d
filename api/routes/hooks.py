"""What providers send us: checked, kept as it came, then understood."""

import logging
import time

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from api import auth, desk
from api.errors import TOLD
from crm.errors import Forbidden, NotFound, TooLarge
from routing import hooks, outbound
from routing.channels.port import Answers, Awaited, Channel, Forged, Hook, Inline, Outbound

router = APIRouter(prefix="/hooks", tags=["Channels"], responses=TOLD)

log = logging.getLogger(__name__)
LOGGED_EACH = 100


class Kept(BaseModel):
    """`new` is false when the same hook had come before."""

    new: bool


@router.post("/{kind}/{account}", response_model=Kept)
async def receive(request: Request, kind: str, account: str) -> Response:
    """A provider's web hook. Anything but a forged or oversized one is kept, then answered."""
    here = desk.of(request)
    channel = here.channels.get(kind)
    if channel is None:
        raise NotFound("This channel is not switched on.")
    if len(account) > hooks.MAX_ACCOUNT:
        raise NotFound("There is no such account.")
    body = await _body(request, channel.max_hook)
    headers = {k.lower(): v for k, v in request.headers.items()}
    hook = Hook(account, headers, body, target_of(request))
    try:
        channel.verify(hook)
    except Forged as error:
        _count_forged(here, kind, auth.address(request))
        raise Forbidden("The signature is not the provider's.") from error
    taken = await run_in_threadpool(hooks.take, here.engine, here.settings, channel, hook)
    for claimed in taken.claimed:
        here.turns.submit(claimed)
    if isinstance(channel, Inline):
        media_type, answer = await _inline(here, channel, hook, taken)
        return Response(answer, media_type=media_type)
    if isinstance(channel, Answers):
        media_type, answer = channel.thanks(hook)
        return Response(answer, media_type=media_type)
    return JSONResponse(Kept(new=taken.new).model_dump())


async def _inline(
    here: desk.Desk, channel: Channel, hook: Hook, taken: hooks.TakenHook
) -> tuple[str, bytes]:
    """Wait a little for the turns of this hook, and answer with all that waits for the person."""
    assert isinstance(channel, Inline)  # noqa: S101 - asked by the caller
    outs: list[Outbound] = []
    deadline = time.monotonic() + channel.inline_seconds
    for claimed in taken.claimed:
        await here.turns.settled(claimed.turn_id, max(0.0, deadline - time.monotonic()))
    for address in taken.addresses:
        outs += await run_in_threadpool(
            outbound.collect,
            here.engine,
            here.channels,
            here.settings.public_url,
            address=(channel.kind, hook.account, address),
            most=channel.inline_most,
        )
    return channel.inline(hook, outs, _awaited(taken))


def _awaited(taken: hooks.TakenHook) -> Awaited:
    """A hook that came again waits for what its first one waits for."""
    if taken.owed or not taken.new:
        return "turn"
    return "people" if taken.addresses else "nothing"


def _count_forged(here: desk.Desk, kind: str, address: str) -> None:
    """A forged hook leaves a number and, now and then, a line; whoever goes on is slowed down."""
    here.forged[kind] += 1
    if here.forged[kind] % LOGGED_EACH == 1:
        log.warning("forged hooks for %s so far: %d", kind, here.forged[kind])
    here.limiter.count("forged_hooks_per_address", address)


def target_of(request: Request) -> str:
    """Path and query as they were sent: what is signed are these bytes, not what they mean."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return (path.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge("The hook is too large.", limit=limit)
    return bytes(body)

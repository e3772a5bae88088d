"""What providers send us: checked, kept as it came, then understood."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api import desk
from crm.errors import Forbidden, NotFound, TooLarge
from routing import hooks
from routing.channels.port import Forged, Hook

router = APIRouter(prefix="/hooks", tags=["Channels"])

MAX_BODY = 256_000


class Kept(BaseModel):
    """`new` is false when the same hook had come before."""

    new: bool


@router.post("/{kind}/{account}")
async def receive(request: Request, kind: str, account: str) -> Kept:
    """A provider's web hook. Anything but a forged or oversized one is kept, then answered."""
    here = desk.of(request)
    channel = here.channels.get(kind)
    if channel is None:
        raise NotFound("This channel is not switched on.")
    body = await _body(request)
    headers = {k.lower(): v for k, v in request.headers.items()}
    hook = Hook(account, headers, body, target_of(request))
    try:
        channel.verify(hook)
    except Forged as error:
        raise Forbidden("The signature is not the provider's.") from error
    taken = await run_in_threadpool(hooks.take, here.engine, here.settings, channel, hook)
    for claimed in taken.claimed:
        here.turns.submit(claimed)
    return Kept(new=taken.new)


def target_of(request: Request) -> str:
    """Path and query as they were sent: what is signed are these bytes, not what they mean."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return (path.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge("The hook is too large.", limit=MAX_BODY)
    return bytes(body)

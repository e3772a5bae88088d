"""What telephone providers ask: every answer is a plan of what to say and listen for next."""

import logging
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import auth, desk
from api.errors import TOLD
from crm.errors import Forbidden, Invalid, NotFound, TooLarge
from routing.calls import happenings, hear, words
from routing.calls.hear import Line, Pending
from routing.calls.plan import HangUp, Say
from routing.channels.phone.port import Heard, PhoneHook
from routing.channels.port import Forged, Unreadable

log = logging.getLogger(__name__)

router = APIRouter(prefix="/hooks/phone/{account}", tags=["Phone"], responses=TOLD)

MAX_BODY = 64_000
Account = Annotated[str, Path(max_length=100)]
Serial = Annotated[int | None, Query(ge=0, le=1_000_000)]
Own = Annotated[str | None, Query(max_length=24)]


@router.post("")
async def begin(request: Request, account: Account) -> Response:
    """A call comes in."""
    line, heard = await _heard(request, account)
    return _plan(line, await run_in_threadpool(hear.begin, line, heard))


@router.post("/steps/{step}")
async def step(
    request: Request,
    account: Account,
    step: Annotated[str, Path(max_length=20)],
    n: Serial = None,
    call: Own = None,
) -> Response:
    """What was heard at a step. The bot's turn runs inside this answer, up to a deadline."""
    line, heard = await _heard(request, account)
    answer = await run_in_threadpool(hear.hear, line, step, n, heard, call_id=call)
    if isinstance(answer, Pending):
        here = desk.of(request)
        if answer.asked.claimed:
            here.turns.submit(answer.asked.claimed)
        await here.turns.settled(answer.asked.turn_id, here.settings.phone.answer_seconds)
        answer = await run_in_threadpool(hear.said, line, answer)
    return _plan(line, answer)


@router.post("/wait")
async def wait(request: Request, account: Account) -> Response:
    """The waiting room, asked again and again."""
    line, heard = await _heard(request, account)
    return _plan(line, await run_in_threadpool(hear.wait, line, heard, key_pressed=False))


@router.post("/waiting")
async def waiting(request: Request, account: Account) -> Response:
    """A key pressed in the waiting room, or none."""
    line, heard = await _heard(request, account)
    return _plan(line, await run_in_threadpool(hear.wait, line, heard, key_pressed=True))


@router.post("/music")
async def music(request: Request, account: Account) -> Response:
    """What is heard in a room without anybody else, and on hold."""
    line, _ = await _heard(request, account)
    return _plan(line, hear.music(line))


@router.post("/leg")
async def leg(request: Request, account: Account, leg: Own = None) -> Response:
    """Somebody of the desk took up the phone that was rung for them."""
    line, heard = await _heard(request, account)
    return _plan(line, await run_in_threadpool(hear.joins, line, leg or "", heard))


@router.post("/answered", status_code=204)
async def answered(request: Request, account: Account, call: Own = None) -> None:
    """What the provider makes of the voice that answered: a person, or a machine."""
    line, heard = await _heard(request, account)
    await run_in_threadpool(happenings.answered, line, heard, call_id=call or "")


@router.post("/said/{message_id}")
async def said(
    request: Request, account: Account, message_id: Annotated[str, Path(max_length=24)]
) -> Response:
    """What somebody of the desk wrote, as the caller hears it in the room."""
    line, _ = await _heard(request, account)
    return _plan(line, await run_in_threadpool(hear.written, line, message_id))


@router.post("/status", status_code=204)
async def status(request: Request, account: Account, leg: Own = None, call: Own = None) -> None:
    """What became of a call, of somebody rung, or of a room."""
    line, heard = await _heard(request, account)
    await run_in_threadpool(happenings.status, line, heard, leg_id=leg, call_id=call)


@router.post("/recording", status_code=204)
async def recording(
    request: Request,
    account: Account,
    kind: Literal["talk", "voicemail"] = "talk",
    call: Own = None,
) -> None:
    """A recording is ready to be fetched."""
    line, heard = await _heard(request, account)
    await run_in_threadpool(happenings.recording, line, heard, kind=kind, call_id=call)


@router.post("/fallback")
async def fallback(request: Request, account: Account) -> Response:
    """Where the provider turns when the desk failed it: said without asking any database."""
    line, _ = await _heard(request, account)
    log.warning("the provider had to use the fallback of account %s", account)
    said = [Say(words.say(k, "fallback"), k) for k in ("en", "es", "ko")]
    return _plan(line, line.render([*said, HangUp()]))


def _plan(line: Line, answer: bytes) -> Response:
    return Response(answer, media_type=line.provider.media_type)


async def _heard(request: Request, account: str) -> tuple[Line, Heard]:
    """The account's line and what its hook tells; a forged one is refused and counted."""
    here = desk.of(request)
    provider = here.lines.provider(account)
    if provider is None:
        raise NotFound("There is no such phone account.")
    hook = PhoneHook(account, _target(request), dict(request.headers), await _body(request))
    try:
        provider.verify(hook)
    except Forged as error:
        here.limiter.count("forged_hooks_per_address", auth.address(request))
        log.warning("a phone hook without its provider's signature was refused")
        raise Forbidden("The signature is not the provider's.") from error
    try:
        heard = provider.heard(hook)
    except Unreadable as error:
        raise Invalid("This is not a hook about a call.") from error
    line = Line(here.engine, here.settings, provider, account, _can_text(here))
    return line, heard


def _can_text(here: desk.Desk) -> bool:
    """Whether the desk has a number that texts leave from."""
    twilio = here.settings.channels.twilio
    return "sms" in here.channels and twilio is not None and bool(twilio.sms_number)


def _target(request: Request) -> str:
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

"""Phoning the demo desk from a browser: only with `--demo`, in place of a telephone provider.

The page walks the same plans as a telephone, in the JSON verbs of one's own trunk; what it may ask
for is its own call, by a name that nobody else knows.
"""

import secrets
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from api import auth, desk
from api.pages import language as languages
from api.pages import words
from api.pages.render import page
from api.reading import Clean, EventId
from crm import calls, db, messages
from crm.errors import NotFound
from crm.models import Call
from routing.calls import happenings, hear
from routing.calls.hear import Line, Pending
from routing.channels.phone import jambonz
from routing.channels.phone.port import Heard, PhoneHook
from routing.channels.port import Forged

router = APIRouter(include_in_schema=False)

ACCOUNT = "demo"
NUMBER = "+8225550142"


class DemoProvider:
    """The page in place of a provider: it signs nothing, so no web hook may come as if from it."""

    name = "demo"
    media_type = "application/json"

    def verify(self, hook: PhoneHook) -> None:
        del hook
        raise Forged

    def heard(self, hook: PhoneHook) -> Heard:
        del hook
        raise Forged

    def render(self, plan: Any, base: str) -> bytes:
        return jambonz.render(plan, base)


class Said(BaseModel):
    """What the person at the page did; `to` is the address that the present plan names."""

    to: Annotated[str, StringConstraints(pattern=r"^(steps/[a-z_]{1,20}|wait|waiting)$")]
    n: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,40}$")] = ""
    speech: Annotated[str, Clean, StringConstraints(max_length=500)] = ""


@router.get("/demo/phone")
def demo_phone(request: Request) -> Response:
    """The telephone on a page."""
    _line(request)
    said = words.of(languages.of_guest(request)).group("phone")
    return page(request, "demo_phone.html", said=said)


@router.post("/demo/phone/calls", status_code=201)
async def dial(request: Request) -> Response:
    """A new call, with the name that it is known by and its first plan."""
    line = _line(request)
    desk.of(request).limiter.count("sessions_per_address", auth.address(request))
    call_id = secrets.token_hex(24)
    plan = await run_in_threadpool(hear.begin, line, Heard(call_id, number=NUMBER))
    return Response(plan, 201, {"X-Call": call_id}, media_type=line.provider.media_type)


@router.post("/demo/phone/calls/{call_id}")
async def go_on(request: Request, call_id: str, said: Said) -> Response:
    """Keys, words or silence; the plan that follows."""
    line, here = _line(request), desk.of(request)
    heard = Heard(call_id, NUMBER, digits=said.digits, speech=said.speech)
    step = await run_in_threadpool(_where, line, call_id)
    if said.to.startswith("steps/") or step == "room":
        named = said.to.removeprefix("steps/") if said.to.startswith("steps/") else "room"
        answer = await run_in_threadpool(hear.hear, line, named, said.n, heard)
    else:
        pressed = said.to == "waiting"
        answer = await run_in_threadpool(hear.wait, line, heard, key_pressed=pressed)
    if isinstance(answer, Pending):
        if answer.asked.claimed:
            here.turns.submit(answer.asked.claimed)
        await here.turns.settled(answer.asked.turn_id, here.settings.phone.answer_seconds)
        answer = await run_in_threadpool(hear.said, line, answer)
    return Response(answer, media_type=line.provider.media_type, headers={"X-Step": step})


@router.post("/demo/phone/calls/{call_id}/in-room", status_code=204)
def in_room(request: Request, call_id: str) -> None:
    """The page is in the call's room; the counselor's phone is taken to be answered."""
    line = _line(request)
    with db.transaction(line.engine) as s:
        call = _known(s, call_id)
        labels = ["contact", *(who.id for who in calls.legs(s, call, "counselor"))]
        room = call.room
    told = Heard(call_id, event="joined", room=room, conference=f"demo-{call_id}"[:100])
    for label in labels:
        one = told if label == "contact" else replace(told, call_id=f"{call_id}-{label}")
        happenings.status(line, replace(one, label=label), leg_id=None, call_id=None)


@router.get("/demo/phone/calls/{call_id}/written")
def written(request: Request, call_id: str, after: EventId = 0) -> JSONResponse:
    """What the counselor wrote since, which a real telephone would be told."""
    line = _line(request)
    with db.reading(line.engine) as s:
        thread = messages.thread(s, _known(s, call_id).conversation_id)
        new = [m for m in thread if m.author_kind == "counselor" and m.position > after]
        said = [{"text": m.text, "language": m.language} for m in new]
        return JSONResponse({"said": said, "last": thread[-1].position if thread else after})


@router.post("/demo/phone/calls/{call_id}/hang-up", status_code=204)
def hang_up(request: Request, call_id: str) -> None:
    """The person at the page puts the phone down."""
    line = _line(request)
    happenings.status(line, Heard(call_id, state="completed"), leg_id=None, call_id=None)


def _line(request: Request) -> Line:
    here = desk.of(request)
    if not here.settings.demo:
        raise NotFound("There is nothing here.")
    return Line(here.engine, here.settings, DemoProvider(), ACCOUNT)


def _where(line: Line, call_id: str) -> str:
    with db.reading(line.engine) as s:
        return _known(s, call_id).step


def _known(s: db.Session, call_id: str) -> Call:
    call = calls.of_provider(s, DemoProvider.name, call_id)
    if call is None:
        raise NotFound("There is no such call.")
    return call

"""The counselor's side of a call: hold, transfer, listen in, and where they are rung."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named
from crm import access, call_commands, calls, db, recordings
from crm.db import Session
from crm.errors import Conflict, Invalid
from crm.events import Actor
from crm.models import Call
from routing import desk as verbs
from routing.calls import with_people
from routing.channels.phone import numbers
from routing.channels.phone.soft_phone import access_token

router = APIRouter(prefix="/api/v1", tags=["Phone"], responses=TOLD)

Verb = Literal[
    "hold", "resume", "pause_recording", "resume_recording", "consult", "three_way", "complete",
    "cancel", "monitor", "whisper", "barge", "hang_up",
]  # fmt: skip


class LegView(BaseModel):
    counselor: str
    role: str
    state: str
    mode: str


class RecordingView(BaseModel):
    id: str
    kind: str
    state: str
    seconds: int


class CallView(BaseModel):
    """`step` is where the caller stands; `times` are seconds, once the talk is wrapped up."""

    id: str
    direction: str
    state: str
    step: str
    held: bool
    recorded: bool | None
    callback: bool
    started_at: datetime
    ended_at: datetime | None
    legs: list[LegView]
    recordings: list[RecordingView]
    times: dict[str, float] | None


class OwnCallView(BaseModel):
    """`on_hold` is what was ordered last, which the provider may be about to do."""

    conversation: str
    on_hold: bool
    call: CallView


class CallAct(BaseModel):
    counselor: Named | None = None


class LineView(BaseModel):
    kind: Literal["browser", "phone"]
    number: str | None = None


class TokenView(BaseModel):
    """What the browser's soft-phone signs in with; `identity` is what it is rung as."""

    token: str
    identity: str
    expires_in: int


@router.get("/conversations/{conversation_id}/call")
def get_call(request: Request, member: AMember, conversation_id: str) -> CallView | None:
    """The conversation's newest call; null where it never was one."""
    access.must(member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        verbs.readable(s, member, conversation_id, lock=False)
        call = calls.of_conversation(s, conversation_id)
        return _view(s, call) if call else None


@router.post("/conversations/{conversation_id}/call/{verb}", status_code=202)
def act(
    request: Request, member: AMember, conversation_id: str, verb: Verb, how: CallAct
) -> CallView:
    """Ordered now, done at the provider in a moment: the call's events tell when."""
    access.must(member, "call.control")
    with db.transaction(desk.of(request).engine) as s:
        conversation = verbs.readable(s, member, conversation_id)
        call = with_people.act(s, member, conversation, verb, how.counselor)
        if verb == "complete":
            verbs.transfer(
                s,
                member,
                conversation_id,
                queue=None,
                counselor=with_people.complete_to(s, call),
                note=None,
            )
        s.flush()
        return _view(s, call)


@router.get("/conversations/{conversation_id}/recordings/{recording_id}")
def hear(request: Request, member: AMember, conversation_id: str, recording_id: str) -> Response:
    """The sound of a recording. Every hearing is an event."""
    access.must(member, "recording.hear")
    with db.transaction(desk.of(request).engine) as s:
        verbs.readable(s, member, conversation_id)
        recording = recordings.get(s, conversation_id, recording_id)
        if recording.content is None:
            raise Conflict("The recording has not been fetched yet.")
        call = calls.get(s, recording.call_id)
        actor = Actor("counselor", member.id)
        calls.tell(s, call, "recording.heard", actor, recording=recording.id)
        headers = {"Content-Disposition": f'attachment; filename="{recording.id}.wav"'}
        return Response(recording.content, media_type="audio/wav", headers=headers)


@router.get("/phone/call")
def own_call(request: Request, member: AMember) -> OwnCallView | None:
    """The call that you are on or rung for; null where there is none."""
    access.must(member, "call.control")
    with db.reading(desk.of(request).engine) as s:
        call = calls.with_counselor(s, member.id)
        if call is None:
            return None
        on_hold = call_commands.on_hold(s, call)
        shown = _view(s, call)
        return OwnCallView(conversation=call.conversation_id, on_hold=on_hold, call=shown)


@router.get("/phone/line")
def get_line(request: Request, member: AMember) -> LineView:
    """Where you are rung."""
    access.must(member, "call.control")
    with db.reading(desk.of(request).engine) as s:
        line = calls.line_of(s, member.id)
    if line is None or line.kind == "browser":
        return LineView(kind="browser")
    return LineView(kind="phone", number=line.number)


@router.put("/phone/line")
def set_line(request: Request, member: AMember, wanted: LineView) -> LineView:
    """Be rung in the browser, or on an ordinary phone."""
    access.must(member, "call.control")
    here = desk.of(request)
    region = numbers.region_of(here.settings.phone.number)
    number = numbers.normal(wanted.number or "", region) if wanted.kind == "phone" else None
    if wanted.kind == "phone" and number is None:
        raise Invalid("This number cannot be rung.", field="number")
    with db.transaction(here.engine) as s:
        calls.set_line(s, member.id, wanted.kind, number)
    return LineView(kind=wanted.kind, number=number)


@router.post("/phone/token")
def token(request: Request, member: AMember) -> TokenView:
    """A token for Twilio's Voice SDK in the browser, for this member alone."""
    access.must(member, "call.control")
    settings = desk.of(request).settings.phone
    if not settings.rings_browsers:
        raise Conflict("The browser phone needs TWILIO_API_KEY and TWILIO_API_SECRET.")
    made, seconds = access_token(settings, member.id)
    return TokenView(token=made, identity=member.id, expires_in=seconds)


def _view(s: Session, call: Call) -> CallView:
    times = calls.times(s, call.conversation_id)
    counted = (
        {n: round(getattr(times, n), 3) for n in ("waited", "talk", "hold", "wrap", "handle")}
        if times
        else None
    )
    return CallView(
        id=call.id,
        direction=call.direction,
        state=call.state,
        step=call.step,
        held=call.held,
        recorded=call.recorded,
        callback=call.callback_number is not None,
        started_at=call.started_at,
        ended_at=call.ended_at,
        legs=[
            LegView(counselor=w.counselor_id, role=w.role, state=w.state, mode=w.mode)
            for w in calls.legs(s, call)
        ],
        recordings=[
            RecordingView(id=r.id, kind=r.kind, state=r.state, seconds=r.seconds)
            for r in recordings.of_conversation(s, call.conversation_id)
        ],
        times=counted,
    )

"""Web chat: sessions, messages, files, the live stream and the survey. See the public contract."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response, UploadFile, WebSocket
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select
from starlette.requests import HTTPConnection

from api import auth, desk, live, sockets, views
from api.auth import AGuest, ASpeaker
from api.errors import TOLD
from api.reading import Clean, EventId, Named, Plain
from api.views import CitationView, MessageView
from crm import citations, clock, contacts, conversations, db, files, messages, queries, surveys
from crm.access import Guest
from crm.db import Session
from crm.errors import Invalid, Unauthorized
from crm.events import Actor
from crm.models import Conversation
from routing import desk as verbs
from routing import hours, inbound, waits
from routing.turns import Replies

router = APIRouter(prefix="/api/v1/chat", tags=["Web chat"], responses=TOLD)

Language = Literal["en", "es", "ko"]
MAX_WAIT = 30


class NewSession(BaseModel):
    language: Language | None = None
    name: Annotated[str, Plain, StringConstraints(max_length=200)] | None = None
    email: Annotated[str, Plain, StringConstraints(max_length=320)] | None = None
    topic: Annotated[str, Plain, StringConstraints(max_length=40)] | None = None
    user_token: Annotated[str, StringConstraints(max_length=8000)] | None = None


class SessionView(BaseModel):
    conversation_id: str
    token: str


class NewMessage(BaseModel):
    client_id: Annotated[str, Plain, StringConstraints(min_length=1, max_length=100)]
    text: Annotated[str, Clean] = ""
    files: Annotated[list[Named], Field(max_length=10)] = []


class Reply(BaseModel):
    id: str
    author: Literal["bot", "counselor", "system"]
    text: str
    language: str
    act: str | None
    citations: list[CitationView]
    choices: list[str]
    action: dict[str, Any] | None = None


class MessageTaken(BaseModel):
    message_id: str


class MessageSettled(MessageTaken):
    replies: list[Reply]


class NewSurvey(BaseModel):
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Plain, StringConstraints(max_length=2000)] | None = None


class NewFeedback(BaseModel):
    """Whether a cited answer helped; `reason` says why not."""

    message_id: Named
    helpful: bool
    reason: Literal["wrong", "outdated", "unclear", "not_my_question"] | None = None


class FileTaken(BaseModel):
    file_id: str


class Events(BaseModel):
    events: list[dict[str, Any]]
    last: int


class PlaceView(BaseModel):
    """`minutes` is the wait to be expected, 0 for less than one, null where nobody can say."""

    ahead: int
    minutes: int | None


class PlaceNow(BaseModel):
    """`place` is null where the conversation does not wait, or no counselor is there."""

    place: PlaceView | None


class Seen(BaseModel):
    message_id: Named


class Ended(BaseModel):
    status: str


class Standing(BaseModel):
    """Where the guest's conversation stands; `last` is where to follow the events from."""

    conversation_id: str
    status: str
    owner: str
    language: str
    messages: list[MessageView]
    place: PlaceView | None
    last: int


@router.post("/sessions", status_code=201)
async def start_session(request: Request, new: NewSession) -> SessionView:
    """Open a conversation with the bot."""
    here = desk.of(request)
    here.limiter.count("sessions_per_address", auth.address(request))
    conversation, token = await run_in_threadpool(_start, here, new)
    guest = Guest(conversation.id, conversation.contact_id)
    here.guests.keep(conversations.token_digest(token), guest)  # who opens a talk soon speaks in it
    return SessionView(conversation_id=conversation.id, token=token)


def _start(here: desk.Desk, new: NewSession) -> tuple[Conversation, str]:
    language = new.language or "en"
    proof = auth.portal_proof(here.settings, new.user_token) if new.user_token else None
    with db.transaction(here.engine) as s:
        if proof:
            contact = contacts.recognise_proven(s, proof, language=language)
        else:
            contact = contacts.meet(s, language=language, name=new.name, email=new.email)
        return conversations.start(s, contact, channel="web", language=language, topic=new.topic)


@router.get("/sessions/current")
def standing(request: Request, guest: AGuest) -> Standing:
    """The conversation so far, for a page that was loaded again."""
    here = desk.of(request)
    last = live.read(here.engine, guest, 0, limit=1_000_000).last
    _seen(request, guest)
    with db.reading(here.engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id)
        place = _place(s, here, conversation)
        attached = queries.files_of(s, conversation.id)
        thread = messages.thread(s, conversation.id)
        said = [views.message(m, attached.get(m.id), own=True) for m in thread]
    for m in said:
        m.author_id = None
    return Standing(
        conversation_id=conversation.id,
        status=conversation.status,
        owner=conversation.owner_kind,
        language=conversation.language,
        messages=said,
        place=place,
        last=last,
    )


@router.get("/place")
def get_place(request: Request, guest: AGuest) -> PlaceNow:
    """Where the guest stands in the queue now."""
    here = desk.of(request)
    with db.reading(here.engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id)
        return PlaceNow(place=_place(s, here, conversation))


@router.post("/end")
def end(request: Request, guest: AGuest) -> Ended:
    """End the talk, or leave the queue; 409 where there is neither. Writing takes it up again."""
    with db.transaction(desk.of(request).engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id, with_for_update=True)
        verbs.end_by_contact(s, conversation)
        return Ended(status=conversation.status)


@router.post("/seen", status_code=204)
def see(request: Request, guest: AGuest, seen: Seen) -> Response:
    """This message of the desk, and all before it, have been on the guest's screen."""
    with db.transaction(desk.of(request).engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id, with_for_update=True)
        conversations.see(s, conversation, seen.message_id)
    return Response(status_code=204)


@router.post(
    "/messages",
    response_model=MessageSettled | MessageTaken,
    responses={202: {"model": MessageTaken}},
)
async def post_message(
    request: Request,
    speaker: ASpeaker,
    new: NewMessage,
    wait: Annotated[float | None, Query(ge=0, le=MAX_WAIT)] = None,
) -> Response:
    """Say something. With `wait` the answer comes with the replies of the turn."""
    here, talk = desk.of(request), speaker.guest.conversation_id
    _check(new, here.settings.max_characters)
    try:
        taken = await run_in_threadpool(
            inbound.from_chat,
            here.engine,
            here.settings,
            talk,
            client_id=new.client_id,
            text=new.text,
            files=new.files,
            token_digest=speaker.digest,
        )
    except Unauthorized:
        here.guests.forget(speaker.digest)
        raise
    if taken.claimed:
        here.turns.submit(taken.claimed)
    said = None if wait is None else await _said(here, taken.turn_id, wait)
    if said is None:
        return _json(MessageTaken(message_id=taken.message_id), 202)
    replies = [_reply(views.message(m, own=True)) for m in said]
    return _json(MessageSettled(message_id=taken.message_id, replies=replies), 200)


@router.post("/files", status_code=201)
async def post_file(request: Request, guest: AGuest, file: UploadFile) -> FileTaken:
    """Send a file, as multipart form field `file`; name it in the next message's `files`."""
    here = desk.of(request)
    here.limiter.count("files_per_conversation", guest.conversation_id)
    content = await file.read(here.settings.max_file_bytes + 1)
    kept = await run_in_threadpool(_keep, here, guest, file.filename or "file", content)
    return FileTaken(file_id=kept)


@router.get("/files/{file_id}")
def get_file(request: Request, guest: AGuest, file_id: str) -> Response:
    """A file of this conversation, as a download."""
    with db.reading(desk.of(request).engine) as s:
        return sockets.download(files.get(s, guest.conversation_id, file_id, internal=False))


@router.get("/events")
def get_events(request: Request, guest: AGuest, after: EventId = 0) -> Events:
    """What happened since. `last` is the last id scanned, not the last one shown."""
    page = live.read(desk.of(request).engine, guest, after)
    _seen(request, guest)
    return Events(events=[views.guest_event(seen) for seen in page.shown], last=page.last)


@router.websocket("/live")
async def follow(socket: WebSocket, after: EventId = 0) -> None:
    """The same as a stream. The token travels as subprotocol `bearer.<token>`."""
    offered = auth.socket_token(socket)
    if offered is None:
        await sockets.refuse(socket)
        return
    token, subprotocol = offered
    try:
        guest = await run_in_threadpool(auth.guest_by_token, socket, token)
    except Unauthorized:
        await sockets.refuse(socket)
        return

    def still_there() -> Guest:
        _seen(socket, guest)
        return guest

    await run_in_threadpool(still_there)
    await sockets.stream(socket, guest, after, views.guest_event, subprotocol, still_there)


@router.post("/survey")
def post_survey(request: Request, guest: AGuest, new: NewSurvey) -> dict[str, bool]:
    """Answer the one question after the talk."""
    with db.transaction(desk.of(request).engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id, with_for_update=True)
        surveys.answer(s, conversation, score=new.score, comment=new.comment)
    return {"thanks": True}


@router.post("/feedback")
def post_feedback(request: Request, guest: AGuest, new: NewFeedback) -> dict[str, bool]:
    """Say whether a cited answer of the bot helped; what is said last of it counts."""
    with db.transaction(desk.of(request).engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id)
        citations.rate(s, conversation, new.message_id, helpful=new.helpful, reason=new.reason)
    return {"thanks": True}


async def _said(here: desk.Desk, turn_id: str | None, wait: float) -> Replies | None:
    """What was replied; None when that takes longer than `wait`."""
    return await here.turns.settled(turn_id, wait) if turn_id else ()


def _json(told: BaseModel, status: int) -> Response:
    """Made of checked parts just now, so the framework need not check it once more."""
    return Response(told.model_dump_json(), status, media_type="application/json")


def _place(s: Session, here: desk.Desk, conversation: Conversation) -> PlaceView | None:
    stands = waits.place(s, conversation)
    working = hours.of_queue(s, here.settings, conversation.queue)
    if stands is None or not working.is_open(clock.now()):
        return None
    return PlaceView(ahead=stands.ahead, minutes=stands.minutes)


def _seen(connection: HTTPConnection, guest: Guest) -> None:
    """Their page is open: what is said now need not go by mail."""
    engine = desk.of(connection).engine
    with db.reading(engine) as s:
        looked = s.scalar(
            select(Conversation.seen_at).where(Conversation.id == guest.conversation_id)
        )
    if looked is None or clock.now() - looked > conversations.SEEN_EACH:
        with db.transaction(engine) as s:
            conversations.seen(s, guest.conversation_id)


def _check(new: NewMessage, limit: int) -> None:
    if not new.text.strip() and not new.files:
        raise Invalid("The message is empty. Please write something.", field="text")
    if len(new.text) > limit:
        raise Invalid(
            f"A message may have {limit} characters. Please shorten it.", field="text", limit=limit
        )


def _keep(here: desk.Desk, guest: Guest, name: str, content: bytes) -> str:
    with db.transaction(here.engine) as s:
        conversation = s.get_one(Conversation, guest.conversation_id)
        return files.keep(
            s,
            conversation,
            actor=Actor("contact", guest.contact_id),
            name=name,
            content=content,
            limit=here.settings.max_file_bytes,
        ).id


def _reply(said: MessageView) -> Reply:
    return Reply(**said.model_dump(include=set(Reply.model_fields)))

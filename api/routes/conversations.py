"""The desk's side of a conversation: find it, accept it, answer, pass it on, wrap it up."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field, StringConstraints

from api import desk, mentions, sockets, views
from api.auth import AMember
from api.errors import TOLD
from api.mentions import ColleagueList
from api.reading import Clean, Named, Plain
from api.views import ConversationView, MessageView
from bot.personal_numbers import masked
from crm import access, db, files, messages, queries, walls
from crm.access import Member
from crm.conversations import WRAP_CODES
from crm.db import Session
from crm.errors import Forbidden, Invalid
from crm.events import Actor
from routing import desk as verbs

router = APIRouter(prefix="/api/v1/conversations", tags=["Desk"], responses=TOLD)

Limit = Annotated[int, Query(ge=1, le=200)]
Note = Annotated[str, Clean, StringConstraints(max_length=2000)]


class ConversationList(BaseModel):
    items: list[ConversationView]
    next: str | None


class NewAnswer(BaseModel):
    client_id: Annotated[str, Plain, StringConstraints(min_length=1, max_length=100)]
    text: Annotated[str, Clean] = ""
    audience: Literal["public", "internal"] = "public"
    files: Annotated[list[Named], Field(max_length=10)] = []
    # A supervisor's reason to say what the guard of equal information holds back.
    override: Note | None = None


class Transfer(BaseModel):
    queue: Named | None = None
    counselor: Named | None = None
    note: Note | None = None
    # Ask the counselor first, and go on until they accept.
    warm: bool = False
    # The counselor whom you saw with the talk, or `queue`: 409 where it is another by now.
    holder: Named | None = None


class Wrap(BaseModel):
    # Some mean something to the desk (crm.conversations.WRAP_CODES); any other is only kept.
    code: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$"),
        Field(examples=list(WRAP_CODES)),
    ]
    note: Note | None = None


class DraftSettled(BaseModel):
    decision: Literal["accept", "discard"]
    text: Annotated[str, Clean] | None = None
    override: Note | None = None


class Written(BaseModel):
    text: Annotated[str, Clean, StringConstraints(max_length=20_000)]


class GuardView(BaseModel):
    """Whether a text would be held back, for which tender, and whether you may let it pass."""

    held: bool
    tender: str | None
    may_override: bool


class FileTaken(BaseModel):
    file_id: str


@router.get("")
def list_conversations(  # noqa: PLR0917 - FastAPI passes them all by name
    request: Request,
    member: AMember,
    queue: str | None = None,
    owner: str | None = None,
    status: str | None = None,
    q: Annotated[Named | None, Query(max_length=200)] = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> ConversationList:
    """Conversations you may see, the newest first. `q` finds up to 50, the last spoken in first:
    by the ticket's number, the contact's name or address, or words of the talk."""
    access.must(member, "conversation.read")
    if q and q.strip():
        with db.reading(desk.of(request).engine) as s:
            return ConversationList(items=_listed(s, found(s, member, q, queue=queue)), next=None)
    with db.reading(desk.of(request).engine) as s:
        page = queries.conversations(
            s, member, queue=queue, owner=owner, status=status, cursor=cursor, limit=limit
        )
        return ConversationList(items=_listed(s, page.rows), next=page.next)


@router.get("/{conversation_id}")
def get_conversation(request: Request, member: AMember, conversation_id: str) -> ConversationView:
    """One conversation, with its thread, its internal notes and its hand-off packet."""
    access.must(member, "conversation.read")
    engine = desk.of(request).engine
    with db.reading(engine) as s:
        verbs.readable(s, member, conversation_id, lock=False)
        view, guarded = shown(s, conversation_id), walls.kept_out(s, conversation_id)
    if guarded:  # others are kept from it: who looks is written down
        with db.transaction(engine) as s:
            walls.looked(s, Actor("counselor", member.id), conversation_id)
    return view


@router.post("/{conversation_id}/accept")
def accept(request: Request, member: AMember, conversation_id: str) -> ConversationView:
    """Take a waiting conversation; 409 when someone else was first."""
    access.must(member, "conversation.accept")
    with db.transaction(desk.of(request).engine) as s:
        verbs.accept(s, member, conversation_id)
        return shown(s, conversation_id)


@router.post("/{conversation_id}/messages", status_code=201)
def post_message(
    request: Request, member: AMember, conversation_id: str, new: NewAnswer
) -> MessageView:
    """Answer the contact, or leave an internal note; `@` and a name in it tells that colleague,
    whose address follows the name in parentheses where several have it (422 without)."""
    access.must(member, "conversation.say")
    here = desk.of(request)
    if not new.text.strip() and not new.files:
        raise Invalid("The message is empty.", field="text")
    if len(new.text) > here.settings.max_characters:
        raise Invalid("The message is too long.", field="text")
    with db.transaction(here.engine) as s:
        talk = verbs.readable(s, member, conversation_id)
        internal = new.audience == "internal"
        said = verbs.say(
            s,
            member,
            conversation_id,
            client_id=new.client_id,
            text=new.text,
            audience=new.audience,
            files=tuple(new.files),
            override=new.override,
            mentions=mentions.of_talk(s, talk, new.text) if internal else (),
        )
        return views.message(said, queries.files_of(s, conversation_id).get(said.id))


@router.get("/{conversation_id}/colleagues")
def colleagues(request: Request, member: AMember, conversation_id: str) -> ColleagueList:
    """Whom a note in this conversation may call upon."""
    access.must(member, "conversation.say")
    with db.reading(desk.of(request).engine) as s:
        talk = verbs.readable(s, member, conversation_id, lock=False)
        return mentions.for_talk(s, member, talk)


@router.post("/{conversation_id}/drafts/{message_id}")
def settle_draft(
    request: Request, member: AMember, conversation_id: str, message_id: str, how: DraftSettled
) -> MessageView:
    """Send the bot's draft in your name, with your changes if you name a `text`, or discard it."""
    access.must(member, "conversation.say")
    here = desk.of(request)
    if how.text is not None and not how.text.strip():
        raise Invalid("The message is empty.", field="text")
    if how.text is not None and len(how.text) > here.settings.max_characters:
        raise Invalid("The message is too long.", field="text")
    with db.transaction(here.engine) as s:
        text = how.text if how.text is not None else verbs.draft_text(s, message_id)
        said = verbs.settle_draft(
            s,
            member,
            conversation_id,
            message_id,
            text=text if how.decision == "accept" else None,
            override=how.override,
        )
        return views.message(said)


@router.post("/{conversation_id}/guard")
def ask_guard(
    request: Request, member: AMember, conversation_id: str, written: Written
) -> GuardView:
    """Ask, before it is sent, whether the guard of equal information would hold a text back."""
    access.must(member, "conversation.say")
    with db.reading(desk.of(request).engine) as s:
        tender = verbs.guarded(s, member, conversation_id, written.text)
    return GuardView(
        held=tender is not None,
        tender=tender.number if tender else None,
        may_override=access.may(member, "guard.override"),
    )


@router.post("/{conversation_id}/clarification")
def offer_clarification(
    request: Request, member: AMember, conversation_id: str
) -> ConversationView:
    """Offer the contact to have their question posted as an official clarification. The assistant
    has the talk from here on; 409 where no question about an open tender was asked."""
    access.must(member, "conversation.say")
    with db.transaction(desk.of(request).engine) as s:
        verbs.offer_clarification(s, member, conversation_id)
        return shown(s, conversation_id)


@router.post("/{conversation_id}/transfer")
def transfer(
    request: Request, member: AMember, conversation_id: str, to: Transfer
) -> ConversationView:
    """Pass it to a queue or a counselor. The contact keeps the place and repeats nothing."""
    access.must(member, "conversation.transfer")
    if (to.queue is None) == (to.counselor is None):
        raise Invalid("Name either a queue or a counselor.", field="queue")
    if to.warm and to.counselor is None:
        raise Invalid("Only a counselor can be asked first.", field="warm")
    with db.transaction(desk.of(request).engine) as s:
        verbs.transfer(
            s,
            member,
            conversation_id,
            queue=to.queue,
            counselor=to.counselor,
            note=to.note,
            warm=to.warm,
            holder=to.holder,
        )
        return shown(s, conversation_id)


@router.post("/{conversation_id}/end")
def end(request: Request, member: AMember, conversation_id: str) -> ConversationView:
    """End the talk and keep its wrap-up for after: the contact is asked the one question now."""
    access.must(member, "conversation.wrap")
    with db.transaction(desk.of(request).engine) as s:
        verbs.end(s, member, conversation_id)
        return shown(s, conversation_id)


@router.post("/{conversation_id}/wrap")
def wrap(request: Request, member: AMember, conversation_id: str, how: Wrap) -> ConversationView:
    """Close the talk with a code; the contact is asked the one question."""
    access.must(member, "conversation.wrap")
    with db.transaction(desk.of(request).engine) as s:
        verbs.wrap(s, member, conversation_id, code=how.code, note=how.note)
        return shown(s, conversation_id)


@router.post("/{conversation_id}/files", status_code=201)
def post_file(
    request: Request, member: AMember, conversation_id: str, file: UploadFile
) -> FileTaken:
    """Keep a file for your next message in this conversation."""
    access.must(member, "conversation.say")
    here = desk.of(request)
    here.limiter.count("files_per_conversation", conversation_id)
    content = file.file.read(here.settings.max_file_bytes + 1)
    with db.transaction(here.engine) as s:
        conversation = verbs.readable(s, member, conversation_id)
        if not access.may_speak(member, conversation):
            raise Forbidden("Only the counselor who accepted this conversation can send files.")
        kept = files.keep(
            s,
            conversation,
            actor=Actor("counselor", member.id),
            name=file.filename or "file",
            content=content,
            limit=here.settings.max_file_bytes,
        )
        return FileTaken(file_id=kept.id)


@router.get("/{conversation_id}/files/{file_id}")
def get_file(request: Request, member: AMember, conversation_id: str, file_id: str) -> Response:
    """A file of the conversation, as a download."""
    access.must(member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        verbs.readable(s, member, conversation_id, lock=False)
        return sockets.download(files.get(s, conversation_id, file_id))


def found(
    s: Session, member: Member, text: str, *, queue: str | None = None
) -> Sequence[queries.Talk]:
    """What a search finds. A number that is masked when shown cannot be guessed at by searching;
    some ids look like one, and are found as ids alone."""
    text = text.strip()
    if not text:
        return []
    hidden = masked(text) != text
    return queries.found(s, member, text, queue=queue, only_id=hidden)


def _listed(s: Session, talks: Sequence[queries.Talk]) -> list[ConversationView]:
    """A page of conversations, their threads and files read in one step each."""
    ids = [t.conversation.id for t in talks]
    attached = queries.files_of(s, *ids)
    said: dict[str, list[MessageView]] = {}
    for m in messages.threads(s, ids):
        said.setdefault(m.conversation_id, []).append(views.message(m, attached.get(m.id)))
    return [
        views.conversation(t.conversation, t.contact, t.ticket, said.get(t.conversation.id, []))
        for t in talks
    ]


def shown(s: Session, conversation_id: str) -> ConversationView:
    s.flush()
    talk = queries.talk(s, conversation_id)
    attached = queries.files_of(s, conversation_id)
    thread = messages.thread(s, conversation_id, internal=True)
    said = [views.message(m, attached.get(m.id)) for m in thread]
    return views.conversation(talk.conversation, talk.contact, talk.ticket, said)

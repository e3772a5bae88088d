"""Messages: said once, never twice, and never lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update

from crm import citations, clock, events, outbox
from crm.db import Session, change, table, write
from crm.errors import Conflict
from crm.events import Actor
from crm.models import Conversation, File, Message


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to be written."""

    author: Actor
    text: str
    language: str
    audience: str = "public"
    act: str | None = None
    citations: Sequence[dict[str, Any]] = ()
    choices: Sequence[str] = ()
    turn_id: str | None = None
    client_id: str | None = None
    account: str | None = None
    external_id: str | None = None
    files: Sequence[str] = field(default=())
    action: Mapping[str, Any] | None = None
    sealed_until: datetime | None = None
    draft: str | None = None


class Line(NamedTuple):
    """What the bot is told of an earlier message."""

    author_kind: str
    text: str
    act: str | None
    sealed_until: datetime | None


def say(s: Session, conversation: Conversation, draft: Draft) -> Message:
    """Write a message, its delivery where it leaves the house, and its event."""
    message = Message(
        conversation_id=conversation.id,
        author_kind=draft.author.kind,
        author_id=draft.author.id,
        audience=draft.audience,
        text=draft.text,
        language=draft.language,
        act=draft.act,
        citations=list(draft.citations),
        choices=list(draft.choices),
        turn_id=draft.turn_id,
        account=draft.account,
        external_id=draft.external_id,
        client_id=draft.client_id,
        action=dict(draft.action) if draft.action else None,
        sealed_until=draft.sealed_until,
        draft=draft.draft,
        created_at=clock.now(),
    )
    write(s, message)
    if draft.turn_id:
        s.info.setdefault(draft.turn_id, []).append(message)
    _attach(s, conversation, message, draft.files)
    if draft.citations and draft.audience == "public":
        citations.keep(s, message)
    change(s, conversation, last_message_at=message.created_at)
    if draft.author.kind != "contact" and draft.audience == "public":
        outbox.post(s, conversation, message)
    events.emit(
        s,
        "message.said" if draft.audience == "public" else "message.noted",
        draft.author,
        conversation=conversation.id,
        message=message.id,
        data=_codes(draft, message),
        content=draft.text,
    )
    return message


def settle_draft(
    s: Session, conversation: Conversation, draft: Message, actor: Actor, text: str | None
) -> Message:
    """Say a bot's draft in a counselor's name, with its sources if it is said as it was written."""
    draft.draft = "accepted" if text is not None else "discarded"
    data = {"draft": draft.draft, "edited": text is not None and text != draft.text}
    events.emit(
        s,
        "draft.settled",
        actor,
        conversation=conversation.id,
        message=draft.id,
        data=data,
    )
    if text is None:
        return draft
    words = Draft(
        actor,
        text,
        draft.language,
        citations=draft.citations,
        client_id=_draft_name(draft),
        sealed_until=draft.sealed_until,
    )
    return say(s, conversation, words)


def settled_as(s: Session, draft: Message) -> Message:
    """What became of a settled draft: the message it was sent as, or the draft itself."""
    sent = select(Message).where(
        Message.conversation_id == draft.conversation_id, Message.client_id == _draft_name(draft)
    )
    return s.scalar(sent) or draft


def _draft_name(draft: Message) -> str:
    return f"draft-{draft.id}"


def already_said(
    s: Session, conversation: Conversation, client_id: str, author: Actor, text: str
) -> Message | None:
    """The message that this client id stands for, if it came before; another text is refused."""
    named = {
        "conversation": conversation.id,
        "kind": author.kind,
        "author": author.id,
        "client": client_id,
    }
    if s.connection().scalar(_ID_OF_SAID, named) is None:
        return None  # nearly always: no row is made an object for it
    said = s.scalars(_ALREADY_SAID, named).one()
    if said.text != text:
        raise Conflict("This client_id was used for another message.", client_id=client_id)
    return said


def already_received(s: Session, account: str, external_id: str) -> Message | None:
    """The message a provider's id stands for, if it came before."""
    return s.scalar(
        select(Message).where(Message.account == account, Message.external_id == external_id)
    )


def thread(s: Session, conversation_id: str, *, internal: bool = False) -> Sequence[Message]:
    """All messages of a conversation in their order; internal notes only when asked for."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if not internal:
        query = query.where(Message.audience == "public")
    return s.scalars(query.order_by(Message.position)).all()


def threads(s: Session, conversation_ids: Sequence[str]) -> Sequence[Message]:
    """All messages of some conversations, internal notes too, each thread in its order."""
    query = select(Message).where(Message.conversation_id.in_(conversation_ids))
    return s.scalars(query.order_by(Message.position)).all()


def by_id(s: Session, message_id: str) -> Message:
    return s.scalars(select(Message).where(Message.id == message_id)).one()


def find(s: Session, message_id: str) -> Message | None:
    return s.scalars(select(Message).where(Message.id == message_id)).one_or_none()


def tell_language(s: Session, message_id: str, language: str) -> None:
    """What language a message turned out to be in."""
    s.connection().execute(_TELL_LANGUAGE, {"message": message_id, "told": language})


def before(s: Session, conversation_id: str, position: int, *, limit: int) -> list[Line]:
    """The last public messages before a position, oldest first."""
    asked = {"conversation": conversation_id, "position": position, "most": limit}
    rows = s.connection().execute(_BEFORE, asked).all()
    return [Line(*row) for row in reversed(rows)]


def of_turn(s: Session, turn_id: str) -> Sequence[Message]:
    """What was replied in one turn."""
    return s.scalars(_OF_TURN, {"turn": turn_id}).all()


def said_now(s: Session, turn_id: str) -> Sequence[Message]:
    """What this session has replied in a turn: all of it, for a turn is settled in one."""
    return tuple(s.info.get(turn_id, ()))


def seal(s: Session, message_id: str, until: datetime) -> None:
    """What was said here tells of a sealed bid: until then nobody of the desk reads it."""
    by_id(s, message_id).sealed_until = until


def is_sealed(message: Message | Line) -> bool:
    return message.sealed_until is not None and message.sealed_until > clock.now()


def _attach(
    s: Session, conversation: Conversation, message: Message, file_ids: Sequence[str]
) -> None:
    for file_id in dict.fromkeys(file_ids):
        file = s.get(File, file_id)
        if file is None or file.conversation_id != conversation.id or file.message_id:
            raise Conflict("This file cannot be attached here.", file=file_id)
        file.message_id = message.id


def _codes(draft: Draft, message: Message) -> dict[str, Any]:
    """What the journal tells of a message: its act and the versions it cites, never its words."""
    codes: dict[str, Any] = {"language": draft.language, "characters": len(message.text)}
    if draft.act:
        codes["act"] = draft.act
    if draft.citations:
        codes["cites"] = [[c["article"], c["version"], draft.language] for c in draft.citations]
    if draft.turn_id:
        codes["turn"] = draft.turn_id
    return codes


# Asked in every turn, so they are put together once.
_OF_CONVERSATION = Message.conversation_id == bindparam("conversation")
_ALREADY_SAID = select(Message).where(
    _OF_CONVERSATION,
    Message.author_kind == bindparam("kind"),
    Message.author_id == bindparam("author"),
    Message.client_id == bindparam("client"),
)
_ID_OF_SAID = _ALREADY_SAID.with_only_columns(table(Message).c.id)
_BEFORE = (
    select(*(table(Message).c[name] for name in Line._fields))
    .where(
        _OF_CONVERSATION,
        Message.position < bindparam("position"),
        Message.audience == "public",
    )
    .order_by(Message.position.desc())
    .limit(bindparam("most"))
)
_OF_TURN = select(Message).where(Message.turn_id == bindparam("turn")).order_by(Message.position)
_TELL_LANGUAGE = (
    update(table(Message))
    .where(Message.id == bindparam("message"), Message.language != bindparam("told"))
    .values(language=bindparam("told"))
)

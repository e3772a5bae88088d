"""A claimed turn on its way to the bot: everything it needs, so that no session is held."""

import time
from dataclasses import dataclass, field, replace
from typing import get_args

from bot import port
from crm import clock, messages, queries, turns
from crm.db import Session
from crm.messages import Line
from crm.models import Conversation, Message, Turn
from knowledge.port import Language

HISTORY = 12


@dataclass(frozen=True, slots=True)
class Work:
    turn_id: str
    attempt: int
    request: port.Turn
    claimed_at: float = field(default_factory=time.monotonic)


def claim(s: Session, turn_id: str) -> Work | None:
    """Take a turn and gather what the bot may know; None when it is not ours to take."""
    turn = turns.claim(s, turn_id)
    return prepare(s, turn) if turn else None


def prepare(s: Session, turn: Turn) -> Work:
    conversation = s.get_one(Conversation, turn.conversation_id)
    return begun(s, turn, conversation, messages.by_id(s, turn.message_id))


def begun(
    s: Session, turn: Turn, conversation: Conversation, message: Message, *, files: bool = True
) -> Work:
    """A turn that is ours already, with what the bot may know; `files` if any may be attached."""
    thread = messages.before(s, conversation.id, turn.position, limit=HISTORY)
    request = _request(conversation, thread, message)
    if files:
        sent = queries.files_of(s, conversation.id).get(message.id, [])
        request = replace(request, files=[port.SentFile(f.id, f.name, f.media_type) for f in sent])
    return Work(turn.id, turn.attempt, request)


def _request(conversation: Conversation, thread: list[Line], message: Message) -> port.Turn:
    language: Language = "en"
    for known in get_args(Language):
        if known == conversation.language:
            language = known
    return port.Turn(
        conversation=conversation.id,
        text=message.text,
        language=language,
        as_of=clock.today(),
        channel=conversation.channel,
        history=[_said(m) for m in thread],
        state=conversation.bot_state,
    )


def _said(message: Line) -> port.Said:
    # What a sealed bid says must not come back as the goal of a later hand-off.
    secret = message.author_kind == "contact" and messages.is_sealed(message)
    text = "" if secret else message.text
    return port.Said(author=message.author_kind, text=text, act=message.act)  # type: ignore[arg-type]  # checked by the table's own constraints

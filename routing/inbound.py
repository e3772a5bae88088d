"""What a contact says: kept once, then passed to whoever owns the conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from crm import conversations, db, incidents, messages, tickets, turns
from crm.db import Session
from crm.errors import NotFound
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Message
from routing import words, work
from routing.work import Work


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that stands in the record. `turn_id` is set while the bot owes it an outcome;
    `claimed` when that turn is now ours to run."""

    message_id: str
    turn_id: str | None = None
    claimed: Work | None = None


def from_chat(
    engine: Engine, conversation_id: str, *, client_id: str, text: str, files: Sequence[str]
) -> Taken:
    """A message of the web chat. The same `client_id` again is the same message."""
    with db.transaction(engine) as s:
        conversation = s.get(Conversation, conversation_id, with_for_update=True)
        if conversation is None:
            raise NotFound("There is no such conversation.")
        author = Actor("contact", conversation.contact_id)
        said = messages.already_said(s, conversation, client_id, author, text)
        if said:
            return _again(s, said)
        draft = Draft(author, text, conversation.language, client_id=client_id, files=files)
        return take(s, conversation, draft)


def from_provider(s: Session, conversation: Conversation, draft: Draft) -> Taken:
    """A message of a channel with ids of its own. The same external id is the same message."""
    if draft.account and draft.external_id:
        said = messages.already_received(s, draft.account, draft.external_id)
        if said:
            return _again(s, said)
    return take(s, conversation, draft)


def take(s: Session, conversation: Conversation, draft: Draft) -> Taken:
    if conversation.status == "closed":
        conversations.reopen(s, conversation, actor=draft.author)
    message = messages.say(s, conversation, draft)
    if conversation.owner_kind != "bot":
        if conversation.ticket_id:
            tickets.asked(s, conversation.ticket_id)
        return Taken(message.id)
    _tell_incidents(s, conversation)
    if not draft.text.strip():
        _acknowledge_file(s, conversation)
        return Taken(message.id)
    turn = turns.owe(s, conversation, message)
    return Taken(message.id, turn.id, work.claim(s, turn.id))


def _tell_incidents(s: Session, conversation: Conversation) -> None:
    """Whoever writes while something is wrong hears of it once, before the bot answers."""
    for incident in incidents.in_force(s):
        if incidents.hears(s, incident, conversation.id):
            language = conversation.language
            messages.say(s, conversation, Draft(SYSTEM, incident.notice[language], language))


def _again(s: Session, said: Message) -> Taken:
    turn = turns.of_message(s, said.id)
    return Taken(said.id, turn.id if turn else None)


def _acknowledge_file(s: Session, conversation: Conversation) -> None:
    language = conversation.language
    draft = Draft(
        Actor("bot"),
        words.say(language, "file_received"),
        language,
        choices=[words.say(language, "file_choice")],
    )
    messages.say(s, conversation, draft)

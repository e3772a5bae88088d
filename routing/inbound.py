"""What a contact says: kept once, then passed to whoever owns the conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine

from bot.acting.state import filling
from crm import conversations, db, incidents, messages, tickets, turns
from crm.db import Session
from crm.errors import NotFound, Unauthorized
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Message
from crm.settings import Settings
from routing import conflicts, in_line, steps, words, work
from routing.work import Work


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that stands in the record. `turn_id` is set while the bot owes it an outcome;
    `claimed` when that turn is now ours to run."""

    message_id: str
    turn_id: str | None = None
    claimed: Work | None = None


def from_chat(
    engine: Engine,
    settings: Settings,
    conversation_id: str,
    *,
    client_id: str,
    text: str,
    files: Sequence[str],
    token_digest: str | None = None,
) -> Taken:
    """A message of the web chat. The same `client_id` again is the same message.

    `token_digest`, where it is given, must be the conversation's own, or Unauthorized is raised.
    """
    with db.transaction(engine) as s:
        conversation = conversations.hold(s, conversation_id)
        if token_digest and (conversation is None or conversation.token_digest != token_digest):
            raise Unauthorized("This token is not known.")
        if conversation is None:
            raise NotFound("There is no such conversation.")
        author = Actor("contact", conversation.contact_id)
        said = messages.already_said(s, conversation, client_id, author, text)
        if said:
            return _again(s, said)
        draft = Draft(author, text, conversation.language, client_id=client_id, files=files)
        return take(s, settings, conversation, draft)


def from_provider(
    s: Session, settings: Settings, conversation: Conversation, draft: Draft
) -> Taken:
    """A message of a channel with ids of its own. The same external id is the same message."""
    if draft.account and draft.external_id:
        said = messages.already_received(s, draft.account, draft.external_id)
        if said:
            return _again(s, said)
    return take(s, settings, conversation, draft)


def note(s: Session, conversation: Conversation, draft: Draft) -> Taken:
    """Keep what needs no answer (a machine's reply, STOP): nothing is owed, nothing is opened."""
    return Taken(messages.say(s, conversation, draft).id)


def for_people(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    draft: Draft,
    *,
    silently: bool = False,
) -> Taken:
    """Keep a message that the bot must not answer, and see that a queue owns its conversation."""
    _go_on(s, conversation, draft)
    message = messages.say(s, conversation, draft)
    if conversation.owner_kind == "bot":
        steps.hand_over(s, settings, conversation, "mail", message.text, silently=silently)
    elif conversation.ticket_id:
        tickets.asked(s, conversation.ticket_id)
    return Taken(message.id)


def take(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    draft: Draft,
    *,
    claims: bool = True,
    shows: Literal["location", "contact"] | None = None,
) -> Taken:
    """Keep a message; while the bot speaks in the talk it owes a turn, claimed if `claims`.

    What only `shows` something is for people to look at: no turn is owed for it.
    """
    _go_on(s, conversation, draft)
    message = messages.say(s, conversation, replace(draft, sealed_until=_secret(conversation)))
    if not conversations.answered_by_bot(conversation):
        if conversation.ticket_id:
            tickets.asked(s, conversation.ticket_id)
        in_line.tell_again(s, settings, conversation, draft.text)
        return Taken(message.id)
    _tell_incidents(s, conversation)
    if shows:
        _acknowledge(s, conversation, shows)
        return Taken(message.id)
    if not draft.text.strip() and not _signature_awaited(conversation):
        _acknowledge(s, conversation, "file")
        return Taken(message.id)
    turn = turns.owe(s, conversation, message, begins=claims)
    if turn.state != "running":
        return Taken(message.id, turn.id)
    begun = work.begun(s, turn, conversation, message, files=bool(draft.files))
    return Taken(message.id, turn.id, begun)


def _go_on(s: Session, conversation: Conversation, draft: Draft) -> None:
    """A talk that was over is one again, and the tender its words name is known to it."""
    if conversation.status == "closed":
        conversations.reopen(s, conversation, actor=draft.author)
    elif conversation.status == "wrap_up":
        conversations.resume(s, conversation, actor=draft.author)
    conflicts.named(s, conversation, text=draft.text)


def _tell_incidents(s: Session, conversation: Conversation) -> None:
    """Whoever writes while something is wrong hears of it once, before the bot answers."""
    for incident in incidents.in_force(s):
        if incidents.hears(s, incident, conversation.id):
            language = conversation.language
            messages.say(s, conversation, Draft(SYSTEM, incident.notice[language], language))


def _again(s: Session, said: Message) -> Taken:
    turn = turns.of_message(s, said.id)
    return Taken(said.id, turn.id if turn else None)


def _signature_awaited(conversation: Conversation) -> bool:
    """Whether the bot asked for a signed file last, so that a file alone is an answer."""
    act = filling(conversation.bot_state)
    return act is not None and act.asked == "signature"


def _secret(conversation: Conversation) -> datetime | None:
    """While a bid is being filled in, its bidder's words are sealed from their first moment."""
    by_bot = conversations.answered_by_bot(conversation)
    act = filling(conversation.bot_state) if by_bot else None
    return act.sealed_until if act else None


def _acknowledge(
    s: Session, conversation: Conversation, what: Literal["file", "location", "contact"]
) -> None:
    """Kept, and what the bot cannot do with it; a person can."""
    language = conversation.language
    draft = Draft(
        Actor("bot"),
        words.say(language, f"{what}_received"),
        language,
        choices=[words.say(language, "file_choice")],
    )
    messages.say(s, conversation, draft)

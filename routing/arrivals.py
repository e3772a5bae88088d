"""One message that arrived over a channel: whose it is, where it belongs, what becomes of it."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.language import language_of
from crm import (
    clock,
    contacts,
    conversations,
    db,
    files,
    messages,
    remote_files,
    surveys,
    threads,
)
from crm.db import Session
from crm.errors import DeskError
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Contact, Conversation, Message, Ticket
from crm.settings import Settings
from crm.words import storable
from routing import inbound, policy, words
from routing.channels.port import Channel, Incoming, Thread, Unreadable

# Two machines that answer each other are stopped here, whatever their mails call themselves.
ANSWERS_PER_HOUR = 15
# A number that chooses, as people write it: `2`, `2)`, `opción 2`, `2번이요`.
NUMBER = re.compile(
    r"\W*(?:(?:option|number|opci[oó]n|n[uú]mero|la|el)\W+)?(\d{1,2})\s*(?:번(?:이?요|이에요)?)?\W*",
    re.IGNORECASE,
)
# A score from 1 to 5: `5`, `4점`, `5/5`, `3 of 5`.
SCORE = re.compile(r"\W*([1-5])\s*(?:점(?:이?요)?|/\s*5|of 5|de 5)?\W*", re.IGNORECASE)
ASKS_FOR_SCORE = ("survey", "contact_ended")
FAX = re.compile(r"\bfax\b|팩스", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs. `proven` when its sender answered under our own signature;
    `aside` names the conversation that it meant but may not enter."""

    conversation: Conversation
    new: bool = False
    proven: bool = False
    aside: Conversation | None = None


def owner_of_ids(channel: Channel, account: str) -> str:
    """Two providers may give the same id: what is unique is unique within one's own account."""
    return f"{channel.kind}/{account}"[:100]


def take(
    s: Session,
    settings: Settings,
    channel: Channel,
    account: str,
    incoming: Incoming,
    *,
    claims: bool = True,
) -> inbound.Taken:
    """Write the message into its conversation; the same external id again is the same message."""
    incoming = _clean(incoming)
    ids = owner_of_ids(channel, account)
    said = messages.already_received(s, ids, incoming.external_id)
    if said:
        return inbound.Taken(said.id)
    place = _place(s, settings, channel, account, incoming)
    conversation = place.conversation
    if channel.limits.numbered and not place.new:
        incoming = replace(incoming, text=_chosen(s, conversation, incoming.text))
    author = Actor("contact", conversation.contact_id)
    conversation.own_address = incoming.to or conversation.own_address
    incoming = _settle_wish(s, channel.kind, incoming)
    kept, refused = _keep_files(s, settings, conversation, author, incoming)
    draft = Draft(
        author,
        incoming.text,
        conversation.language,
        account=ids,
        external_id=incoming.external_id,
        files=kept,
    )
    score = None if place.new else _score(s, conversation, incoming.text)
    if incoming.automatic or incoming.sign or incoming.wish is not None:
        taken = inbound.note(s, conversation, draft)
        _answer_wish(s, settings, conversation, incoming.wish)
    elif score is not None:
        taken = inbound.note(s, conversation, draft)
        surveys.answer(s, conversation, score=score, comment=None)
        thanks = words.say(conversation.language, "survey_thanks")
        messages.say(s, conversation, Draft(SYSTEM, thanks, conversation.language))
    elif _is_answered_enough(s, conversation):
        taken = inbound.for_people(s, settings, conversation, draft, silently=True)
    elif _needs_people(settings, conversation, incoming):
        taken = inbound.for_people(s, settings, conversation, draft)
    else:
        taken = inbound.take(s, settings, conversation, draft, claims=claims, shows=incoming.shows)
    message = messages.by_id(s, taken.message_id)
    for remote in incoming.remote_files:
        remote_files.promise(
            s, message, channel=channel.kind, reference=remote.reference, name=remote.name
        )
    if incoming.thread:
        threads.remember(s, ids, incoming.thread.key, conversation)
    _note(s, place, [*incoming.left_out, *refused])
    return taken


def _settle_wish(s: Session, kind: str, incoming: Incoming) -> Incoming:
    """Whether we may still write there. Who says START without having said STOP only says hello."""
    if incoming.wish == "start" and not contacts.has_stopped(s, kind=kind, value=incoming.address):
        return replace(incoming, wish=None)
    if incoming.wish in {"stop", "start"}:
        stop = incoming.wish == "stop"
        contacts.wish(s, kind=kind, value=incoming.address, stop=stop)
    return incoming


def _answer_wish(
    s: Session, settings: Settings, conversation: Conversation, wish: str | None
) -> None:
    """Who wants silence gets it; who wants to hear from us again, or what this is, is told."""
    if wish in {"start", "help", "hello"}:
        told = words.say(conversation.language, f"wish_{wish}", desk=settings.name)
        messages.say(s, conversation, Draft(SYSTEM, told, conversation.language))


def _chosen(s: Session, conversation: Conversation, text: str) -> str:
    """The choice that a bare number means, where the last message offered numbered ones."""
    found, last = NUMBER.fullmatch(text), _last(s, conversation)
    if found is None or last is None:
        return text
    number, offered = int(found.group(1)), last.choices
    return str(offered[number - 1]) if 0 < number <= len(offered) else text


def _score(s: Session, conversation: Conversation, text: str) -> int | None:
    """The answer to the one question after a talk, where that was the last thing said."""
    found, last = SCORE.fullmatch(text), _last(s, conversation)
    if found is None or last is None or last.author_kind != "system":
        return None
    asked = {words.say(last.language, key) for key in ASKS_FOR_SCORE}
    return int(found.group(1)) if last.text in asked else None


def _last(s: Session, conversation: Conversation) -> Message | None:
    """What was said last in a conversation, for both sides to read."""
    return s.scalar(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.audience == "public")
        .order_by(Message.position.desc())
        .limit(1)
    )


def _clean(incoming: Incoming) -> Incoming:
    return replace(
        incoming,
        external_id=storable(incoming.external_id)[:200],
        address=storable(incoming.address)[:320],
        text=storable(incoming.text),
        to=storable(incoming.to)[:320],
        name=storable(incoming.name)[:200] if incoming.name else None,
    )


def _place(
    s: Session, settings: Settings, channel: Channel, account: str, incoming: Incoming
) -> Place:
    db.alone(s, "talk", channel.kind, account, incoming.address)
    if incoming.thread is None:
        known = _newest_with(s, channel.kind, account, incoming.address)
        return Place(known) if known else _begin(s, settings, channel, account, incoming)
    meant, proven = _meant(s, owner_of_ids(channel, account), incoming.thread)
    if meant is None and incoming.automatic:
        # A machine that begins a talk (a newsletter, an alert) would only fill a queue.
        raise Unreadable("automatic")
    if meant is None:
        return _begin(s, settings, channel, account, incoming)
    if incoming.address in _addresses(s, meant):
        if proven:
            _prove(s, meant, channel.kind, incoming.address)
        return Place(meant, proven=proven)
    # Somebody else answers: what was said in that talk is not theirs to read.
    return replace(_begin(s, settings, channel, account, incoming), aside=meant)


def _meant(s: Session, ids: str, thread: Thread) -> tuple[Conversation | None, bool]:
    """The conversation a threaded message answers; True when our own signature led there."""
    if thread.conversation:
        signed = s.get(Conversation, thread.conversation, with_for_update=True)
        if signed:
            return signed, True
    answered = threads.find(s, ids, thread.answers) if thread.answers else None
    if answered or not thread.ticket:
        return answered, False
    newest = (
        select(Conversation)
        .join(Ticket, Ticket.id == Conversation.ticket_id)
        .where(Ticket.number == thread.ticket)
        .order_by(Conversation.created_at.desc())
        .limit(1)
    )
    return s.scalar(newest.with_for_update(of=Conversation)), False


def _addresses(s: Session, conversation: Conversation) -> set[str]:
    """From where the contact of a conversation is known to write."""
    contact = s.get_one(Contact, conversation.contact_id)
    known = {conversation.address, contact.email and contact.email.casefold()}
    return {address for address in known if address}


def _prove(s: Session, conversation: Conversation, kind: str, address: str) -> None:
    contacts.prove(s, s.get_one(Contact, conversation.contact_id), kind=kind, value=address)


def _newest_with(s: Session, kind: str, account: str, address: str) -> Conversation | None:
    return s.scalar(
        select(Conversation)
        .where(
            Conversation.channel == kind,
            Conversation.account == account,
            Conversation.address == address,
        )
        .order_by(Conversation.created_at.desc())
        .limit(1)
        .with_for_update()
    )


def _begin(
    s: Session, settings: Settings, channel: Channel, account: str, incoming: Incoming
) -> Place:
    language = incoming.language if incoming.language in settings.languages else None
    language = language or language_of(incoming.text, "en")
    contact = contacts.recognise(
        s, kind=channel.kind, value=incoming.address, language=language, name=incoming.name
    )
    conversation, _ = conversations.start(
        s,
        contact,
        channel=channel.kind,
        language=language,
        account=account,
        address=incoming.address,
    )
    if incoming.thread:
        conversation.subject = storable(incoming.thread.subject)[:300] or None
    return Place(conversation, new=True)


def _keep_files(
    s: Session, settings: Settings, conversation: Conversation, author: Actor, incoming: Incoming
) -> tuple[list[str], list[tuple[str, str]]]:
    """Keep what may be kept; what may not be is named, and the message stands without it."""
    kept, refused = [], []
    for file in incoming.files:
        try:
            kept.append(
                files.keep(
                    s,
                    conversation,
                    actor=author,
                    name=storable(file.name),
                    content=file.content,
                    limit=settings.max_file_bytes,
                ).id
            )
        except DeskError:
            refused.append(("file_refused", file.name))
    if incoming.original:
        name, content = incoming.original.name, incoming.original.content
        kept.append(
            files.keep_original(s, conversation, actor=author, name=name, content=content).id
        )
    return kept, refused


def _note(s: Session, place: Place, left_out: list[tuple[str, str]]) -> None:
    """Tell counselors what a message came without, and what it belongs to."""
    conversation = place.conversation
    lines = [words.say(conversation.language, key, name=name[:120]) for key, name in left_out]
    if place.aside:
        ticket = place.aside.ticket_id and s.get(Ticket, place.aside.ticket_id)
        number = ticket.number if ticket else "—"
        lines.append(words.say(conversation.language, "other_sender", number=number))
    if lines:
        text = storable("\n".join(lines))
        draft = Draft(SYSTEM, text, conversation.language, audience="internal")
        messages.say(s, conversation, draft)


def _needs_people(settings: Settings, conversation: Conversation, incoming: Incoming) -> bool:
    """By policy, or because a mail holds nothing but files, such as a fax."""
    if conversation.channel != "email":
        return False
    if not incoming.text.strip() or FAX.search(conversation.subject or ""):
        return True
    return policy.of(settings, conversation, incoming.text) == "human"


def _is_answered_enough(s: Session, conversation: Conversation) -> bool:
    """Whether this talk has had so many automatic answers lately that a machine must be writing."""
    if conversation.channel != "email":
        return False
    answered = s.scalar(
        select(func.count())
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.channel == conversation.channel,
            Conversation.address == conversation.address,
            Message.author_kind.in_(("bot", "system")),
            Message.audience == "public",
            Message.created_at > clock.now() - timedelta(hours=1),
        )
    )
    return (answered or 0) >= ANSWERS_PER_HOUR

"""Sending what is due: claim, let go of the database, send, write down what became of it."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, func, select

from crm import contacts, db, files, outbox
from crm.db import Session
from crm.models import Conversation, Delivery, Message, Ticket
from routing import receipts, words
from routing.channels import Channels
from routing.channels.port import (
    Attachment,
    Channel,
    Limits,
    Looks,
    Lost,
    Outbound,
    Refused,
    Source,
    Unreachable,
    with_sources,
)

log = logging.getLogger(__name__)

# After so many failures in one round a provider is taken to be away, and the rest of it waits.
FAILURES_A_ROUND = 3
LOOKUPS = 6


@dataclass(frozen=True, slots=True)
class Parcel:
    delivery_id: str
    channel: str
    out: Outbound


def send_due(engine: Engine, channels: Channels, public_url: str = "") -> int:
    """Send what is due now; returns how many deliveries were tried.

    `public_url` is put before links that lead into the desk itself.
    """
    with db.reading(engine) as s:
        waiting = outbox.due(s)
        found = s.scalars(select(Delivery).where(Delivery.id.in_(waiting)))
        kinds = {delivery.id: delivery.channel for delivery in found}
    tried = 0
    failed: Counter[str] = Counter()
    for delivery_id in waiting:
        if failed[kinds.get(delivery_id, "")] >= FAILURES_A_ROUND:
            continue
        with db.transaction(engine) as s:
            parcel = _claim(s, delivery_id, channels, public_url)
        if parcel:
            if not _send(engine, parcel, channels):
                failed[parcel.channel] += 1
            tried += 1
    return tried


def collect(
    engine: Engine, channels: Channels, public_url: str, *, address: tuple[str, str, str], most: int
) -> list[Outbound]:
    """Claim what waits for an address (channel, account, address) to carry it in an answer.

    It counts as sent: whoever asks is on the line.
    """
    with db.reading(engine) as s:
        waiting = outbox.waiting_for(s, *address)
    collected = []
    for delivery_id in waiting[:most]:
        with db.transaction(engine) as s:
            parcel = _claim(s, delivery_id, channels, public_url)
            if parcel:
                outbox.sent(s, s.get_one(Delivery, delivery_id), f"inline/{delivery_id}")
                collected.append(parcel.out)
    return collected


def look_up_unknown(engine: Engine, channels: Channels, public_url: str = "") -> int:
    """Ask the providers that can tell whether what is unknown left after all.

    Found there it is sent; certainly not there it is due again; else it is asked for again later,
    and at last left to a person.
    """
    able = {kind: channel for kind, channel in channels.items() if isinstance(channel, Looks)}
    with db.reading(engine) as s:
        waiting = outbox.unknown(s, list(able), lookups=LOOKUPS)
    for delivery_id in waiting:
        with db.reading(engine) as s:
            delivery = s.get_one(Delivery, delivery_id)
            channel: Channel = channels[delivery.channel]
            out = _outbound(s, delivery, channel, public_url)
            taken = outbox.references(s, channel=delivery.channel, address=delivery.address or "")
        write = _found(able[delivery.channel], out, taken)
        with db.transaction(engine) as s:
            delivery = s.get_one(Delivery, delivery_id, with_for_update=True)
            if delivery.state == "unknown":
                write(s, delivery)
    return len(waiting)


def render(message: Message, limits: Limits) -> tuple[str, list[str]]:
    """The text and choices as the other end can show them: sources and choices become lines."""
    out = Outbound("", "", "", message.text, [], sources=_sources(message))
    shown = [str(choice) for choice in message.choices[: limits.choices]]
    return with_sources(out), shown


def parts_of(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` characters, cut between lines or words where it can."""
    parts = []
    while len(text) > limit:
        cut = max(text.rfind("\n", 0, limit), limit // 2)
        if text[cut] != "\n":
            cut = max(text.rfind(" ", 0, limit), limit // 2)
        if not text[cut].isspace():
            cut = limit
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [part for part in (*parts, text) if part] or [""]


def _claim(s: Session, delivery_id: str, channels: Channels, public_url: str) -> Parcel | None:
    delivery = outbox.claim(s, delivery_id)
    if delivery is None:
        return None
    channel = channels.get(delivery.channel)
    if channel is None:
        outbox.refuse(s, delivery, "the channel is switched off")
        return None
    if delivery.address and contacts.has_stopped(s, kind=delivery.channel, value=delivery.address):
        outbox.refuse(s, delivery, "the person asked for silence")
        receipts.note_failure(s, delivery)
        return None
    out = _outbound(s, delivery, channel, public_url, splits=True)
    return Parcel(delivery_id, delivery.channel, out)


def _outbound(
    s: Session, delivery: Delivery, channel: Channel, public_url: str, *, splits: bool = False
) -> Outbound:
    """All that a channel needs to send one part of a message."""
    message = s.scalars(select(Message).where(Message.id == delivery.message_id)).one()
    conversation = s.get_one(Conversation, message.conversation_id)
    ticket = s.get(Ticket, conversation.ticket_id) if conversation.ticket_id else None
    out = Outbound(
        key=delivery.id,
        account=delivery.account,
        address=delivery.address or "",
        text=_text(message, delivery, conversation, public_url),
        choices=[str(choice) for choice in message.choices[: channel.limits.choices]],
        language=message.language,
        sources=_sources(message, public_url),
        files=_files(s, message, channel.limits),
        heard_at=_heard_at(s, delivery),
        written_at=message.created_at,
        automatic=message.author_kind != "counselor",
        conversation=conversation.id,
        subject=conversation.subject or "",
        ticket=ticket.number if ticket else None,
        sender=conversation.own_address or "" if conversation.channel == channel.kind else "",
        answers=_answers(s, conversation, message),
    )
    return _part(s, delivery, channel.limits, out, splits=splits)


def _text(message: Message, delivery: Delivery, conversation: Conversation, public_url: str) -> str:
    """The words; where a chat goes on by another channel, with the way back to it."""
    if delivery.channel == conversation.channel or conversation.channel != "web" or not public_url:
        return message.text  # a caller asked for it to be texted, and left no chat
    back = words.say(conversation.language, "read_here", url=f"{public_url}/")
    return f"{message.text}\n\n{back}"


def _part(
    s: Session, delivery: Delivery, limits: Limits, out: Outbound, *, splits: bool
) -> Outbound:
    """The piece of a long text that this delivery carries; choices and files go with the last."""
    if len(with_sources(out)) <= limits.max_chars:
        return out
    pieces = parts_of(with_sources(out), limits.max_chars)
    if splits and delivery.part == 0 and delivery.attempts == 1:
        outbox.split(s, delivery, len(pieces))
    piece = pieces[min(delivery.part, len(pieces) - 1)]
    if delivery.part == len(pieces) - 1:
        return replace(out, text=piece, sources=())
    return replace(out, text=piece, sources=(), choices=[], files=())


def _sources(message: Message, public_url: str = "") -> list[Source]:
    found = [(str(c["title"]), str(c["version"]), str(c["url"])) for c in message.citations]
    return [
        Source(title, version, public_url + url if url.startswith("/") else url)
        for title, version, url in found
    ]


def _files(s: Session, message: Message, limits: Limits) -> list[Attachment]:
    """The files of the message that the other end can take."""
    if not limits.max_file_bytes:
        return []
    return [
        Attachment(file.name, file.content, file.media_type, file.id)
        for file in files.of_message(s, message.id)
        if file.size <= limits.max_file_bytes
    ]


def _heard_at(s: Session, delivery: Delivery) -> datetime | None:
    """When the person last wrote from the address over this channel."""
    return s.scalar(
        select(func.max(Message.created_at))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.channel == delivery.channel,
            Conversation.account == delivery.account,
            Conversation.address == delivery.address,
            Message.author_kind == "contact",
        )
    )


def _answers(s: Session, conversation: Conversation, message: Message) -> list[str]:
    """Names of what was received and sent in this conversation before, the oldest first."""
    received = select(Message.position, Message.external_id).where(
        Message.conversation_id == conversation.id,
        Message.external_id.is_not(None),
        Message.position < message.position,
    )
    sent = (
        select(Message.position, Delivery.provider_reference)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(
            Message.conversation_id == conversation.id,
            Delivery.provider_reference.is_not(None),
            Message.position < message.position,
        )
    )
    named = [*s.execute(received).all(), *s.execute(sent).all()]
    return [str(name) for _, name in sorted(named, key=lambda row: row[0])][-20:]


def _send(engine: Engine, parcel: Parcel, channels: Channels) -> bool:
    """Send one parcel; False when its provider seems to be away."""
    reached, write = _outcome(parcel, channels)
    with db.transaction(engine) as s:
        delivery = s.get_one(Delivery, parcel.delivery_id, with_for_update=True)
        if delivery.state == "sending":
            write(s, delivery)
    return reached


Write = Callable[[Session, Delivery], None]


def _outcome(parcel: Parcel, channels: Channels) -> tuple[bool, Write]:
    """Call the provider with no session held; the answer says how to write it down.

    Any other exception leaves the row in `sending`: it may have left, so its lease makes it
    unknown and a person decides.
    """
    try:
        reference = channels[parcel.channel].send(parcel.out)
    except Unreachable as error:
        reason = str(error)
        return False, lambda s, delivery: outbox.retry(s, delivery, reason)
    except Lost as error:
        lost, asks = str(error), isinstance(channels[parcel.channel], Looks)
        return False, lambda s, delivery: _lose(s, delivery, lost, asks=asks)
    except Refused as error:
        refusal = str(error)
        return True, lambda s, delivery: _refuse(s, delivery, refusal)
    return True, lambda s, delivery: outbox.sent(s, delivery, reference)


def _refuse(s: Session, delivery: Delivery, reason: str) -> None:
    outbox.refuse(s, delivery, reason)
    receipts.note_failure(s, delivery)


def _lose(s: Session, delivery: Delivery, reason: str, *, asks: bool) -> None:
    """Where the provider can be asked, that comes first; else a person is told at once."""
    outbox.lose(s, delivery, reason)
    if not asks:
        receipts.note_failure(s, delivery)


def _look_later(s: Session, delivery: Delivery) -> None:
    outbox.looked_up(s, delivery)
    if delivery.lookups >= LOOKUPS:
        receipts.note_failure(s, delivery)


def _found(channel: Looks, out: Outbound, taken: Sequence[str]) -> Write:
    try:
        reference = channel.find(out, taken)
    except Unreachable:
        return _look_later
    if reference is None:
        return lambda s, delivery: outbox.retry(s, delivery, "the provider does not have it")
    return lambda s, delivery: outbox.sent(s, delivery, reference)

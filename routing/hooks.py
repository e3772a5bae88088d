"""From a provider's bytes to messages in the record: keep raw, parse, recognise, take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine, select

from bot.language import language_of
from crm import contacts, conversations, db, inbox
from crm.db import Session
from crm.events import Actor
from crm.messages import Draft
from crm.models import Conversation
from crm.settings import Settings
from crm.words import storable
from routing import inbound
from routing.channels.port import Channel, Hook, Incoming, Unreadable
from routing.work import Work

KEPT_HEADERS = frozenset({"content-type", "user-agent"})


@dataclass(frozen=True, slots=True)
class TakenHook:
    new: bool
    claimed: Sequence[Work] = ()


def take(engine: Engine, settings: Settings, channel: Channel, hook: Hook) -> TakenHook:
    """Keep a verified hook and take in its messages; the same hook again changes nothing."""
    headers = {k: v for k, v in hook.headers.items() if k in KEPT_HEADERS}
    with db.transaction(engine) as s:
        item, new = inbox.keep(
            s,
            channel=channel.kind,
            account=_owner_of_ids(channel, hook.account),
            external_id=storable(channel.identify(hook)),
            headers=headers,
            body=hook.body,
        )
        if item.state != "new":  # a hook whose first taking-in died is taken in now
            return TakenHook(new)
        item_id = item.id
    try:
        received = channel.receive(hook)
    except Unreadable as error:
        reason = str(error)
        with db.transaction(engine) as s:
            inbox.quarantine(s, item_id, reason)
        return TakenHook(new)
    with db.transaction(engine) as s:
        if not inbox.is_new(s, item_id):  # the same hook came twice at once
            return TakenHook(new)
        taken = [_take(s, settings, channel, hook.account, m) for m in received.messages]
        inbox.done(s, item_id)
    return TakenHook(new, [t.claimed for t in taken if t.claimed])


def _take(
    s: Session, settings: Settings, channel: Channel, account: str, incoming: Incoming
) -> inbound.Taken:
    incoming = replace(
        incoming,
        external_id=storable(incoming.external_id),
        address=storable(incoming.address),
        text=storable(incoming.text),
    )
    conversation = _conversation(s, settings, channel, account, incoming)
    draft = Draft(
        Actor("contact", conversation.contact_id),
        incoming.text,
        conversation.language,
        account=_owner_of_ids(channel, account),
        external_id=incoming.external_id,
    )
    return inbound.from_provider(s, conversation, draft)


def _owner_of_ids(channel: Channel, account: str) -> str:
    """Two providers may give the same id: what is unique is unique within one's own account."""
    return f"{channel.kind}/{account}"[:100]


def _conversation(
    s: Session, settings: Settings, channel: Channel, account: str, incoming: Incoming
) -> Conversation:
    """The newest talk with this address, or a new one."""
    db.alone(s, "talk", channel.kind, account, incoming.address)
    known = s.scalar(
        select(Conversation)
        .where(
            Conversation.channel == channel.kind,
            Conversation.account == account,
            Conversation.address == incoming.address,
        )
        .order_by(Conversation.created_at.desc())
        .limit(1)
        .with_for_update()
    )
    if known:
        return known
    language = incoming.language if incoming.language in settings.languages else None
    language = language or language_of(incoming.text, "en")
    contact = contacts.recognise(s, kind=channel.kind, value=incoming.address, language=language)
    conversation, _ = conversations.start(
        s,
        contact,
        channel=channel.kind,
        language=language,
        account=account,
        address=incoming.address,
    )
    return conversation

"""A chat whose page was closed goes on by mail or SMS, where the address is surely theirs."""

from datetime import timedelta

from sqlalchemy import Engine

from crm import contacts, db, messages, outbox
from crm.models import Contact, Conversation
from routing.channels import Channels

# Long enough for a page that is only being loaded again.
AFTER, BEFORE = timedelta(minutes=2), timedelta(hours=24)
WAYS = ("email", "sms")
ACCOUNT = "main"


def carry_on(engine: Engine, channels: Channels) -> int:
    """Post what a closed page has not shown; returns how many messages went another way."""
    with db.reading(engine) as s:
        unseen = outbox.to_carry_on(s, after=AFTER, before=BEFORE)
    return sum(_carry(engine, channels, message_id) for message_id in unseen)


def _carry(engine: Engine, channels: Channels, message_id: str) -> bool:
    """Nothing is sent to an address that was only typed: it may be anybody's."""
    with db.transaction(engine) as s:
        message = messages.by_id(s, message_id)
        db.alone(s, "carry-on", message.conversation_id)
        if message_id not in outbox.to_carry_on(s, after=AFTER, before=BEFORE):
            return False  # another worker was first, or the page was opened again
        conversation = s.get_one(Conversation, message.conversation_id)
        contact = s.get_one(Contact, conversation.contact_id)
        for way in WAYS:
            address = contacts.proven_address(s, contact, kind=way) if way in channels else None
            if address:
                outbox.post_to(s, message, channel=way, account=ACCOUNT, address=address)
                return True
    return False

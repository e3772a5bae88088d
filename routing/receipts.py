"""What a provider tells of a delivery: written on it, and said to counselors when it failed."""

from sqlalchemy import select

from crm import messages, outbox
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Conversation, Delivery, Message
from routing import words
from routing.channels.port import Receipt


def write(s: Session, channel: str, told: Receipt) -> None:
    """Late, doubled and reordered receipts change nothing."""
    delivery = outbox.receipt(
        s,
        channel=channel,
        key=told.key,
        reference=told.reference,
        state=told.state,
        reason=told.reason,
    )
    if delivery and delivery.state == "failed":
        note_failure(s, delivery)


def note_failure(s: Session, delivery: Delivery) -> None:
    """An internal note in the talk whose message did not arrive, or may not have."""
    message = s.scalars(select(Message).where(Message.id == delivery.message_id)).one()
    conversation = s.get_one(Conversation, message.conversation_id)
    language = conversation.language
    key = "maybe_delivered" if delivery.state == "unknown" else "not_delivered"
    text = words.say(language, key, reason=delivery.reason or "—")
    messages.say(s, conversation, Draft(SYSTEM, text, language, audience="internal"))

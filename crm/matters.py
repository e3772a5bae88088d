"""Which tenders a conversation is about, so that walls and searches need not read what was said."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from crm import db, events
from crm.db import Session
from crm.models import Conversation, Matter

MOST = 50  # a list of tenders pasted into a chat is no list of matters


def name(s: Session, conversation: Conversation, tenders: Iterable[str]) -> bool:
    """Note tenders by their numbers; True when one of them is new to the conversation."""
    numbers = sorted({number.strip().upper()[:60] for number in tenders if number.strip()})
    if not numbers:
        return False
    s.flush()
    known = set(of(s, conversation.id))
    new = [number for number in numbers if number not in known][: max(0, MOST - len(known))]
    made = [
        number
        for number in new
        if db.insert_new(s, Matter, conversation_id=conversation.id, tender=number)
    ]
    if made:
        data = {"tenders": made}
        events.emit(s, "conversation.named", events.SYSTEM, conversation=conversation.id, data=data)
    return bool(made)


def of(s: Session, conversation_id: str) -> Sequence[str]:
    return s.scalars(
        select(Matter.tender)
        .where(Matter.conversation_id == conversation_id)
        .order_by(Matter.tender)
    ).all()

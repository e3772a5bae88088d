"""Threads of providers that have them: which conversation a message's own name leads to."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from crm import db
from crm.db import Session
from crm.models import Conversation, Delivery, Message, ThreadKey


def digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def remember(s: Session, account: str, key: str, conversation: Conversation) -> None:
    """From now on an answer to `key` belongs to this conversation; the first one to say so wins."""
    db.alone(s, "thread", account, key)
    known = s.scalar(
        select(ThreadKey.id).where(ThreadKey.account == account, ThreadKey.digest == digest(key))
    )
    if known is None:
        s.add(ThreadKey(account=account, digest=digest(key), conversation_id=conversation.id))
        s.flush()


def find(s: Session, account: str, keys: Sequence[str]) -> Conversation | None:
    """The conversation of the first of `keys` that is known, as received or as sent by us."""
    digests = [digest(key) for key in keys]
    rows = s.execute(
        select(ThreadKey.digest, ThreadKey.conversation_id).where(
            ThreadKey.account == account, ThreadKey.digest.in_(digests)
        )
    ).all()
    known: dict[str, str] = {row.digest: row.conversation_id for row in rows}
    for wanted in digests:
        if wanted in known:
            return s.get_one(Conversation, known[wanted], with_for_update=True)
    sent = s.scalar(
        select(Message.conversation_id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.provider_reference.in_(list(keys)))
        .limit(1)
    )
    return s.get_one(Conversation, sent, with_for_update=True) if sent else None

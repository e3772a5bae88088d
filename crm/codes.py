"""One-time codes: six digits by e-mail or SMS, ten minutes, few tries, few sends."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import func, select

from crm import clock, db, events, merging, registered_phones
from crm.db import Session
from crm.models import Code, Contact, Conversation, Identity

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_SENDS, SENDS_WITHIN = 3, timedelta(hours=1)
# Every SMS costs: whoever has the desk write to numbers of their own earns nothing beyond this.
MOST_TEXTS = 100

Kind = Literal["email", "sms"]
Checked = Literal["proven", "wrong", "expired", "used_up"]


def issue(
    s: Session, conversation: Conversation, address: str, *, key: bytes, kind: Kind = "email"
) -> str | None:
    """A new code for an address, to be sent after commit; None when too many were sent of late.

    Only a keyed digest is kept. Sends are counted by address and by conversation, and those by SMS
    for the whole desk.
    """
    address = address.strip().casefold()
    db.alone(s, "code", address)
    since = clock.now() - SENDS_WITHIN
    for where in (Code.address == address, Code.conversation_id == conversation.id):
        sent = s.scalar(
            select(func.count()).select_from(Code).where(where, Code.created_at > since)
        )
        if (sent or 0) >= MOST_SENDS:
            return None
    if kind == "sms" and _texts(s) >= MOST_TEXTS:
        return None
    for older in _open(s, conversation.id):
        older.used_at = clock.now()
    digits = f"{secrets.randbelow(1_000_000):06d}"
    code = Code(
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        kind=kind,
        address=address,
        created_at=clock.now(),
        expires_at=clock.now() + LASTS,
    )
    code.digest = _digest(key, conversation.id, digits)
    s.add(code)
    events.emit(
        s,
        "code.issued",
        events.Actor("contact", conversation.contact_id),
        conversation=conversation.id,
        data={"by": kind},
    )
    return digits


def check(s: Session, conversation: Conversation, digits: str, *, key: bytes) -> Checked:
    """Count a try; when it is right, the contact is proven to be the holder of the address.

    One that was texted to a registered phone proves who registered it, for this talk alone.
    """
    code = next(iter(_open(s, conversation.id)), None)
    if code is None or code.expires_at <= clock.now():
        return "expired"
    if code.tries >= MOST_TRIES:
        return "used_up"
    code.tries += 1
    if not hmac.compare_digest(code.digest, _digest(key, conversation.id, digits)):
        return "used_up" if code.tries >= MOST_TRIES else "wrong"
    code.used_at = clock.now()
    phone = registered_phones.of_number(s, code.address)
    if phone:
        registered_phones.speaks_for(s, conversation, phone, by="code")
        return "proven"
    contact = s.get_one(Contact, conversation.contact_id)
    contact.proven = True
    if code.kind == "email":
        contact.email = code.address
        known = _holder(s, code.address, contact)
    else:
        known = _caller(s, code.address, contact)
    if known:
        merging.prove(s, contact, known)
    events.emit(
        s,
        "contact.proven",
        events.Actor("contact", contact.id),
        conversation=conversation.id,
        data={"by": "code" if code.kind == "email" else "sms_code"},
    )
    return "proven"


def _open(s: Session, conversation_id: str) -> list[Code]:
    return list(
        s.scalars(
            select(Code)
            .where(Code.conversation_id == conversation_id, Code.used_at.is_(None))
            .order_by(Code.created_at.desc())
        )
    )


def _holder(s: Session, address: str, contact: Contact) -> Contact | None:
    """The known contact of this address: one that the portal vouches for, or one that writes it."""
    vouched = s.scalar(
        select(Contact)
        .join(Identity)
        .where(Identity.kind == "portal", Contact.proven, func.lower(Contact.email) == address)
        .order_by(Contact.created_at)
        .limit(1)
    )
    return vouched or s.scalar(
        select(Contact)
        .join(Identity)
        .where(
            Identity.kind == "email", Identity.value == address, Identity.contact_id != contact.id
        )
    )


def _caller(s: Session, number: str, contact: Contact) -> Contact | None:
    """The known contact of this number: who writes or rings from it, best if they proved who."""
    return s.scalar(
        select(Contact)
        .join(Identity)
        .where(
            Identity.kind.in_(("sms", "phone", "whatsapp")),
            Identity.value == number,
            Contact.id != contact.id,
        )
        .order_by(func.coalesce(Contact.merged_by, "desk"), Contact.created_at)
        .limit(1)
    )


def _texts(s: Session) -> int:
    recent = Code.created_at > clock.now() - SENDS_WITHIN
    return s.scalar(select(func.count()).where(Code.kind == "sms", recent)) or 0


def _digest(key: bytes, conversation_id: str, digits: str) -> str:
    return hmac.new(key, f"code {conversation_id} {digits}".encode(), hashlib.sha256).hexdigest()

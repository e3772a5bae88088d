"""Registered phones: a proven person's number and PIN, by which they are known on the telephone.

A number that calls proves nothing, for anybody can show it; it must come with the PIN, or with a
one-time code that was texted to it. The proof holds for its talk and for no later one.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, select

from crm import clock, db, events, leases
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid
from crm.events import Actor
from crm.models import Contact, Conversation, RegisteredPhone

PIN = re.compile(r"\d{6}")
RUNS = "01234567890123456789 98765432109876543210"
MOST_TRIES, LOCKED_FOR = 5, timedelta(hours=1)

Checked = Literal["proven", "wrong", "locked"]


def register(s: Session, contact: Contact, number: str, pin: str, *, key: bytes) -> None:
    """A proven contact names a number of theirs, or gives it another PIN.

    Raises Forbidden, Conflict where the number is another's, or Invalid where the PIN is easily
    guessed. Only a keyed digest of the PIN is kept.
    """
    if not contact.proven:
        raise Forbidden("Only who came in through the portal can register a phone.")
    if not PIN.fullmatch(pin) or pin in RUNS or len(set(pin)) < 3:
        raise Invalid("A PIN has six digits that are not easily guessed.", field="pin")
    db.alone(s, "registered_phone", number)
    known = of_number(s, number)
    if known and known.contact_id != contact.id:
        raise Conflict("This number is registered by somebody else.", field="number")
    phone = known or RegisteredPhone(number=number, contact_id=contact.id)
    phone.digest, phone.registered_at = _digest(key, number, pin), clock.now()
    phone.tries, phone.locked_until = 0, None
    s.add(phone)
    events.emit(s, "contact.phone_registered", Actor("contact", contact.id))


def forget(s: Session, contact_ids: Collection[str], *, actor: Actor) -> None:
    """None of a person's numbers is registered any more, under whichever of their contacts."""
    s.execute(delete(RegisteredPhone).where(RegisteredPhone.contact_id.in_(contact_ids)))
    data = {"contacts": sorted(contact_ids)}
    events.emit(s, "contact.phone_forgotten", actor, data=data)


def of_contacts(s: Session, contact_ids: Collection[str]) -> Sequence[RegisteredPhone]:
    """The numbers that a person registered, the earliest first."""
    own = select(RegisteredPhone).where(RegisteredPhone.contact_id.in_(contact_ids))
    return s.scalars(own.order_by(RegisteredPhone.registered_at, RegisteredPhone.number)).all()


def is_locked(phone: RegisteredPhone) -> bool:
    """Whether wrong PINs have closed it for now."""
    now, furthest = leases.span(LOCKED_FOR)
    return phone.locked_until is not None and now < phone.locked_until <= furthest


def of_number(s: Session, number: str | None) -> RegisteredPhone | None:
    return s.get(RegisteredPhone, number) if number else None


def check(s: Session, conversation: Conversation, number: str, pin: str, *, key: bytes) -> Checked:
    """Count a try; when it is right, the talk is that of the person who registered the number.

    A number that nobody registered is answered as a wrong PIN is.
    """
    db.alone(s, "registered_phone", number)
    phone = of_number(s, number)
    if phone is None:
        return "wrong"
    if is_locked(phone):
        return "locked"
    if not hmac.compare_digest(phone.digest, _digest(key, number, pin)):
        return _wrong(s, conversation, phone)
    phone.tries, phone.locked_until = 0, None
    speaks_for(s, conversation, phone, by="pin")
    return "proven"


def speaks_for(s: Session, conversation: Conversation, phone: RegisteredPhone, *, by: str) -> None:
    """From now on the conversation is that of the phone's own person."""
    conversation.contact_id = phone.contact_id
    actor = Actor("contact", phone.contact_id)
    events.emit(s, "contact.proven", actor, conversation=conversation.id, data={"by": by})


def _wrong(s: Session, conversation: Conversation, phone: RegisteredPhone) -> Checked:
    phone.tries += 1
    locked = phone.tries % MOST_TRIES == 0
    phone.locked_until = clock.now() + LOCKED_FOR if locked else None
    caller = Actor("contact", conversation.contact_id)
    data = {"tries": phone.tries, "locked": locked}
    events.emit(s, "contact.pin_refused", caller, conversation=conversation.id, data=data)
    return "locked" if locked else "wrong"


def _digest(key: bytes, number: str, pin: str) -> str:
    return hmac.new(key, f"pin {number} {pin}".encode(), hashlib.sha256).hexdigest()

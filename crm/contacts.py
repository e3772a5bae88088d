"""Contacts: known by their identities, nameless until they say who they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from crm import access, clock, db, delegations, events
from crm.access import Member
from crm.db import Session
from crm.models import Contact, Identity
from crm.queries import Page, mark, marked


@dataclass(frozen=True, slots=True)
class Proven:
    """What the agency's portal vouches for: who this is and for whom it may act."""

    subject: str
    email: str
    name: str
    organisation: str | None
    role: str
    expires_at: datetime


def meet(s: Session, *, language: str, name: str | None, email: str | None) -> Contact:
    """A new, unproven contact. A typed e-mail address is where to write, not who it is."""
    contact = Contact(language=language, name=name, email=email, created_at=clock.now())
    s.add(contact)
    s.flush()
    events.emit(s, "contact.met", events.Actor("contact", contact.id), data={"language": language})
    return contact


def recognise(
    s: Session, *, kind: str, value: str, language: str, name: str | None = None
) -> Contact:
    """The contact behind an address of a channel, met now if it is new."""
    db.alone(s, "identity", kind, value)
    known = s.scalar(
        select(Contact).join(Identity).where(Identity.kind == kind, Identity.value == value)
    )
    if known:
        return known
    contact = meet(s, language=language, name=name, email=value if kind == "email" else None)
    s.add(Identity(contact_id=contact.id, kind=kind, value=value))
    s.flush()
    return contact


def listed(s: Session, member: Member, *, text: str, cursor: str | None, limit: int) -> Page:
    """Contacts a member may see, those met last first; found by name, address or account."""
    query = select(Contact).where(access.contacts_seen_by(member))
    if text:
        known = select(Identity.contact_id).where(Identity.value.icontains(text, autoescape=True))
        query = query.where(
            or_(
                Contact.name.icontains(text, autoescape=True),
                Contact.email.icontains(text, autoescape=True),
                Contact.id.in_(known),
            )
        )
    if cursor is not None:
        at, last = marked(cursor)
        same = and_(Contact.created_at == at, Contact.id < last)
        query = query.where(or_(Contact.created_at < at, same))
    newest = query.order_by(Contact.created_at.desc(), Contact.id.desc())
    rows = s.scalars(newest.limit(limit + 1)).all()
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], mark(more.created_at, more.id) if more else None)


def wish(s: Session, *, kind: str, value: str, stop: bool) -> None:
    """The person at this address said STOP or START: whether anything may be sent there."""
    identity = s.scalar(
        select(Identity).where(Identity.kind == kind, Identity.value == value).with_for_update()
    )
    if identity is None or (identity.stopped_at is not None) == stop:
        return
    identity.stopped_at = clock.now() if stop else None
    events.emit(
        s,
        "identity.stopped" if stop else "identity.started",
        events.Actor("contact", identity.contact_id),
        data={"channel": kind},
    )


def has_stopped(s: Session, *, kind: str, value: str) -> bool:
    """Whether the person at this address asked for silence."""
    query = select(Identity.stopped_at).where(Identity.kind == kind, Identity.value == value)
    return s.scalar(query) is not None


def prove(s: Session, contact: Contact, *, kind: str, value: str) -> bool:
    """The contact answered what was sent to this address alone: the address is theirs.

    False when the address is already known as another contact's; the two are then left apart.
    """
    db.alone(s, "identity", kind, value)
    identity = s.scalar(select(Identity).where(Identity.kind == kind, Identity.value == value))
    if identity is None:
        identity = Identity(contact_id=contact.id, kind=kind, value=value)
        s.add(identity)
    if identity.contact_id != contact.id:
        return False
    if identity.proven_at is None:
        identity.proven_at = clock.now()
        data = {"channel": kind}
        events.emit(s, "identity.proven", events.Actor("contact", contact.id), data=data)
    s.flush()
    return True


def proven_address(s: Session, contact: Contact, *, kind: str) -> str | None:
    """Where the contact surely reads: an address shown to be theirs, and not stopped."""
    own = s.scalar(
        select(Identity.value)
        .where(
            Identity.contact_id == contact.id,
            Identity.kind == kind,
            Identity.proven_at.is_not(None),
            Identity.stopped_at.is_(None),
        )
        .order_by(Identity.proven_at.desc())
        .limit(1)
    )
    if own or kind != "email" or not contact.proven or not contact.email:
        return own
    value = contact.email.casefold()
    return None if has_stopped(s, kind=kind, value=value) else value


def recognise_proven(s: Session, proof: Proven, *, language: str) -> Contact:
    """The contact that the portal vouches for, with its delegation renewed."""
    contact = recognise(s, kind="portal", value=proof.subject, language=language)
    contact.name, contact.email, contact.proven = proof.name, proof.email, True
    if proof.organisation:
        delegations.record(
            s,
            contact,
            organisation=proof.organisation,
            role=proof.role,
            expires_at=proof.expires_at,
        )
    events.emit(s, "contact.proven", events.Actor("contact", contact.id), data={"by": "portal"})
    return contact

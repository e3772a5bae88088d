"""Contacts: known by their identities, nameless until they say who they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from crm import clock, db, delegations, events
from crm.db import Session
from crm.models import Contact, Identity


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


def recognise(s: Session, *, kind: str, value: str, language: str) -> Contact:
    """The contact behind an address of a channel, met now if it is new."""
    db.alone(s, "identity", kind, value)
    known = s.scalar(
        select(Contact).join(Identity).where(Identity.kind == kind, Identity.value == value)
    )
    if known:
        return known
    contact = meet(s, language=language, name=None, email=value if kind == "email" else None)
    s.add(Identity(contact_id=contact.id, kind=kind, value=value))
    s.flush()
    return contact


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

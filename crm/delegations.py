"""For whom a contact may act, and until when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from crm import clock, merging
from crm.db import Session
from crm.models import Contact, Delegation


def person_of(s: Session, contact_id: str) -> str:
    """The contact whose delegations and objects count: the one that this one proved to be."""
    return merging.proven(s, s.get_one(Contact, contact_id)).id


def of(s: Session, contact_id: str) -> Sequence[Delegation]:
    """All delegations of the person behind a contact, also those that ran out."""
    return s.scalars(
        select(Delegation)
        .where(Delegation.contact_id == person_of(s, contact_id))
        .order_by(Delegation.organisation, Delegation.role)
    ).all()


def stands(s: Session, contact_id: str, organisation: str, role: str) -> bool:
    """Whether the contact is proven and may act for the organisation in this role now."""
    if not s.get_one(Contact, contact_id).proven:
        return False
    return any(
        d.organisation == organisation and d.role == role and d.expires_at > clock.now()
        for d in of(s, contact_id)
    )


def record(
    s: Session, contact: Contact, *, organisation: str, role: str, expires_at: datetime
) -> None:
    """Give, renew or shorten a contact's right to act for an organisation."""
    known = s.scalar(
        select(Delegation).where(
            Delegation.contact_id == contact.id,
            Delegation.organisation == organisation,
            Delegation.role == role,
        )
    )
    if known:
        known.expires_at = expires_at
        return
    s.add(
        Delegation(
            contact_id=contact.id, organisation=organisation, role=role, expires_at=expires_at
        )
    )

"""Contacts that are the same person: said so, never moved, and taken back without a trace.

Rows stay where they are and point to one another, so whoever spoke under the other row still does.
"""

from collections.abc import Sequence

from sqlalchemy import select

from crm import db, events
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Contact, Identity

MOST_STEPS = 20


def contact(s: Session, contact_id: str) -> Contact:
    found = s.get(Contact, contact_id)
    if found is None:
        raise NotFound("There is no such contact.")
    return found


def root(s: Session, found: Contact) -> Contact:
    """The row that stands for the person."""
    for _ in range(MOST_STEPS):
        if found.merged_into_id is None:
            return found
        found = s.get_one(Contact, found.merged_into_id)
    raise Conflict("These contacts were merged in a circle.")


def together(s: Session, found: Contact) -> Sequence[Contact]:
    """Every row of the same person, the one that stands for them first."""
    first = root(s, found)
    rows, ids = [first], [first.id]
    while ids:
        below = s.scalars(select(Contact).where(Contact.merged_into_id.in_(ids))).all()
        rows += below
        ids = [c.id for c in below]
    return rows


def ids(s: Session, contact_id: str) -> list[str]:
    """The ids under which a person is known: merged rows, and those they proved to be."""
    found = s.get(Contact, contact_id)
    if found is None:
        return [contact_id]
    rows = together(s, found)
    return list(dict.fromkeys([c.id for c in rows] + [c.same_as for c in rows if c.same_as]))


def merge(s: Session, actor: Actor, one: Contact, into: Contact) -> Contact:
    """From now on both are one person. Two whom the portal knows apart are never merged."""
    db.alone(s, "contacts", "merging")
    target = root(s, into)
    if one.merged_into_id or one.id == target.id:
        raise Conflict("These contacts are merged already.", into=target.id)
    subjects = {
        value
        for row in (*together(s, one), *together(s, target))
        for value in s.scalars(
            select(Identity.value).where(Identity.contact_id == row.id, Identity.kind == "portal")
        )
    }
    if len(subjects) > 1:
        raise Invalid("The portal knows these as two persons.", field="into")
    one.merged_into_id = target.id
    codes = {"contact": one.id, "into": target.id}
    events.emit(s, "contact.merged", actor, data=codes)
    return target


def undo(s: Session, actor: Actor, one: Contact) -> Contact:
    """They were two after all."""
    if one.merged_into_id is None:
        raise Conflict("This contact is not merged into another.")
    codes = {"contact": one.id, "from": one.merged_into_id}
    one.merged_into_id = None
    events.emit(s, "contact.unmerged", actor, data=codes)
    return one

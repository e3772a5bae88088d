"""Contacts that are the same person: said so, never moved, and taken back without a trace.

Rows stay where they are and point to one another, so whoever spoke under the other row still does.
There is one pointer, set by a counselor's word or by a one-time code; what a person brought here is
gathered over both, but only what was proven lends the right to act.
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


def root_of(s: Session, contact_id: str) -> str:
    """The id that stands for the person."""
    return root(s, s.get_one(Contact, contact_id)).id


def proven(s: Session, found: Contact) -> Contact:
    """The row whose delegations and objects are this contact's: as far as codes prove it."""
    for _ in range(MOST_STEPS):
        if found.merged_into_id is None or found.merged_by != "code":
            return found
        found = s.get_one(Contact, found.merged_into_id)
    raise Conflict("These contacts were merged in a circle.")


def together(s: Session, found: Contact) -> Sequence[Contact]:
    """Every row of the same person, the one that stands for them first."""
    first = root(s, found)
    rows, ids = [first], [first.id]
    while ids:
        below = s.scalars(
            select(Contact)
            .where(Contact.merged_into_id.in_(ids))
            .order_by(Contact.created_at, Contact.id)
        ).all()
        rows += below
        ids = [c.id for c in below]
    return rows


def ids(s: Session, contact_id: str) -> list[str]:
    """The ids under which a person is known."""
    found = s.get(Contact, contact_id)
    return [contact_id] if found is None else [c.id for c in together(s, found)]


def roots(s: Session) -> dict[str, str]:
    """For every contact that was merged, the id that stands for the person; the others stand for
    themselves."""
    rows = s.execute(
        select(Contact.id, Contact.merged_into_id).where(Contact.merged_into_id.is_not(None))
    )
    into = {one: str(other) for one, other in rows}
    found = {}
    for one in into:
        at = one
        for _ in range(MOST_STEPS):
            at = into.get(at, at)
        found[one] = at
    return found


def merge(s: Session, actor: Actor, one: Contact, into: Contact) -> Contact:
    """From now on both are one person. Two whom the portal knows apart are never merged."""
    _alone(s)
    target = root(s, into)
    if one.merged_into_id or one.id == target.id:
        raise Conflict("These contacts are merged already.", into=target.id)
    if len(_subjects(s, [*together(s, one), *together(s, target)])) > 1:
        raise Invalid("The portal knows these as two persons.", field="into")
    _point(s, actor, one, target, by="desk")
    return target


def prove(s: Session, one: Contact, holder: Contact) -> None:
    """The contact answered a code that only `holder` reads: it is that person, whatever anybody
    said before. Whom the portal vouches for is nobody else, and stays who they are."""
    _alone(s)
    actor = Actor("contact", one.id)
    holder = proven(s, holder)
    if holder.id == one.id or (one.merged_into_id, one.merged_by) == (holder.id, "code"):
        return
    if _subjects(s, [one]):
        return
    if one.merged_into_id:
        undo(s, actor, one)
    everybody = [*together(s, one), *together(s, holder)]
    if root(s, holder).id == one.id or len(_subjects(s, everybody)) > 1:
        for row in (holder, *together(s, one)):  # what was only said gives way to what is proven
            if row.merged_by == "desk":
                undo(s, actor, row)
    _point(s, actor, one, holder, by="code")


def undo(s: Session, actor: Actor, one: Contact) -> Contact:
    """They were two after all."""
    _alone(s)
    if one.merged_into_id is None:
        raise Conflict("This contact is not merged into another.")
    codes = {"contact": one.id, "from": one.merged_into_id}
    one.merged_into_id = one.merged_by = None
    events.emit(s, "contact.unmerged", actor, data=codes)
    return one


def _alone(s: Session) -> None:
    """Whoever merges comes one after the other, and sees what the one before did: two who merge the
    same contacts the other way round would lead in a circle."""
    db.alone(s, "contacts", "merging")
    s.flush()
    s.expire_all()


def _point(s: Session, actor: Actor, one: Contact, into: Contact, *, by: str) -> None:
    one.merged_into_id, one.merged_by = into.id, by
    events.emit(s, "contact.merged", actor, data={"contact": one.id, "into": into.id, "by": by})


def _subjects(s: Session, rows: Sequence[Contact]) -> set[str]:
    """The accounts that the portal knows these contacts by."""
    return set(
        s.scalars(
            select(Identity.value).where(
                Identity.contact_id.in_([row.id for row in rows]), Identity.kind == "portal"
            )
        )
    )

"""Consent: who may be reached for what, and who not at all."""

from collections.abc import Mapping

from sqlalchemy import select

from crm import clock, db, events, merging
from crm.db import Session
from crm.errors import Invalid, NotFound
from crm.events import Actor
from crm.models import Consent, Contact

PURPOSES = ("service", "research", "promotion", "any")
# After a talk one may be asked how it was, unless one said no; all else needs a yes first.
ASSUMED = frozenset({"service", "research"})


def say(
    s: Session, actor: Actor, contact_id: str, purpose: str, *, given: bool, source: str
) -> Consent:
    """Note what a contact said. `any` refused means: do not contact."""
    if s.get(Contact, contact_id) is None:
        raise NotFound("There is no such contact.")
    if purpose not in PURPOSES:
        raise Invalid(f"purpose is one of {', '.join(PURPOSES)}.", field="purpose")
    db.alone(s, "consent", contact_id)
    said = s.scalar(
        select(Consent).where(Consent.contact_id == contact_id, Consent.purpose == purpose)
    )
    if said is None:
        said = Consent(contact_id=contact_id, purpose=purpose)
        s.add(said)
    said.given, said.source, said.at = given, source, clock.now()
    s.flush()
    codes = {"contact": contact_id, "purpose": purpose, "given": given, "source": source}
    events.emit(s, "consent.said", actor, data=codes)
    return said


def of(s: Session, contact_id: str) -> dict[str, bool]:
    """What a person said last of each purpose, under whichever of their contacts."""
    rows = s.execute(
        select(Consent.purpose, Consent.given)
        .where(Consent.contact_id.in_(merging.ids(s, contact_id)))
        .order_by(Consent.at, Consent.contact_id)
    )
    return {row.purpose: row.given for row in rows}


def refusal(s: Session, contact_id: str, purpose: str) -> str | None:
    """Why a contact may not be reached for a purpose; None where they may."""
    return weighed(of(s, contact_id), purpose)


def weighed(said: Mapping[str, bool], purpose: str) -> str | None:
    """`refusal` of somebody who said this of each purpose."""
    if said.get("any") is False:
        return "do_not_contact"
    if purpose in said:
        return None if said[purpose] else "refused"
    return None if purpose in ASSUMED else "no_consent"

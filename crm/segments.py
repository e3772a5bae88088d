"""Segments: contacts that are alike in what is known of them, and contacts that a list names."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, func, or_, select

from crm import access, clock, merging
from crm.access import Member
from crm.db import Session
from crm.models import Contact, Delegation, Identity, Ticket

AUDIENCES = ("supplier", "buyer")
# SQLite takes so many values in one statement, and all databases like them better in portions.
PORTION = 500


@dataclass(frozen=True, slots=True)
class Segment:
    """All that is named holds: for whom they act, their language, a tag of a ticket of theirs, the
    organisation that they act for."""

    audience: str | None = None
    language: str | None = None
    tag: str | None = None
    organisation: str | None = None

    @property
    def names_nothing(self) -> bool:
        return not (self.audience or self.language or self.tag or self.organisation)


@dataclass(frozen=True, slots=True)
class Listed:
    """The persons that a list names, and the entries by which nobody is known."""

    people: Sequence[str]
    unknown: Sequence[str]


def find(s: Session, member: Member, segment: Segment) -> list[str]:
    """All persons of a segment, each under the id that stands for them."""
    query = select(Contact.id).where(*_conditions(segment), _in_sight(member))
    return _persons(s, s.scalars(query.order_by(Contact.id)))


def named(s: Session, member: Member, entries: Sequence[str]) -> Listed:
    """The persons behind ids, e-mail addresses, numbers and accounts. Who stands behind a wall of
    the member's is not known to them."""
    sought = {entry: key for entry in entries if (key := entry.strip().casefold())}
    keys = list(dict.fromkeys(sought.values()))
    found: dict[str, set[str]] = {}
    for at in range(0, len(keys), PORTION):
        some = keys[at : at + PORTION]
        for key, contact in _known_by(s, member, some):
            found.setdefault(key.casefold(), set()).add(contact)
    unknown = [entry for entry, key in sought.items() if key not in found]
    ids = [contact for key in keys for contact in sorted(found.get(key, ()))]
    return Listed(_persons(s, ids), unknown)


def _known_by(s: Session, member: Member, keys: Sequence[str]) -> Iterable[tuple[str, str]]:
    """What each of these is, as the record writes it, with the contact behind it."""
    of_account = select(Identity.value, Contact.id).join(Contact, Contact.id == Identity.contact_id)
    for query in (
        select(Contact.id, Contact.id).where(Contact.id.in_(keys)),
        select(Contact.email, Contact.id).where(func.lower(Contact.email).in_(keys)),
        of_account.where(func.lower(Identity.value).in_(keys)),
    ):
        for key, contact in s.execute(query.where(_in_sight(member))):
            yield str(key), contact


def _conditions(segment: Segment) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if segment.language:
        wanted.append(Contact.language == segment.language)
    acting = [Delegation.expires_at > clock.now()]
    if segment.audience:
        acting.append(Delegation.role == segment.audience)
    if segment.organisation:
        acting.append(Delegation.organisation.icontains(segment.organisation, autoescape=True))
    if len(acting) > 1:
        wanted.append(Contact.id.in_(select(Delegation.contact_id).where(*acting)))
    if segment.tag:
        wanted.append(Contact.id.in_(select(Ticket.contact_id).where(_tagged(segment.tag))))
    return wanted


def _tagged(tag: str) -> ColumnElement[bool]:
    """Both databases keep the list as JSON text, in whichever way its letters were written."""
    kept, tags = tag.casefold(), cast(Ticket.tags, String)
    ways = {json.dumps(kept), json.dumps(kept, ensure_ascii=False)}
    return or_(*(tags.contains(way, autoescape=True) for way in sorted(ways)))


def _in_sight(member: Member) -> ColumnElement[bool]:
    return access.behind_no_wall(member, Contact.id)


def _persons(s: Session, ids: Iterable[str]) -> list[str]:
    """Each person once, under the row that stands for them."""
    roots = merging.roots(s)
    return list(dict.fromkeys(roots.get(contact, contact) for contact in ids))

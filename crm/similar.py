"""Tickets that a new one may repeat: the same tender, the same person, or the same words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from crm import access, clock
from crm.access import Member
from crm.db import Session
from crm.models import Ticket

RECENT = timedelta(days=60)
LOOKED_AT = 2000
LEAST = 0.3
# What the same contact or the same tender counts for beside the words.
SAME_CONTACT, SAME_REFERENCE = 0.3, 0.3
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Similar:
    """A ticket with how like it is, 0 to 1, and why: `words`, `contact`, `reference`."""

    ticket: Ticket
    score: float
    why: tuple[str, ...]


def find(
    s: Session,
    member: Member,
    *,
    text: str,
    contact_id: str | None,
    reference: str | None,
    limit: int = 5,
) -> list[Similar]:
    """The likest of the tickets that the member may see, the likest first."""
    rows = s.scalars(
        select(Ticket)
        .where(
            access.tickets_seen_by(member),
            Ticket.merged_into_id.is_(None),
            Ticket.created_at > clock.now() - RECENT,
        )
        .order_by(Ticket.number.desc())
        .limit(LOOKED_AT)
    ).all()
    mine = grams(text)
    found = [x for row in rows if (x := _like(row, mine, contact_id, reference)).score >= LEAST]
    return sorted(found, key=lambda x: (-x.score, x.ticket.number))[:limit]


def _like(
    ticket: Ticket, mine: frozenset[str], contact_id: str | None, reference: str | None
) -> Similar:
    words = alike(mine, grams(ticket.subject))
    why = ["words"] if words >= LEAST else []
    score = words
    if contact_id and ticket.contact_id == contact_id:
        why.append("contact")
        score += SAME_CONTACT
    if reference and ticket.procurement_reference == reference:
        why.append("reference")
        score += SAME_REFERENCE
    return Similar(ticket, round(min(1.0, score), 3), tuple(why))


def grams(text: str) -> frozenset[str]:
    """Every three letters in a row of every word: endings and Korean particles differ, stems do
    not."""
    found: set[str] = set()
    for word in WORD.findall(text.casefold()):
        padded = f" {word} "
        found.update(padded[i : i + 3] for i in range(len(padded) - 2))
    return frozenset(found)


def alike(one: Sequence[str] | frozenset[str], other: frozenset[str]) -> float:
    """The share of what both have in what either has (Dice): 0 to 1."""
    both = len(frozenset(one) & other)
    return 2 * both / (len(one) + len(other)) if both else 0.0

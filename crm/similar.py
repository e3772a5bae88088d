"""Open tickets that a new one may repeat: the same tender, the same person, or the same words."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from crm import access, clock, merging
from crm.access import Member
from crm.db import Session
from crm.models import Ticket
from crm.tickets import OVER

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
            Ticket.status.not_in(OVER),
            Ticket.created_at > clock.now() - RECENT,
        )
        .order_by(Ticket.number.desc())
        .limit(LOOKED_AT)
    ).all()
    mine, person = grams(text), frozenset(merging.ids(s, contact_id) if contact_id else ())
    found = [x for row in rows if (x := _like(row, mine, person, reference)).score >= LEAST]
    return sorted(found, key=lambda x: (-x.score, x.ticket.number))[:limit]


def _like(
    ticket: Ticket, mine: frozenset[str], person: frozenset[str], reference: str | None
) -> Similar:
    words = _tells_of(mine, grams(ticket.subject))
    why = ["words"] if words >= LEAST else []
    score = words
    if ticket.contact_id in person:
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


def _tells_of(text: frozenset[str], subject: frozenset[str]) -> float:
    """What both have, over the geometric mean of what each has: 0 to 1. A long text that tells the
    whole of a short subject is like it still, which by its share it would not be."""
    both = len(text & subject)
    return both / math.sqrt(len(text) * len(subject)) if both else 0.0

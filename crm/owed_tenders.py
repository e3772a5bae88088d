"""Tenders that a core named and did not show: asked for again with growing gaps, then given up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from crm import clock, events, words
from crm.db import Session
from crm.errors import NotFound
from crm.events import Actor
from crm.models import OwedTender, Tender

# What `why` says of a tender that the core does not know. One that has several machines says so of
# a new tender until the last of them has it: hence it is believed once it was said so often.
ABSENT = "absent"
BELIEVED = 5
MOST_TRIES = 20
LONGEST_GAP = timedelta(hours=6)


def due(s: Session, source: str, limit: int) -> Sequence[str]:
    """Core ids of tenders to be asked for again now, the longest due first."""
    return s.scalars(
        select(OwedTender.core_id)
        .where(
            OwedTender.source == source,
            OwedTender.given_up_at.is_(None),
            OwedTender.next_at <= clock.now(),
        )
        .order_by(OwedTender.next_at)
        .limit(limit)
    ).all()


def settle(
    s: Session, source: str, *, shown: Collection[str], unread: Mapping[str, str], pace: timedelta
) -> Sequence[str]:
    """Note what looks at the core brought: who was `shown`, and why each of the others was not.

    The first gap is twice the `pace`, and each later one twice the one before it. Returns the core
    ids of tenders that, by all it says, the core has no more: they are owed no longer.
    """
    rows = _rows(s, source, [*shown, *unread])
    tried = {core_id: why for core_id, why in unread.items() if _may_be_tried(rows.get(core_id))}
    new = [_owe(s, source, core_id) for core_id in tried if core_id not in rows]
    rows |= {row.core_id: row for row in new}
    for core_id, why in tried.items():
        _try(s, rows[core_id], why, pace)
    absent = [one for one in tried if tried[one] == ABSENT and rows[one].tries >= BELIEVED]
    s.flush()
    settled = [rows[core_id].id for core_id in (*shown, *absent) if core_id in rows]
    if settled:
        s.execute(delete(OwedTender).where(OwedTender.id.in_(settled)))
    if new:
        events.emit(s, "tenders.owed", events.SYSTEM, data={"count": len(new)})
    return absent


def given_up(s: Session, *, after: str | None, limit: int) -> Sequence[OwedTender]:
    """What is asked for no more, in the order of ids; `after` is the last id already seen."""
    query = select(OwedTender).where(OwedTender.given_up_at.is_not(None))
    if after:
        query = query.where(OwedTender.id > after)
    return s.scalars(query.order_by(OwedTender.id).limit(limit)).all()


def counts(s: Session) -> tuple[int, int]:
    """How many are still asked for, and how many were given up."""
    of_all, of_given_up = s.execute(
        select(func.count(), func.count(OwedTender.given_up_at)).select_from(OwedTender)
    ).one()
    return of_all - of_given_up, of_given_up


def ask_again(s: Session, owed_id: str, actor: Actor) -> None:
    """A person wants the core asked once more, from the shortest gap on."""
    row = _given_up(s, owed_id)
    _begin(row)
    events.emit(s, "tender.asked_again", actor, data={"owed": row.id})


def let_go(s: Session, owed_id: str, actor: Actor) -> None:
    """A person has seen it; the core is asked for it only once its feed names it again."""
    row = _given_up(s, owed_id)
    s.delete(row)
    indexed = update(Tender).where(Tender.core_id == row.core_id)
    s.execute(indexed.values(look_again_at=None))
    events.emit(s, "tender.let_go", actor, data={"owed": row.id})


def _rows(s: Session, source: str, core_ids: Sequence[str]) -> dict[str, OwedTender]:
    found = s.scalars(
        select(OwedTender).where(OwedTender.source == source, OwedTender.core_id.in_(core_ids))
    )
    return {row.core_id: row for row in found}


def _may_be_tried(row: OwedTender | None) -> bool:
    """Not when another crawl has just asked. One that was given up the feed has named anew."""
    return row is None or row.given_up_at is not None or row.next_at <= clock.now()


def _owe(s: Session, source: str, core_id: str) -> OwedTender:
    row = OwedTender(source=source, core_id=core_id, owed_since=clock.now())
    _begin(row)
    s.add(row)
    return row


def _begin(row: OwedTender) -> None:
    row.tries, row.next_at, row.given_up_at = 0, clock.now(), None


def _try(s: Session, row: OwedTender, why: str, pace: timedelta) -> None:
    if row.given_up_at is not None:
        _begin(row)
    row.tries += 1
    row.why = words.storable(why)[:200]
    row.next_at = clock.now() + min(pace * 2**row.tries, LONGEST_GAP)
    if row.tries >= MOST_TRIES:
        row.given_up_at = clock.now()
        events.emit(s, "tender.given_up", events.SYSTEM, data={"owed": row.id, "tries": row.tries})


def _given_up(s: Session, owed_id: str) -> OwedTender:
    row = s.get(OwedTender, owed_id, with_for_update=True, populate_existing=True)
    if row is None or row.given_up_at is None:
        raise NotFound("There is no such tender.")
    return row

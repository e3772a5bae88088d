"""Watches: who follows which tender, and what they were last told of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select

from crm import clock, events, tenders
from crm.db import Session
from crm.models import Conversation, Tender, Watch


def follow(
    s: Session, conversation: Conversation, *, person: str, number: str, tender: str | None
) -> Watch:
    """Follow a tender; who follows it already keeps the one watch, now told of here."""
    watch = _live(s, person, number)
    if watch:
        watch.conversation_id = conversation.id
        return watch
    watch = Watch(
        contact_id=person,
        conversation_id=conversation.id,
        tender=tender,
        number=number,
        created_at=clock.now(),
    )
    s.add(watch)
    s.flush()
    _tell(s, watch, "watch.began")
    return watch


def unfollow(s: Session, *, person: str, number: str) -> bool:
    """Stop following; False when the tender was not followed."""
    watch = _live(s, person, number)
    if watch is None:
        return False
    watch.ended_at = clock.now()
    _tell(s, watch, "watch.ended")
    return True


def of_person(s: Session, person: str) -> Sequence[Watch]:
    return s.scalars(
        select(Watch)
        .where(Watch.contact_id == person, Watch.ended_at.is_(None))
        .order_by(Watch.created_at)
    ).all()


def live(s: Session, after: str, limit: int = 200) -> Sequence[tuple[Watch, Tender]]:
    """Live watches with their tenders, by id after `after`, for the sweep that tells of changes."""
    rows = s.execute(
        select(Watch, Tender)
        .join(Tender, Tender.number == Watch.number)
        .where(Watch.ended_at.is_(None), Watch.id > after)
        .order_by(Watch.id)
        .limit(limit)
        .with_for_update(of=Watch, skip_locked=True)  # of two workers, one tells
    )
    return [(watch, tender) for watch, tender in rows]


def saw(s: Session, watch: Watch, seen: str) -> None:
    """Note what the follower has been told, in the transaction that tells it."""
    watch.seen = seen
    _tell(s, watch, "watch.told")


def reminded(s: Session, watch: Watch) -> None:
    watch.reminded_at = clock.now()
    _tell(s, watch, "watch.reminded")


def nearest_end(s: Session, person: str) -> datetime | None:
    """The nearest closing, still to come, of a tender that the person follows."""
    return s.scalar(_NEAREST, {"person": person, "now": clock.now()})


# Asked at every hand-off: put together once.
_NEAREST = (
    select(func.min(Tender.tender_ends))
    .join(Watch, Watch.number == Tender.number)
    .where(
        Watch.contact_id == bindparam("person"),
        Watch.ended_at.is_(None),
        Tender.tender_ends > bindparam("now"),
        Tender.status.not_in(tenders.OVER),
    )
)


def _live(s: Session, person: str, number: str) -> Watch | None:
    return s.scalar(
        select(Watch).where(
            Watch.contact_id == person, Watch.number == number, Watch.ended_at.is_(None)
        )
    )


def _tell(s: Session, watch: Watch, kind: str) -> None:
    events.emit(
        s,
        kind,
        events.Actor("contact", watch.contact_id),
        conversation=watch.conversation_id,
        data={"watch": watch.id},
    )

"""The raw inbox: bytes are kept before anyone tries to understand them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from crm import clock, db, events
from crm.db import Session
from crm.errors import Conflict, NotFound
from crm.events import Actor
from crm.models import InboxItem

MAX_ATTEMPTS = 5


def keep(
    s: Session,
    *,
    channel: str,
    account: str,
    external_id: str,
    headers: dict[str, str],
    body: bytes,
) -> tuple[InboxItem, bool]:
    """Keep what arrived; the flag says whether it is new. The same id again is the same item."""
    db.alone(s, "inbox", account, external_id)
    known = s.scalar(
        select(InboxItem).where(InboxItem.account == account, InboxItem.external_id == external_id)
    )
    if known:
        return known, False
    item = InboxItem(
        channel=channel,
        account=account,
        external_id=external_id,
        headers=headers,
        body=body,
        received_at=clock.now(),
    )
    s.add(item)
    s.flush()
    events.emit(s, "inbox.kept", events.SYSTEM, data={"item": item.id, "channel": channel})
    return item, True


def left_over(s: Session, *, older_than: timedelta, limit: int = 20) -> Sequence[str]:
    """Ids of items that nobody finished taking in, oldest first: whoever began may have died."""
    return s.scalars(
        select(InboxItem.id)
        .where(InboxItem.state == "new", InboxItem.received_at <= clock.now() - older_than)
        .order_by(InboxItem.received_at)
        .limit(limit)
    ).all()


def begin(s: Session, item_id: str) -> InboxItem | None:
    """Count one more attempt at a new item; None when it is not new, or has failed too often."""
    item = s.get_one(InboxItem, item_id, with_for_update=True, populate_existing=True)
    if item.state != "new":
        return None
    if item.attempts >= MAX_ATTEMPTS:
        quarantine(s, item_id, "failed")
        return None
    item.attempts += 1
    return item


def retry(s: Session, item_id: str, actor: Actor) -> None:
    """A person wants a quarantined item taken in after all."""
    item = _quarantined(s, item_id)
    item.state, item.attempts = "new", 0
    events.emit(s, "inbox.retried", actor, data={"item": item.id})


def discard(s: Session, item_id: str, actor: Actor) -> None:
    """A person has looked at a quarantined item and wants nothing made of it."""
    item = _quarantined(s, item_id)
    item.state = "done"
    events.emit(s, "inbox.discarded", actor, data={"item": item.id})


def quarantined(s: Session, *, after: str | None, limit: int) -> Sequence[InboxItem]:
    """What waits for a person, in the order of ids; `after` is the last id already seen."""
    query = select(InboxItem).where(InboxItem.state == "quarantined")
    if after:
        query = query.where(InboxItem.id > after)
    return s.scalars(query.order_by(InboxItem.id).limit(limit)).all()


def _quarantined(s: Session, item_id: str) -> InboxItem:
    item = s.get(InboxItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NotFound("There is no such item.")
    if item.state != "quarantined":
        raise Conflict("Someone else has dealt with this item.", state=item.state)
    return item


def is_new(s: Session, item_id: str) -> bool:
    """Whether nobody has taken the item in; until this transaction ends nobody else will."""
    item = s.get_one(InboxItem, item_id, with_for_update=True, populate_existing=True)
    return item.state == "new"


def done(s: Session, item_id: str) -> None:
    item = s.get_one(InboxItem, item_id)
    item.state = "done"


def quarantine(s: Session, item_id: str, reason: str) -> None:
    """It could not be understood: a person looks at it, nothing is thrown away."""
    item = s.get_one(InboxItem, item_id)
    item.state, item.reason = "quarantined", reason[:200]
    events.emit(s, "inbox.quarantined", events.SYSTEM, data={"item": item.id})


def forget_older_than(s: Session, age: timedelta) -> None:
    """Drop raw bytes past their keeping time; what was understood from them stays."""
    s.execute(
        delete(InboxItem).where(
            InboxItem.state == "done", InboxItem.received_at < clock.now() - age
        )
    )

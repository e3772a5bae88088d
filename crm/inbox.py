"""The raw inbox: bytes are kept before anyone tries to understand them."""

from datetime import timedelta

from sqlalchemy import delete, select

from crm import clock, db, events
from crm.db import Session
from crm.models import InboxItem


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

"""The outbox: due → sending (lease) → sent → delivered → read, or failed, or unknown.

A claim is a compare-and-swap whose row count is looked at; two workers can never send one row.
"""

from datetime import timedelta

from sqlalchemy import CursorResult, or_, select, update

from crm import clock, events
from crm.db import Session
from crm.models import Conversation, Delivery, Message

LEASE = timedelta(seconds=60)
# Channels whose readers fetch from the desk itself: a message is there once it is written. A caller
# hears what is said in the answer to the call's own web hook.
PULLED = frozenset({"web", "phone"})
MAX_ATTEMPTS = 8


def post(s: Session, conversation: Conversation, message: Message) -> Delivery:
    """Put a message on its way, in the transaction that writes it."""
    pulled = conversation.channel in PULLED
    now = clock.now()
    delivery = Delivery(
        message_id=message.id,
        channel=conversation.channel,
        account=conversation.account,
        address=conversation.address,
        state="sent" if pulled else "due",
        due_at=now,
        sent_at=now if pulled else None,
    )
    s.add(delivery)
    return delivery


def post_elsewhere(
    s: Session, message: Message, *, channel: str, account: str, address: str
) -> Delivery:
    """Send a message on another channel than its conversation's: a source texted to a caller."""
    delivery = Delivery(
        message_id=message.id,
        channel=channel,
        account=account,
        address=address,
        state="due",
        due_at=clock.now(),
    )
    s.add(delivery)
    return delivery


def due(s: Session, limit: int = 20) -> list[str]:
    """Ids of deliveries to send now, oldest first. A lease that ran out is not due again."""
    return list(
        s.scalars(
            select(Delivery.id)
            .where(Delivery.state == "due", Delivery.due_at <= clock.now())
            .order_by(Delivery.due_at)
            .limit(limit)
        )
    )


def claim(s: Session, delivery_id: str) -> Delivery | None:
    """Take one due delivery; None when another worker was first."""
    result = s.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == "due")
        .values(state="sending", lease_until=clock.now() + LEASE, attempts=Delivery.attempts + 1)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    return s.get(Delivery, delivery_id, populate_existing=True) if result.rowcount else None


def sent(s: Session, delivery: Delivery, reference: str) -> None:
    delivery.state, delivery.provider_reference = "sent", reference
    delivery.sent_at, delivery.lease_until = clock.now(), None
    _tell(s, delivery)


def retry(s: Session, delivery: Delivery, reason: str) -> None:
    """The provider said it did not take the message: later, more rarely, and at last failed."""
    if delivery.attempts >= MAX_ATTEMPTS:
        refuse(s, delivery, reason)
        return
    delivery.state, delivery.reason, delivery.lease_until = "due", reason[:200], None
    delivery.due_at = clock.now() + timedelta(seconds=5 * 4 ** (delivery.attempts - 1))


def refuse(s: Session, delivery: Delivery, reason: str) -> None:
    """The provider will never take it."""
    delivery.state, delivery.reason, delivery.lease_until = "failed", reason[:200], None
    _tell(s, delivery)


def expire(s: Session) -> int:
    """Sends whose worker fell silent become unknown: they may have left, so none is sent again."""
    lost = s.scalars(
        select(Delivery).where(
            Delivery.state == "sending",
            or_(Delivery.lease_until.is_(None), Delivery.lease_until < clock.now()),
        )
    ).all()
    for delivery in lost:
        delivery.state, delivery.reason = "unknown", "worker_lost"
        _tell(s, delivery)
    return len(lost)


def _tell(s: Session, delivery: Delivery) -> None:
    events.emit(
        s,
        f"delivery.{delivery.state}",
        events.SYSTEM,
        message=delivery.message_id,
        data={"channel": delivery.channel, "attempts": delivery.attempts},
    )

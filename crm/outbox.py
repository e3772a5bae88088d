"""The outbox: due → sending (lease) → sent → delivered → read, or failed, or unknown.

A claim is a compare-and-swap whose row count is looked at; two workers can never send one row.
Messages of one conversation leave in their order: while an earlier one is still due or on its way,
a later one waits.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from crm import access, clock, events, leases
from crm.access import Member
from crm.db import Session, write
from crm.errors import Conflict, NotFound
from crm.events import Actor
from crm.models import Conversation, Delivery, Message

LEASE = timedelta(seconds=60)
# Channels whose readers fetch from the desk itself: a message is there once it is written. A caller
# hears what is said in the answer to the call's own web hook.
PULLED = frozenset({"web", "phone"})
# Channels that carry what is ready in the answer to a hook: the worker comes only after that.
ASKED_FIRST = {"kakao": timedelta(seconds=6)}
# A provider may be away for long, and then everything should leave soon after it is back.
FIRST_WAIT, LONGEST_WAIT = 5, 300
FIRST_LOOKUP = 60
GIVE_UP = timedelta(hours=24)
# What a receipt may turn a delivery into: only onwards, and never out of a failure.
RANK = {"due": 0, "sending": 0, "unknown": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 9}


def post(s: Session, conversation: Conversation, message: Message) -> Delivery:
    """Put a message on its way, in the transaction that writes it."""
    pulled = conversation.channel in PULLED
    delivery = _new(message, conversation.channel, conversation.account)
    delivery.address = conversation.address
    delivery.due_at += ASKED_FIRST.get(conversation.channel, timedelta(0))
    if pulled:
        delivery.state, delivery.sent_at = "sent", clock.now()
    write(s, delivery)
    return delivery


def post_to(s: Session, message: Message, *, channel: str, account: str, address: str) -> Delivery:
    """Put a message on its way by another channel than that of its conversation, too."""
    delivery = _new(message, channel, account)
    delivery.address = address
    s.add(delivery)
    return delivery


def to_carry_on(s: Session, *, after: timedelta, before: timedelta, limit: int = 50) -> list[str]:
    """Ids of messages in web chats that the contact's closed page has not seen, oldest first.

    A counselor's words, and whatever answers what the contact wrote by another channel; said at
    least `after` and at most `before` ago, and on their way by no other channel yet.
    """
    now = clock.now()
    query = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.channel == "web",
            Message.audience == "public",
            or_(
                Message.author_kind == "counselor",
                and_(Message.author_kind.in_(("bot", "system")), _ANSWERS_OTHER_CHANNEL),
            ),
            Message.created_at <= now - after,
            Message.created_at >= now - before,
            or_(Conversation.seen_at.is_(None), Conversation.seen_at < Message.created_at),
            _ON_NO_OTHER_WAY,
        )
    )
    return list(s.scalars(query.order_by(Message.position).limit(limit)))


def split(s: Session, delivery: Delivery, parts: int) -> None:
    """The text leaves in so many parts: make the rows of the others, once, to follow this one."""
    for part in range(1, parts):
        s.add(
            Delivery(
                message_id=delivery.message_id,
                part=part,
                channel=delivery.channel,
                account=delivery.account,
                address=delivery.address,
                state="due",
                due_at=clock.now(),
            )
        )


def due(s: Session, limit: int = 20) -> list[str]:
    """Ids of deliveries to send now, oldest first. A lease that ran out is not due again."""
    return list(
        s.scalars(
            select(Delivery.id)
            .where(Delivery.state == "due", _come(LONGEST_WAIT), _NOTHING_BEFORE)
            .order_by(Delivery.due_at)
            .limit(limit)
        )
    )


def waiting_for(s: Session, channel: str, account: str, address: str) -> list[str]:
    """Ids of all that is due to an address, in the order it was said, whenever it was to leave."""
    query = (
        select(Delivery.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.channel == channel,
            Delivery.account == account,
            Delivery.address == address,
            Delivery.state == "due",
        )
    )
    return list(s.scalars(query.order_by(Message.position, Delivery.part)))


def claim(s: Session, delivery_id: str) -> Delivery | None:
    """Take one due delivery; None when another worker was first, or its turn has not come."""
    result = s.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == "due", _NOTHING_BEFORE)
        .values(state="sending", lease_until=clock.now() + LEASE, attempts=Delivery.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    return s.get(Delivery, delivery_id, populate_existing=True) if result.rowcount else None


def sent(s: Session, delivery: Delivery, reference: str) -> None:
    delivery.state, delivery.provider_reference = "sent", reference[:200]
    delivery.sent_at, delivery.lease_until = clock.now(), None
    _tell(s, delivery)


def retry(s: Session, delivery: Delivery, reason: str) -> None:
    """The provider said it did not take the message: later, more rarely, and at last failed."""
    written = s.scalars(select(Message).where(Message.id == delivery.message_id)).one().created_at
    if clock.now() - written >= GIVE_UP:
        refuse(s, delivery, reason)
        return
    delivery.state, delivery.reason, delivery.lease_until = "due", reason[:200], None
    wait = min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 10), LONGEST_WAIT)
    delivery.due_at = clock.now() + timedelta(seconds=wait)


def refuse(s: Session, delivery: Delivery, reason: str) -> None:
    """The provider will never take it."""
    delivery.state, delivery.reason, delivery.lease_until = "failed", reason[:200], None
    _tell(s, delivery)


def lose(s: Session, delivery: Delivery, reason: str) -> None:
    """Nobody knows whether it left: it is not sent again before the provider was asked."""
    delivery.state, delivery.reason, delivery.lease_until = "unknown", reason[:200], None
    delivery.due_at = clock.now() + timedelta(seconds=FIRST_LOOKUP)
    _tell(s, delivery)


def expire(s: Session) -> int:
    """Sends whose worker fell silent become unknown: they may have left, so none is sent again."""
    lost = s.scalars(
        select(Delivery).where(
            Delivery.state == "sending",
            or_(
                Delivery.lease_until.is_(None),
                leases.come(Delivery.lease_until, *leases.span(LEASE)),
            ),
        )
    ).all()
    for delivery in lost:
        lose(s, delivery, "worker_lost")
    return len(lost)


def unknown(s: Session, channels: Sequence[str], *, lookups: int, limit: int = 20) -> list[str]:
    """Ids of deliveries whose provider should now be asked whether they left."""
    return list(
        s.scalars(
            select(Delivery.id)
            .where(
                Delivery.state == "unknown",
                Delivery.channel.in_(list(channels)),
                Delivery.lookups < lookups,
                _come(FIRST_LOOKUP * 2**lookups),
            )
            .order_by(Delivery.due_at)
            .limit(limit)
        )
    )


def looked_up(s: Session, delivery: Delivery) -> None:
    """The provider was asked in vain: ask again, more and more rarely."""
    del s
    delivery.lookups += 1
    delivery.due_at = clock.now() + timedelta(seconds=FIRST_LOOKUP * 2**delivery.lookups)


def references(s: Session, *, channel: str, address: str, limit: int = 200) -> Sequence[str]:
    """The provider's names of what was already sent to an address, the newest first."""
    query = (
        select(Delivery.provider_reference)
        .where(
            Delivery.channel == channel,
            Delivery.address == address,
            Delivery.provider_reference.is_not(None),
        )
        .order_by(Delivery.sent_at.desc())
        .limit(limit)
    )
    return [reference for reference in s.scalars(query) if reference]


def receipt(
    s: Session, *, channel: str, key: str | None, reference: str | None, state: str, reason: str
) -> Delivery | None:
    """The provider tells what became of a delivery; None when that is not news.

    Receipts come late, twice and in any order: a delivery only ever goes onwards. One that is
    found by our own key also settles a delivery of which nobody knew whether it left.
    """
    delivery = _of_receipt(s, channel, key, reference)
    if delivery is None or delivery.state in {"failed", "read"}:
        return None
    if reference and delivery.provider_reference is None:
        delivery.provider_reference = reference[:200]
    if state == "delayed":
        delivery.reason = reason[:200]
        return delivery
    if RANK[state] <= RANK[delivery.state]:
        return None
    delivery.state, delivery.lease_until = state, None
    delivery.sent_at = delivery.sent_at or clock.now()
    delivery.reason = reason[:200] or None
    _tell(s, delivery)
    return delivery


def send_again(s: Session, delivery_id: str, member: Member) -> Delivery:
    """A person decided that a failed or unknown delivery should be tried once more."""
    actor = Actor("counselor", member.id)
    delivery = s.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    talk = select(Message.conversation_id).where(Message.id == (delivery and delivery.message_id))
    if delivery is None or access.is_walled(member, s.scalar(talk)):
        raise NotFound("There is no such delivery.")
    if delivery.state not in {"failed", "unknown"}:
        raise Conflict("This delivery is on its way or has arrived.", state=delivery.state)
    delivery.state, delivery.due_at, delivery.reason = "due", clock.now(), None
    delivery.provider_reference, delivery.lookups = None, 0
    data = {"channel": delivery.channel, "delivery": delivery.id}
    events.emit(s, "delivery.repeated", actor, message=delivery.message_id, data=data)
    return delivery


def undelivered(s: Session, member: Member, *, after: str | None, limit: int) -> Sequence[Delivery]:
    """What did not arrive, or nobody knows, in the order of ids; of talks in the member's sight."""
    seen = access.behind_no_wall(member, Message.conversation_id)
    query = (
        select(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.state.in_(("failed", "unknown")), seen)
    )
    if after:
        query = query.where(Delivery.id > after)
    return s.scalars(query.order_by(Delivery.id).limit(limit)).all()


def _come(seconds: int) -> ColumnElement[bool]:
    """Whether the time to try or to ask, which is never set further ahead than this, has come."""
    return leases.come(Delivery.due_at, *leases.span(timedelta(seconds=seconds)))


def _new(message: Message, channel: str, account: str) -> Delivery:
    return Delivery(
        message_id=message.id, channel=channel, account=account, state="due", due_at=clock.now()
    )


def _of_receipt(
    s: Session, channel: str, key: str | None, reference: str | None
) -> Delivery | None:
    if key:
        delivery = s.get(Delivery, key, with_for_update=True, populate_existing=True)
        return delivery if delivery and delivery.channel == channel else None
    if not reference:
        return None
    return s.scalars(
        select(Delivery)
        .where(Delivery.channel == channel, Delivery.provider_reference == reference)
        .limit(1)
        .with_for_update()
    ).first()


def _tell(s: Session, delivery: Delivery) -> None:
    events.emit(
        s,
        f"delivery.{delivery.state}",
        events.SYSTEM,
        message=delivery.message_id,
        data={"channel": delivery.channel, "attempts": delivery.attempts},
    )


# Asked again and again, so they are put together once: an alias is dear to make.
_EARLIER, _BEFORE, _OWN = aliased(Delivery), aliased(Message), aliased(Message)
# No earlier part or message of the same conversation is still to leave by the same channel.
_NOTHING_BEFORE = ~exists(
    select(_EARLIER.id)
    .join(_BEFORE, _BEFORE.id == _EARLIER.message_id)
    .join(_OWN, _OWN.conversation_id == _BEFORE.conversation_id)
    .where(
        _OWN.id == Delivery.message_id,
        _EARLIER.channel == Delivery.channel,
        _EARLIER.state.in_(("due", "sending")),
        or_(
            _BEFORE.position < _OWN.position,
            and_(_BEFORE.position == _OWN.position, _EARLIER.part < Delivery.part),
        ),
    )
).correlate(Delivery)
_ANSWERS_OTHER_CHANNEL = exists().where(
    _BEFORE.conversation_id == Message.conversation_id,
    _BEFORE.author_kind == "contact",
    _BEFORE.external_id.is_not(None),
    _BEFORE.position < Message.position,
)
_ON_NO_OTHER_WAY = ~exists().where(
    _EARLIER.message_id == Message.id, _EARLIER.channel.not_in(PULLED)
)

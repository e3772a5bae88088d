"""The outbox and the raw inbox: taken once, tried again with patience, never sent blind."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from crm import clock, contacts, conversations, db, inbox, messages, outbox
from crm.events import BOT
from crm.messages import Draft
from crm.models import Delivery, Event, InboxItem, Message


def due(engine: Engine, count: int = 1, *, talks: int = 1) -> list[str]:
    """Ids of new deliveries of a channel that is pushed to, `count` in each of so many talks."""
    for _ in range(talks):
        _say(engine, count)
    with db.reading(engine) as s:
        return list(s.scalars(select(Delivery.id)))


def _say(engine: Engine, count: int) -> None:
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        conversation, _ = conversations.start(
            s, contact, channel="simulator", language="en", account="main", address="kim@x.example"
        )
        for n in range(count):
            messages.say(s, conversation, Draft(BOT, f"words {n}", "en"))


def delivery(engine: Engine, delivery_id: str) -> Delivery:
    with db.reading(engine) as s:
        return s.get_one(Delivery, delivery_id)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    """Stops the house's clock and moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


def test_four_workers_take_each_of_a_hundred_rows_once(engine: Engine) -> None:
    ids = due(engine, talks=100)
    taken: Counter[str] = Counter()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for delivery_id in ids:
            with db.transaction(engine) as s:
                if outbox.claim(s, delivery_id):
                    taken[delivery_id] += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: work(), range(4)))
    assert taken == Counter(ids)


def test_a_retry_waits_longer_each_time_and_at_last_fails(engine: Engine, at: Clock) -> None:
    [delivery_id] = due(engine)
    waits = []
    while sum(waits) < outbox.GIVE_UP.total_seconds():
        with db.transaction(engine) as s:
            taken = outbox.claim(s, delivery_id)
            assert taken
            outbox.retry(s, taken, "busy")
            waits.append((taken.due_at - at.now).total_seconds())
        with db.reading(engine) as s:
            assert outbox.due(s) == []  # not before its time
        at.wait(seconds=waits[-1])
        with db.reading(engine) as s:
            assert outbox.due(s) == [delivery_id]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (outbox.FIRST_WAIT, outbox.LONGEST_WAIT)
    with db.transaction(engine) as s:
        outbox.retry(s, outbox.claim(s, delivery_id), "busy")
    failed = delivery(engine, delivery_id)
    assert (failed.state, failed.reason) == ("failed", "busy")


def test_messages_of_one_conversation_never_overtake_each_other(engine: Engine, at: Clock) -> None:
    first, second = sorted(due(engine, 2), key=lambda i: position(engine, i))
    with db.transaction(engine) as s:
        assert outbox.claim(s, second) is None
        outbox.retry(s, outbox.claim(s, first), "busy")
    at.wait(seconds=1)
    with db.transaction(engine) as s:
        assert outbox.due(s) == []  # the second waits with the first
        assert outbox.claim(s, second) is None
    at.wait(seconds=outbox.FIRST_WAIT)
    with db.transaction(engine) as s:
        assert outbox.due(s) == [first]
        outbox.sent(s, outbox.claim(s, first), "reference")
    with db.reading(engine) as s:
        assert outbox.due(s) == [second]


def test_a_failed_or_unknown_message_does_not_hold_the_next(engine: Engine) -> None:
    ids = sorted(due(engine, 3), key=lambda i: position(engine, i))
    with db.transaction(engine) as s:
        outbox.refuse(s, outbox.claim(s, ids[0]), "never")
    with db.transaction(engine) as s:
        outbox.lose(s, outbox.claim(s, ids[1]), "silence")
    with db.reading(engine) as s:
        assert outbox.due(s) == [ids[2]]


def test_receipts_in_any_order_lead_to_the_same_end(engine: Engine) -> None:
    states = ("sent", "delivered", "read")
    for order in set(itertools.permutations(states)):
        delivery_id = newest(engine, due(engine))
        with db.transaction(engine) as s:
            outbox.sent(s, outbox.claim(s, delivery_id), f"ref-{delivery_id}")
        for state in (*order, *order):
            tell(engine, delivery_id, state)
        assert delivery(engine, delivery_id).state == "read", order


def test_a_receipt_by_our_own_key_settles_what_nobody_knew(engine: Engine) -> None:
    [delivery_id] = due(engine)
    with db.transaction(engine) as s:
        outbox.lose(s, outbox.claim(s, delivery_id), "silence")
    with db.transaction(engine) as s:
        outbox.receipt(
            s, channel="simulator", key=delivery_id, reference="R1", state="sent", reason=""
        )
    known = delivery(engine, delivery_id)
    assert (known.state, known.provider_reference) == ("sent", "R1")


def test_a_receipt_of_another_channel_or_of_nothing_changes_nothing(engine: Engine) -> None:
    [delivery_id] = due(engine)
    with db.transaction(engine) as s:
        for channel, key in (("sms", delivery_id), ("simulator", "nothing"), ("simulator", None)):
            told = outbox.receipt(
                s, channel=channel, key=key, reference="R9", state="failed", reason="x"
            )
            assert told is None
    assert delivery(engine, delivery_id).state == "due"


def tell(engine: Engine, delivery_id: str, state: str) -> None:
    with db.transaction(engine) as s:
        outbox.receipt(
            s,
            channel="simulator",
            key=None,
            reference=f"ref-{delivery_id}",
            state=state,
            reason="",
        )


def position(engine: Engine, delivery_id: str) -> int:
    with db.reading(engine) as s:
        message = s.get_one(Delivery, delivery_id).message_id
        return s.scalars(select(Message.position).where(Message.id == message)).one()


def newest(engine: Engine, ids: list[str]) -> str:
    return max(ids, key=lambda i: position(engine, i))


def test_what_a_lost_worker_held_becomes_unknown_and_is_never_sent_again(
    engine: Engine, at: Clock
) -> None:
    [delivery_id] = due(engine)
    with db.transaction(engine) as s:
        assert outbox.claim(s, delivery_id)
    with db.transaction(engine) as s:
        assert outbox.expire(s) == 0  # its worker may still be at it
    at.wait(seconds=outbox.LEASE.total_seconds() + 1)
    with db.reading(engine) as s:
        assert outbox.due(s) == []
    with db.transaction(engine) as s:
        assert outbox.expire(s) == 1
    lost = delivery(engine, delivery_id)
    assert (lost.state, lost.reason) == ("unknown", "worker_lost")
    at.wait(days=1)
    with db.transaction(engine) as s:
        assert outbox.due(s) == []
        assert outbox.claim(s, delivery_id) is None


def test_each_outcome_is_an_event(engine: Engine) -> None:
    first, second = due(engine, talks=2)
    with db.transaction(engine) as s:
        outbox.sent(s, outbox.claim(s, first), "reference")
        outbox.refuse(s, outbox.claim(s, second), "never")
    with db.reading(engine) as s:
        kinds = set(s.scalars(select(Event.kind)))
    assert {"delivery.sent", "delivery.failed"} <= kinds


def keep(engine: Engine, external_id: str = "x1", account: str = "main") -> tuple[str, bool]:
    with db.transaction(engine) as s:
        item, new = inbox.keep(
            s,
            channel="simulator",
            account=account,
            external_id=external_id,
            headers={"content-type": "application/json"},
            body=b'{"raw": "bytes \xff"}',
        )
        return item.id, new


def items(engine: Engine) -> int:
    with db.reading(engine) as s:
        return s.scalar(select(func.count()).select_from(InboxItem)) or 0


def test_the_same_hook_is_kept_once(engine: Engine) -> None:
    first, new = keep(engine)
    assert new
    assert keep(engine) == (first, False)
    assert keep(engine, account="other")[0] != first
    assert items(engine) == 2


def test_the_same_hook_ten_times_at_once_is_kept_once(engine: Engine) -> None:
    with ThreadPoolExecutor(10) as pool:
        kept = list(pool.map(lambda _: keep(engine), range(10)))
    assert [new for _, new in kept].count(True) == 1
    assert len({item for item, _ in kept}) == 1
    assert items(engine) == 1


def test_raw_bytes_are_kept_as_they_came(engine: Engine) -> None:
    item_id, _ = keep(engine)
    with db.reading(engine) as s:
        assert s.get_one(InboxItem, item_id).body == b'{"raw": "bytes \xff"}'


def test_old_bytes_are_forgotten_unless_somebody_must_still_look(engine: Engine, at: Clock) -> None:
    understood, waiting, odd = (keep(engine, x)[0] for x in ("a", "b", "c"))
    with db.transaction(engine) as s:
        inbox.done(s, understood)
        inbox.quarantine(s, odd, "no sense")
    at.wait(days=31)
    with db.transaction(engine) as s:
        inbox.forget_older_than(s, timedelta(days=30))
    with db.reading(engine) as s:
        assert set(s.scalars(select(InboxItem.id))) == {waiting, odd}
        assert s.get_one(InboxItem, odd).reason == "no sense"

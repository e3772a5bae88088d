"""The outbox and the raw inbox: taken once, tried again with patience, never sent blind."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from crm import clock, contacts, conversations, db, inbox, messages, outbox
from crm.events import BOT
from crm.messages import Draft
from crm.models import Delivery, Event, InboxItem


def due(engine: Engine, count: int = 1) -> list[str]:
    """Ids of new deliveries of a channel that is pushed to."""
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        conversation, _ = conversations.start(
            s, contact, channel="simulator", language="en", account="main", address="kim@x.example"
        )
        for n in range(count):
            messages.say(s, conversation, Draft(BOT, f"words {n}", "en"))
    with db.reading(engine) as s:
        return list(s.scalars(select(Delivery.id)))


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
    ids = due(engine, 100)
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
    for _ in range(outbox.MAX_ATTEMPTS - 1):
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
    assert waits == sorted(set(waits))
    with db.transaction(engine) as s:
        outbox.retry(s, outbox.claim(s, delivery_id), "busy")
    failed = delivery(engine, delivery_id)
    assert (failed.state, failed.reason, failed.attempts) == ("failed", "busy", outbox.MAX_ATTEMPTS)


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
    first, second = due(engine, 2)
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

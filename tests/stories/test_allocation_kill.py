"""600 contacts, routers and counselors killed at random: each is served exactly once."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count

from sqlalchemy import Engine, event, func, select

from crm import contacts, conversations, counselors, db, events, presence, queues, reservations
from crm.access import Member
from crm.errors import DeskError
from crm.events import BOT
from crm.models import Conversation, Event, Reservation
from routing import allocator, assign, desk

TASKS, AGENTS = 600, 25
ROUTERS, COUNSELORS = 3, 2
KILL_EVERY = 1.0
STANDSTILL = 120  # seconds in which nobody at all was served: something is stuck
PACKET = {"reason": "asked", "goal": "x", "facts": {}, "sources_tried": [], "language": "en",
          "deadline": None, "last_turns": []}  # fmt: skip
fork = multiprocessing.get_context("fork")


def opened(url: str) -> Engine:
    """A database of this process's own, where offers run out in moments."""
    events.use_key(b"a key for tests")
    engine = db.connect(url, pool_size=2)
    # Processes die here, not the machine: nothing need wait for the disk.
    lazy = "PRAGMA synchronous=OFF" if url.startswith("sqlite") else "SET synchronous_commit TO off"
    event.listen(engine, "connect", lambda c, _: c.execute(lazy) and c.commit())
    own = queues.plan
    queues.plan = lambda s, name: replace(own(s, name), misses=10_000, wrap_seconds=0)
    reservations.REST = timedelta(seconds=0.1)
    return engine


class HastyStore(allocator.DeskStore):
    """Offers that last five seconds."""

    def claim(self, match: assign.Match, now: float) -> bool:
        del now
        with db.transaction(self._engine) as s:
            return reservations.offer(s, match.waiting, match.agent, 5) is not None


def route(url: str, _: list[str]) -> None:
    engine = opened(url)
    while True:
        allocator.one_round(engine, HastyStore(engine))
        time.sleep(random.uniform(0.1, 0.5))


def counsel(url: str, ids: list[str]) -> None:
    """Accept most offers, refuse some, let some run out, and wrap up whatever is held."""
    engine, chance = opened(url), random.Random(os.getpid())
    live = Reservation.state.in_(reservations.LIVE)
    while True:
        with db.reading(engine) as s:
            mine = s.scalars(select(Reservation).where(live, Reservation.counselor_id.in_(ids)))
            rows = mine.all()
        for row in rows:
            person = Member(row.counselor_id, "counselor", ("bidding",))
            answer(engine, person, row, chance.random())


def answer(engine: Engine, person: Member, row: Reservation, luck: float) -> None:
    try:
        with db.transaction(engine) as s:
            if row.state == "accepted":
                desk.wrap(s, person, row.conversation_id, code="answered", note=None)
            elif luck < 0.8:
                desk.accept_offer(s, person, row.id)
            elif luck < 0.9:
                desk.refuse_offer(s, person, row.id, "busy")
    except DeskError:
        pass  # it ran out, or somebody was first: said in words, and nothing is broken


def prepare(engine: Engine) -> list[str]:
    with db.transaction(engine) as s:
        ids = []
        for n in range(AGENTS):
            who = counselors.sign_up(
                s,
                email=f"a{n}@desk.example",
                name=f"A{n}",
                password="a long enough password",
                role="counselor",
                languages=["en"],
                queues=["bidding"],
            )
            presence.declare(s, who.id, "ready")
            ids.append(who.id)
        for _ in range(TASKS):
            contact = contacts.meet(s, language="en", name=None, email=None)
            talk, _token = conversations.start(s, contact, channel="web", language="en")
            conversations.hand_off(
                s, talk, actor=BOT, queue="bidding", packet=PACKET, urgent=False, deadline=None
            )
    return ids


def test_600_contacts_are_each_served_exactly_once_while_everybody_is_killed(
    engine: Engine, monkeypatch
) -> None:
    monkeypatch.setattr(presence, "SILENT_AFTER", timedelta(hours=1))  # nobody beats here
    ids = prepare(engine)
    url = address(engine)
    engine.dispose()  # nothing open is shared with the processes to come
    jobs = [(route, ids)] * ROUTERS + [(counsel, ids[n::COUNSELORS]) for n in range(COUNSELORS)]
    running = [started(job, url, mine) for job, mine in jobs]
    kills = 0
    try:
        fewest, since = TASKS + 1, time.monotonic()
        for turn in count():
            with db.reading(engine) as s:
                left = s.scalar(
                    select(func.count())
                    .select_from(Conversation)
                    .where(Conversation.status != "closed")
                )
            if not left:
                break
            if left < fewest:
                fewest, since = left, time.monotonic()
            assert time.monotonic() < since + STANDSTILL, f"{left} are not served"
            time.sleep(KILL_EVERY)
            n = random.Random(turn).randrange(len(jobs))
            os.kill(running[n].pid, signal.SIGKILL)
            running[n].join()
            running[n] = started(jobs[n][0], url, jobs[n][1])
            kills += 1
    finally:
        for process in running:
            process.kill()
            process.join()
    assert kills > 3
    check(engine)


def address(engine: Engine) -> str:
    """Where another process finds the database of this test."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            return f"sqlite:///{connection.exec_driver_sql('PRAGMA database_list').one()[2]}"
    return engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=False)


def started(job: object, url: str, mine: list[str]) -> multiprocessing.Process:
    process = fork.Process(target=job, args=(url, mine), daemon=True)
    process.start()
    return process


def check(engine: Engine) -> None:
    events.use_key(b"a key for tests")
    with db.reading(engine) as s:
        journal = s.scalars(select(Event).order_by(Event.id)).all()
        rows = s.scalars(select(Reservation)).all()
        assert list(events.broken_links(s)) == []
    once = dict.fromkeys((r.conversation_id for r in rows), 1)
    assert len(once) == TASKS
    for kind in ("conversation.accepted", "conversation.wrapped"):
        assert Counter(e.conversation_id for e in journal if e.kind == kind) == once
    assert Counter(r.conversation_id for r in rows if r.state == "done") == once
    assert {r.state for r in rows} <= {"done", "expired", "rejected", "rescinded"}
    # Each decision stands in the journal as often as in the rows.
    for state, kind in (("expired", "reservation.expired"), ("rejected", "reservation.rejected")):
        assert sum(r.state == state for r in rows) == sum(e.kind == kind for e in journal)

"""The allocator: the decision of `assign` over the record, and the rounds that keep it going.

Any number of them may run beside each other, and each may die at any moment: an offer is claimed in
one transaction under the database's own unique indexes, and whatever a dead one left is due.
"""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crm import (
    callbacks,
    clock,
    conversations,
    db,
    events,
    presence,
    queues,
    reservations,
    rulings,
    tickets,
)
from crm.events import SYSTEM
from crm.models import Conversation
from routing import agents, assign, line
from routing.assign import Look, Match
from routing.calls import with_people

log = logging.getLogger(__name__)

# Commits ring many times in a turn; one round soon after them all does as well as one for each.
GAP = 0.1
PAUSE = 1.0
# A busy desk rings many times a second; what is overdue can wait so long.
SWEEP_EVERY = 0.5
# Most commits only add words to a talk: nobody waits, or can be asked, who could not before.
WORDS = frozenset({"conversation.started", "message.said", "message.noted"})


class DeskStore:
    """The record as `assign` sees it. Moments are seconds since 1970."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def look(self, now: float) -> Look:
        del now
        with db.reading(self._engine) as s:
            there = agents.ready(s)
            if not there:
                return Look([], [], {})
            plans = line.plans(s)
            return Look(line.waiting(s), there, plans)

    def claim(self, match: Match, now: float) -> bool:
        del now
        with db.transaction(self._engine) as s:
            plan = queues.plan(s, match.queue)
            made = reservations.offer(
                s, match.waiting, match.agent, plan.offer_seconds, queue=match.queue
            )
            return made is not None


class Allocator:
    """Rounds in a thread of its own: soon after the bell of a commit, and once a second anyway."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._store = engine, DeskStore(engine)
        self._bell, self._stop, self._sweeps_at = threading.Event(), False, 0.0
        self._drift = clock.Drift()

    def start(self) -> Callable[[], None]:
        """Returns the way to stop it."""
        silence = events.on_commit(self._bell.set, but=WORDS)
        thread = threading.Thread(target=self._run, name="allocator", daemon=True)
        thread.start()

        def finish() -> None:
            self._stop = True
            self._bell.set()
            silence()
            thread.join(10)

        return finish

    def _run(self) -> None:
        while not self._stop:
            self._bell.wait(PAUSE)
            self._bell.clear()
            if self._stop:
                return
            try:
                if time.monotonic() >= self._sweeps_at:
                    self._sweeps_at = time.monotonic() + SWEEP_EVERY
                    if self._drift.ahead() > clock.JITTER:
                        set_forward(self._engine)
                    sweep(self._engine)
                assign.allocate(self._store, clock.now().timestamp())
            except Exception:
                log.exception("a round of the allocator failed; it goes on")
                time.sleep(PAUSE)
            time.sleep(GAP)


def one_round(engine: Engine, store: assign.Store | None = None) -> list[Match]:
    """Put right what is overdue, then make the offers of this moment."""
    sweep(engine)
    return assign.allocate(store or DeskStore(engine), clock.now().timestamp())


def sweep(engine: Engine) -> None:
    """Wrap-ups and appointments, counselors gone silent, offers that ran out, talks left behind.

    Each in a transaction of its own, found by looking first: most rounds write nothing.
    """
    with db.reading(engine) as s:
        settled, ended, gone = presence.due(s), reservations.run_out(s), presence.gone(s)
        called_away = presence.called_away(s)
        late, undecided = tickets.late(s), rulings.late(s)
        ringing, over = callbacks.due(s), reservations.left_over(s)
    for ticket_id, name in late:
        with db.transaction(engine) as s:
            tickets.breach(s, ticket_id, name)
    for ruling_id in undecided:
        with db.transaction(engine) as s:
            rulings.miss(s, ruling_id)
    for conversation_id in over:
        with db.transaction(engine) as s:
            reservations.clear(s, conversation_id)
    for callback_id in ringing:
        with db.transaction(engine) as s:
            callbacks.fall_due(s, callback_id)
    for counselor_id in called_away:
        with db.transaction(engine) as s:
            presence.call_away(s, counselor_id)
    for counselor_id in settled:
        with db.transaction(engine) as s:
            presence.settle(s, counselor_id)
    for reservation_id in ended:
        with db.transaction(engine) as s:
            close_offer(s, reservation_id)
    for counselor_id in {*gone, *settled}:
        bring_back(engine, counselor_id)


def set_forward(engine: Engine) -> None:
    """The clock was put forward: nobody was silent in a time that did not pass, and no offer was
    missed in it. Each offer is taken back and made again."""
    with db.transaction(engine) as s:
        presence.heard_of_all(s)
    with db.reading(engine) as s:
        live = reservations.offers(s)
    for reservation_id in live:
        with db.transaction(engine) as s:
            reservations.take_back(s, reservation_id, "clock")


def close_offer(s: Session, reservation_id: str) -> None:
    """An offer that ran out goes back to its old place; the queue says how many misses are one
    too many."""
    found = reservations.get(s, reservation_id)
    conversation = s.get_one(Conversation, found.conversation_id, with_for_update=True)
    plan = queues.plan(s, conversation.queue or "")
    reservations.close_offer(s, reservation_id, plan.misses)


def bring_back(engine: Engine, counselor_id: str) -> None:
    """What a counselor who is away held returns to where it stood; what is over is closed."""
    with db.reading(engine) as s:
        row = presence.get(s, counselor_id)
        if row is None or row.state != "offline":
            return
        held = [
            r.conversation_id
            for r in reservations.live_of(s, counselor_id)
            if r.state == "accepted"
        ]
        reason = row.reason or "offline"
    for conversation_id in held:
        with db.transaction(engine) as s:
            conversation = s.get_one(Conversation, conversation_id, with_for_update=True)
            there = presence.get(s, counselor_id)
            if conversation.owner_id != counselor_id or there is None or there.state != "offline":
                continue
            if conversation.status == "wrap_up":  # over: nobody waits in it any more
                conversations.wrap(s, conversation, actor=SYSTEM, code="other", note=None)
                callbacks.finish(s, conversation.id)
                with_people.ended(s, conversation)
                continue
            if conversation.queue is None:
                continue  # never stood in a queue: there is no place to go back to
            conversations.give_back(s, conversation, actor=SYSTEM, reason=reason)
            with_people.transferred(s, conversation)

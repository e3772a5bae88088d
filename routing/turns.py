"""Running the bot's turns: claimed, decided with no session held, settled exactly once.

A turn belongs to the process that claimed it for as long as its lease lasts. A process that dies
leaves its leases to run out, and the sweep of any other one finishes what it began.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot import port
from bot.acting.state import filling, kept_to_go_on, kept_to_sign
from crm import actions, conversations, db, messages, turns
from crm.models import Action, Conversation, Message, Turn
from crm.settings import Settings
from routing import steps as carrying
from routing import words, work
from routing.acted import goes_on, told_of
from routing.actions import Machine, Outcome
from routing.work import Work

log = logging.getLogger(__name__)

Replies = Sequence[Message]

MAX_ATTEMPTS = 3
SWEEP_SECONDS = 2.0
POLL_SECONDS = 0.2
# Well before the lease ends; most turns begin at once and need no renewal.
RENEW_AFTER = turns.LEASE.total_seconds() / 3


class Turns:
    """The turn runner of one process."""

    def __init__(
        self, engine: Engine, bot: port.Bot, settings: Settings, machine: Machine | None = None
    ) -> None:
        self._engine, self._bot, self._settings = engine, bot, settings
        self._machine = machine
        self._pool = ThreadPoolExecutor(settings.turn_workers, thread_name_prefix="turn")
        self._running: dict[str, Future[Replies | None]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def start(self) -> None:
        """Finish what an earlier process left, now and for as long as this one lives."""
        if self._engine.dialect.name == "sqlite":  # one process only: all leases are of the dead
            with db.transaction(self._engine) as s:
                turns.release_all(s)
        if self._machine:
            self._machine.start()
        threading.Thread(target=self._sweep, name="turn-sweep", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, claimed: Work) -> None:
        """Run a claimed turn in the background; at shutdown it is left to the next process."""
        with self._lock:
            if self._stop.is_set():
                return
            future = self._pool.submit(self._run, claimed)
            self._running[claimed.turn_id] = future
        future.add_done_callback(lambda _: self._running.pop(claimed.turn_id, None))

    async def settled(self, turn_id: str, seconds: float) -> Replies | None:
        """Wait until a turn is settled, by whichever process, for what was replied in it; None
        when time runs out."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    future = self._running.get(turn_id)
                    if future is not None:
                        said = await asyncio.shield(asyncio.wrap_future(future))
                        if said is not None:
                            return said
                    said = await asyncio.to_thread(self._replies, turn_id)
                    if said is not None:
                        return said
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            return None

    def _replies(self, turn_id: str) -> Replies | None:
        with db.reading(self._engine) as s:
            settled = s.get_one(Turn, turn_id).state == "settled"
            return messages.of_turn(s, turn_id) if settled else None

    def _run(self, claimed: Work) -> Replies | None:
        """Decide and settle; None when this attempt settled nothing."""
        try:
            if not self._still_ours(claimed):
                return None
            decided = self._acted(claimed, self._decide(claimed))
            said, following = self._settle(claimed, decided)
        except Exception:
            # The sweep tries again; the text is never logged.
            log.exception("turn %s failed", claimed.turn_id)
            self._release(claimed)
            return None
        if following:
            self.submit(following)
        return said

    def _still_ours(self, claimed: Work) -> bool:
        """A turn may have waited for a free worker so long that its lease ran out."""
        if time.monotonic() - claimed.claimed_at < RENEW_AFTER:
            return True
        with db.transaction(self._engine) as s:
            return turns.renew(s, claimed.turn_id, claimed.attempt)

    def _release(self, claimed: Work) -> None:
        with contextlib.suppress(SQLAlchemyError), db.transaction(self._engine) as s:
            turns.release(s, claimed.turn_id, claimed.attempt)

    def _decide(self, claimed: Work) -> Sequence[port.Step]:
        if claimed.attempt > MAX_ATTEMPTS:
            return [_give_up(claimed.request)]
        try:
            decided = self._bot.turn(claimed.request)
        except Exception:
            log.exception("the bot failed on turn %s", claimed.turn_id)
            return [_give_up(claimed.request)]
        if port.outcome(decided) is None:  # a bot that says nothing is a bot that is down
            log.error("the bot said nothing on turn %s", claimed.turn_id)
            return [_give_up(claimed.request)]
        return decided

    def _acted(self, claimed: Work, decided: Sequence[port.Step]) -> Sequence[port.Step]:
        """The steps with what came of a yes in the place of the yes; no session is held here."""
        if not any(isinstance(step, port.Perform) for step in decided):
            return decided
        with db.reading(self._engine) as s:
            talk = s.get_one(Conversation, claimed.request.conversation)
            done = actions.of_turn(s, claimed.turn_id)
            own = conversations.answered_by_bot(talk) or _waits_to_be_rung(talk, done)
        if not own:  # someone took the talk over: nothing is done without a person now
            return []
        said = next(step for step in decided if isinstance(step, port.Remember))
        outcome = Outcome("nothing", {})
        if self._machine is not None:
            outcome = self._machine.perform(claimed.request.conversation, claimed.turn_id)
        told = told_of(said.language, outcome)
        if outcome.state == "away":
            kept = _still_asked(claimed, said)
        elif _awaits_signature(outcome):
            kept = port.Remember(
                kept_to_sign(claimed.request.state), said.language, said.sealed_until
            )
        elif outcome.error is not None and goes_on(outcome.error):
            kept = port.Remember(
                kept_to_go_on(claimed.request.state), said.language, said.sealed_until
            )
        else:
            kept = _knowing(outcome, said)
        return [
            told,
            *(s for s in decided if not isinstance(s, port.Perform | port.Remember)),
            kept,
        ]

    def _settle(
        self, claimed: Work, decided: Sequence[port.Step]
    ) -> tuple[Replies | None, Work | None]:
        """Write the outcome, unless another attempt did; also the next turn, claimed, if any."""
        with db.transaction(self._engine) as s:
            conversation = conversations.hold(s, claimed.request.conversation)
            if conversation is None:
                return None, None
            done = actions.of_turn(s, claimed.turn_id)
            speaks = conversations.answered_by_bot(conversation)
            if not speaks and not _waits_to_be_rung(conversation, done):
                decided = []  # silent once a queue or a person has the talk
            outcome = port.outcome(decided)
            act = outcome.act if outcome else None
            kept = carrying.as_json(decided)
            turn = turns.settle(s, claimed.turn_id, claimed.attempt, kept, act)
            if turn is None:
                return None, None
            if decided:
                carrying.carry_out(s, self._settings, conversation, turn, decided)
            following = turns.next_of(s, conversation.id)
            said = messages.said_now(s, turn.id)
            return said, work.claim(s, following) if following else None

    def _sweep(self) -> None:
        while not self._stop.wait(SWEEP_SECONDS):
            try:
                self._take_up_left_overs()
            except Exception:
                log.exception("the sweep of turns failed")

    def _take_up_left_overs(self) -> None:
        with db.reading(self._engine) as s:
            waiting = turns.waiting(s)
        for turn_id in waiting:
            if turn_id in self._running:
                continue
            if len(self._running) >= self._settings.turn_workers:
                return  # what cannot be begun now is left to whoever can
            with db.transaction(self._engine) as s:
                claimed = work.claim(s, turn_id)
            if claimed:
                self.submit(claimed)


def _waits_to_be_rung(talk: Conversation, done: Action | None) -> bool:
    """The turn itself gave the talk to a queue by its call-back: it still says so."""
    return done is not None and done.kind == "callback" and talk.owner_kind == "queue"


def _knowing(outcome: Outcome, said: port.Remember) -> port.Remember:
    """A tender that has just got its number is the one that is spoken of from now on."""
    if outcome.state != "done" or outcome.kind != "publish_tender" or outcome.receipt is None:
        return said
    kept = said.state.get("bot", {})
    facts = {**kept.get("facts", {}), "tender_number": outcome.receipt["number"]}
    return replace(said, state={**said.state, "bot": {**kept, "facts": facts}})


def _awaits_signature(outcome: Outcome) -> bool:
    """Prepared, and of no effect before it is signed; a bid has an act of its own for that."""
    waits = outcome.receipt is not None and outcome.receipt.get("state") == "awaiting_signature"
    return waits and outcome.kind not in ("bid", "submit_bid", "amend_bid")


def _still_asked(claimed: Work, said: port.Remember) -> port.Remember:
    """The core was away and the proposal stands: so does the question for a yes."""
    return port.Remember(claimed.request.state, said.language, said.sealed_until)


def _give_up(request: port.Turn) -> port.HandOff:
    """Nobody is stranded: what the bot cannot finish goes to a person, a bid's words left out."""
    act = filling(request.state)
    sealed = act is not None and act.sealed_until is not None
    return port.HandOff(
        text=words.say(request.language, "bot_down"),
        reason="bot_down",
        queue=None,
        goal=f"{act.kind} {act.number or ''}".strip() if act and sealed else request.text[:200],
    )

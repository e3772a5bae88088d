"""The background worker: sends what is due, gives up on what fell silent, forgets what is old."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from crm import calls, db, inbox, outbox
from crm.settings import Settings
from routing import (
    clarifying,
    continuing,
    fetching,
    hooks,
    outbound,
    outreach,
    recalling,
    watching,
)
from routing.actions import Machine
from routing.calls import orders, recording_jobs
from routing.channels import Channels
from routing.channels.phone.port import Exchanges
from routing.channels.port import Channel, Hook, Watches
from routing.kpi import rollup

log = logging.getLogger(__name__)

PAUSE = 1.0
# Somebody is on the line: an order waits at most so long to be seen.
RING_PAUSE = 0.3
TIDY_EVERY = 600
# Left-overs of dead processes, followers and files at providers can wait a little.
LOOK_EVERY = 5
STOP_SECONDS = 10
# No provider sends a web hook again after so long.
ANSWERS_KEPT = timedelta(days=2)


class Worker:
    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        channels: Channels,
        machine: Machine | None = None,
        exchanges: Exchanges | None = None,
    ) -> None:
        self._engine, self._settings, self._channels = engine, settings, channels
        self._machine = machine
        self._exchanges = exchanges or {}

    def start(self) -> Callable[[], None]:
        """Work in threads of its own; returns the way to stop them after the present send."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self.run_until, args=(stop,), name="worker", daemon=True)
        ]
        threads += self._watchers(stop)
        for thread in threads:
            thread.start()

        def finish() -> None:
            stop.set()
            for thread in threads:
                thread.join(STOP_SECONDS)

        return finish

    def run_until(self, stop: threading.Event) -> None:
        """Work until `stop`; who is on the telephone waits for no mail and no core."""
        ringing = threading.Thread(
            target=self._ring_until, args=(stop,), name="orders", daemon=True
        )
        ringing.start()
        self._work_until(stop)
        ringing.join(STOP_SECONDS)

    def _ring_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            busy = self._try(
                lambda: orders.carry_out(self._engine, self._settings, self._exchanges)
            )
            if not busy:
                stop.wait(RING_PAUSE)

    def _work_until(self, stop: threading.Event) -> None:
        rounds = 0
        while not stop.is_set():
            busy = self._try(
                lambda: outbound.send_due(self._engine, self._channels, self._settings.public_url)
            )
            busy += self._try(lambda: recording_jobs.bring_home(self._engine, self._exchanges))
            busy += self._try(lambda: outreach.reach_out(self._engine, self._settings))
            busy += self._try(
                lambda: recalling.carry_on(self._engine, self._channels, self._settings.hours.zone)
            )
            busy += self._try(lambda: int(not rollup.catch_up(self._engine)))
            if rounds % LOOK_EVERY == 0:
                busy += self._try(self._look_around)
                self._try(self._follow_acts)
            if rounds % TIDY_EVERY == 0:
                self._try(self._tidy)
            rounds += 1
            if not busy:
                stop.wait(PAUSE)

    def _follow_acts(self) -> int:
        """Bring on what a dead performer left, and tell who follows a tender."""
        if self._machine:
            self._machine.sweep()
        watching.tell_followers(self._engine, self._settings.hours.zone)
        clarifying.tell_clarifications(self._engine)
        return 0

    def _try(self, work: Callable[[], int]) -> int:
        """One kind of work that fails must not keep the others from being done."""
        try:
            return work()
        except Exception:
            log.exception("the worker failed; it goes on")
            return 0

    def _look_around(self) -> int:
        """What a dead process left, files still at providers, and deliveries nobody knows of."""
        engine, channels = self._engine, self._channels
        with db.transaction(engine) as s:
            outbox.expire(s)
        hooks.take_in_left_overs(engine, self._settings, channels)
        continuing.carry_on(engine, channels)
        outbound.look_up_unknown(engine, channels, self._settings.public_url)
        return fetching.fetch_due(engine, self._settings, channels)

    def _tidy(self) -> int:
        with db.transaction(self._engine) as s:
            inbox.forget_older_than(s, timedelta(days=self._settings.raw_inbox_days))
            calls.forget_answers_older_than(s, ANSWERS_KEPT)
        return 0

    def _watchers(self, stop: threading.Event) -> list[threading.Thread]:
        """A thread for each channel that must be asked for what arrived."""
        return [
            threading.Thread(
                target=channel.watch,
                args=(self._taker(channel), stop),
                name=f"watch-{kind}",
                daemon=True,
            )
            for kind, channel in self._channels.items()
            if isinstance(channel, Watches)
        ]

    def _taker(self, channel: Channel) -> Callable[[Hook], None]:
        def take(hook: Hook) -> None:
            hooks.take(self._engine, self._settings, channel, hook, claims=False)

        return take

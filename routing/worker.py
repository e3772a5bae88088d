"""The background worker: sends what is due, gives up on what fell silent, forgets what is old."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from crm import db, inbox, outbox
from crm.settings import Settings
from routing import outbound, outreach, watching
from routing.actions import Machine
from routing.channels import Channels
from routing.kpi import rollup

log = logging.getLogger(__name__)

PAUSE = 1.0
TIDY_EVERY = 600
LOOK_EVERY = 5
STOP_SECONDS = 10


class Worker:
    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        channels: Channels,
        machine: Machine | None = None,
    ) -> None:
        self._engine, self._settings, self._channels = engine, settings, channels
        self._machine = machine

    def start(self) -> Callable[[], None]:
        """Work in a thread of its own; returns the way to stop it when its present send is done."""
        stop = threading.Event()
        thread = threading.Thread(target=self.run_until, args=(stop,), name="worker", daemon=True)
        thread.start()

        def finish() -> None:
            stop.set()
            thread.join(STOP_SECONDS)

        return finish

    def run_until(self, stop: threading.Event) -> None:
        rounds = 0
        while not stop.is_set():
            try:
                busy = outbound.send_due(self._engine, self._channels)
                if rounds % LOOK_EVERY == 0:
                    self._look()
                busy += outreach.reach_out(self._engine, self._settings)
                busy = bool(busy) | (not rollup.catch_up(self._engine))
                if rounds % TIDY_EVERY == 0:
                    self._tidy()
            except Exception:
                log.exception("the worker failed; it goes on")
                busy = False
            rounds += 1
            if not busy:
                stop.wait(PAUSE)

    def _look(self) -> None:
        """Bring on what a dead performer left, and tell who follows a tender."""
        if self._machine:
            self._machine.sweep()
        watching.tell_followers(self._engine, self._settings.hours.zone)

    def _tidy(self) -> None:
        with db.transaction(self._engine) as s:
            outbox.expire(s)
            inbox.forget_older_than(s, timedelta(days=self._settings.raw_inbox_days))

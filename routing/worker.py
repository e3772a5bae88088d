"""The background worker: sends what is due, gives up on what fell silent, forgets what is old."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from crm import calls, db, inbox, outbox
from crm.settings import Settings
from routing import outbound
from routing.calls import orders, recording_jobs
from routing.channels import Channels
from routing.channels.phone.port import Exchanges

log = logging.getLogger(__name__)

PAUSE = 1.0
TIDY_EVERY = 600
STOP_SECONDS = 10
# No provider sends a web hook again after so long.
ANSWERS_KEPT = timedelta(days=2)


class Worker:
    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        channels: Channels,
        exchanges: Exchanges | None = None,
    ) -> None:
        self._engine, self._settings, self._channels = engine, settings, channels
        self._exchanges = exchanges or {}

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
                busy += orders.carry_out(self._engine, self._settings, self._exchanges)
                busy += recording_jobs.bring_home(self._engine, self._exchanges)
                if rounds % TIDY_EVERY == 0:
                    self._tidy()
            except Exception:
                log.exception("the worker failed; it goes on")
                busy = 0
            rounds += 1
            if not busy:
                stop.wait(PAUSE)

    def _tidy(self) -> None:
        with db.transaction(self._engine) as s:
            outbox.expire(s)
            calls.forget_answers_older_than(s, ANSWERS_KEPT)
            inbox.forget_older_than(s, timedelta(days=self._settings.raw_inbox_days))

"""Answers follow what any process of the desk publishes or withdraws."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from api.desk import Knowledge
from api.live import articles_changed

log = logging.getLogger(__name__)

FOLLOW_SECONDS = 5.0


class Following:
    """Looks for changed articles; whoever answers needs one of these in its own process."""

    def __init__(self, engine: Engine, knowledge: Knowledge) -> None:
        self._engine, self._knowledge = engine, knowledge
        self._seen = articles_changed(engine, None)

    def start(self) -> Callable[[], None]:
        """Follow in a thread of its own; call what comes back to end it."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="following", daemon=True)
        thread.start()

        def finish() -> None:
            stop.set()
            thread.join(10)

        return finish

    def look(self) -> None:
        """Bring the index to the record if an article changed since a look last succeeded."""
        newest = articles_changed(self._engine, self._seen)
        if newest != self._seen:
            self._knowledge.refresh()
        self._seen = newest

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(FOLLOW_SECONDS):
            try:
                self.look()
            except Exception:  # whatever it was, the old index serves, and it is tried again
                log.exception("could not follow the articles; it goes on")

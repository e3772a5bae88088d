"""Commits of one process reach the disk together.

SQLite, told to sync each commit, does so with the write lock held: every writer behind it waits for
the disk. Here it only writes its log; who has committed then waits for the log to be synced, with
the lock free for the next, and all who wait share one sync. Nobody goes on before their own commit
is on the disk, so what a caller was told is as safe as it was (decision 0035).
"""

import contextlib
import os
import threading
from pathlib import Path


class Log:
    """The write-ahead log of one database. Used by many threads."""

    def __init__(self, database: str) -> None:
        self._path = Path(f"{database}-wal")
        self._counting, self._syncing = threading.Lock(), threading.Lock()
        self._written = self._kept = 0

    def keep(self) -> None:
        """Return once all that was committed before this call is on the disk."""
        with self._counting:
            self._written += 1
            mine = self._written
        with self._syncing:
            if self._kept >= mine:
                return
            upto = self._written
            # Without a log all of it went into the database, which SQLite syncs before that.
            with contextlib.suppress(FileNotFoundError):
                self._sync()
            self._kept = upto

    def _sync(self) -> None:
        log = os.open(self._path, os.O_RDONLY)
        try:
            os.fdatasync(log)
        finally:
            os.close(log)

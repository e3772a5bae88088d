"""What a command tells while it works, and long work that two commands do one after the other.
Standard library only."""

import fcntl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say what is going on, every ten seconds that it is still going on, and how long it took."""
    began = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(10):
            say(f"  … {what.lower()}, {time.monotonic() - began:.0f} s so far")

    say(f"{what} …")
    threading.Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    say(f"{what}: done in {time.monotonic() - began:.0f} s")


@contextmanager
def alone(path: Path, what: str) -> Iterator[int]:
    """Two commands begun at once do the work once: the second waits, and should look again.

    `path` is locked until the end of this and of every program that was passed the descriptor
    given here: a command that is killed does not let the next one into work that still goes on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress(f"Waiting for another command that is {what}"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()

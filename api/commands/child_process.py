"""A program of our own as a child process: started, watched, started again, ended with us."""

import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# A child needs nothing of ours: no secret, no database, no proxy.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE",
             "OPENBLAS_L2_SIZE")  # fmt: skip
PATIENCE = 5.0
MAX_PAUSE = 60.0


class ChildProcess:
    """One program, called `name` in the log, on a free port of the loopback address."""

    def __init__(self, name: str, root: Path, log_file: Path) -> None:
        self._name, self._root, self._log = name, root, log_file
        self._port = free_port()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name=f"{name}-watch", daemon=True)

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """What the child is told besides what every child gets."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        self._child = self._spawn()
        self._watcher.start()

    def stop(self) -> None:
        with self._starting:
            self._stopping.set()
            child = self._child
        if child and child.poll() is None:
            child.terminate()
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()

    def _spawn(self) -> subprocess.Popen[bytes]:
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment = passed_on | {"PYTHONPATH": str(self._root)} | dict(self.environment())
        with self._log.open("ab") as out:
            return subprocess.Popen(
                self.command(), cwd=self._root, env=environment, stdout=out, stderr=out
            )

    def _watch(self) -> None:
        """Start the child again when it ends, pausing longer each time it does not stay up."""
        pause = 1.0
        while not self._stopping.is_set():
            began = time.monotonic()
            child = self._child
            if child:
                child.wait()
            if self._stopping.is_set():
                return
            pause = 1.0 if time.monotonic() - began > MAX_PAUSE else min(pause * 2, MAX_PAUSE)
            if self._stopping.wait(pause):  # Ctrl+C ends it and us: who is first says nothing
                return
            log.warning("%s ended; starting it again. Its log: %s", self._name, self._log)
            with self._starting:
                if self._stopping.is_set():
                    return
                self._child = self._spawn()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port

"""Rasa as a child process: started, watched, started again, and exposed to nobody else."""

import logging
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import httpx

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# Rasa needs nothing of ours: no secret, no database, no proxy.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE",
             "OPENBLAS_L2_SIZE")  # fmt: skip
PATIENCE = 5.0
MAX_PAUSE = 60.0


class RasaProcess:
    """One Rasa on a free port of the loopback address."""

    def __init__(self, root: Path, python: Path, model: Path, log_file: Path) -> None:
        self._root, self._python, self._model, self._log = root, python, model, log_file
        self._port = free_port()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="rasa-watch", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

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

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {
            "RASA_TELEMETRY_ENABLED": "false",
            "OMP_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": str(self._root),
        }
        command = [
            str(self._python), str(self._root / "bot" / "rasa" / "serve.py"),
            "--port", str(self._port), "--model", str(self._model), "--parent", str(os.getpid()),
        ]  # fmt: skip
        with self._log.open("ab") as out:
            return subprocess.Popen(
                command, cwd=self._root, env=environment, stdout=out, stderr=out
            )

    def _watch(self) -> None:
        """Start Rasa again when it ends, pausing longer each time it does not stay up."""
        pause = 1.0
        while not self._stopping.is_set():
            began = time.monotonic()
            child = self._child
            if child:
                child.wait()
            if self._stopping.is_set():
                return
            pause = 1.0 if time.monotonic() - began > MAX_PAUSE else min(pause * 2, MAX_PAUSE)
            log.warning("Rasa ended; starting it again in %.0f s. Its log: %s", pause, self._log)
            if self._stopping.wait(pause):
                return
            with self._starting:
                if self._stopping.is_set():
                    return
                self._child = self._spawn()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/webhooks/desk/", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False

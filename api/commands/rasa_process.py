"""Rasa as a child process: started, watched, started again, and exposed to nobody else."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from api.commands.child_process import ChildProcess, free_port

__all__ = ["RasaProcess", "answers", "free_port"]


class RasaProcess(ChildProcess):
    """One Rasa on a free port of the loopback address."""

    def __init__(self, root: Path, python: Path, model: Path, log_file: Path) -> None:
        super().__init__("Rasa", root, log_file)
        self._python, self._model = python, model

    def command(self) -> Sequence[str]:
        return [
            str(self._python), str(self._root / "bot" / "rasa" / "serve.py"),
            "--port", str(self._port), "--model", str(self._model), "--parent", str(os.getpid()),
        ]  # fmt: skip

    def environment(self) -> Mapping[str, str]:
        return {
            "RASA_TELEMETRY_ENABLED": "false",
            "OMP_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/webhooks/desk/", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False

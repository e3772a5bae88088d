"""A note of where the desk runs now, for the other verbs: `DATA/running.json`."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    pid: int
    url: str
    rasa_url: str | None
    rasa_pid: int | None
    core_url: str | None = None


def note(data: Path, running: Running) -> None:
    _path(data).write_text(json.dumps(asdict(running)))


def forget(data: Path) -> None:
    _path(data).unlink(missing_ok=True)


def find(data: Path) -> Running | None:
    """The desk that runs on this data folder; None when the note is missing or of the dead."""
    try:
        running = Running(**json.loads(_path(data).read_text()))
        os.kill(running.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return running


def _path(data: Path) -> Path:
    return data / "running.json"

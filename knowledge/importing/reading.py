"""Reading a file that may be made to harm: in a process of its own that may be stopped."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path, PurePath
from typing import Any

from knowledge.importing.port import (
    CPU_SECONDS,
    MAX_BYTES,
    WALL_SECONDS,
    Note,
    Read,
    Unreadable,
)

ROOT = Path(__file__).parents[2]
# Two at once leave the machine to those who answer people.
_places = threading.BoundedSemaphore(2)


def read(name: str, content: bytes, cpu_seconds: int = CPU_SECONDS) -> Read:
    """What an article can be made of; raises Unreadable. Takes at most about a minute."""
    if not content.strip():
        raise Unreadable("empty")
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large", limit=MAX_BYTES // 1_000_000)
    if not _places.acquire(timeout=WALL_SECONDS):
        raise Unreadable("busy")
    try:
        told = _told_by_child(name, content, cpu_seconds)
    finally:
        _places.release()
    if "unreadable" in told:
        raise Unreadable(told["unreadable"], **told["figures"])
    return Read(
        kind=told["kind"],
        title=told["title"] or PurePath(name).stem[:200],
        language=told["language"],
        markdown=told["markdown"],
        notes=tuple(Note(note["code"], note["figures"]) for note in told["notes"]),
        about=told["about"],
    )


def _told_by_child(name: str, content: bytes, cpu_seconds: int) -> dict[str, Any]:
    one_line = name.replace("\n", " ").encode("utf-8", "replace")[:300]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, told nothing but a number
            [sys.executable, "-m", "knowledge.importing.child", str(cpu_seconds)],
            input=one_line + b"\n" + content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd=ROOT,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("too_long", seconds=WALL_SECONDS) from error
    if ended.returncode < 0:  # a limit ended it
        raise Unreadable("too_long", seconds=cpu_seconds)
    if ended.returncode:
        raise Unreadable("broken")
    told: dict[str, Any] = json.loads(ended.stdout)
    return told

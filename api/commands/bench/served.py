"""Starting what is measured: a desk on a copy of the data, and its peer."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from api.commands.bench import bare_rasa
from api.commands.rasa_process import free_port
from api.commands.running import Running

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 600
SETTLE_SECONDS = 3  # after which a desk that has just started is idle


@dataclass(frozen=True, slots=True)
class Served:
    """Something that answers at `url`; `processes` are its parts by name."""

    url: str
    processes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ServedDesk(Served):
    rasa_url: str
    data: Path


@contextmanager
def bare(python: Path, folder: Path) -> Iterator[Served]:
    rasa = bare_rasa.BareRasa(python, folder)
    try:
        _wait(f"{rasa.url}/", rasa.child)
        yield Served(rasa.url, {"bare Rasa": rasa.child.pid})
    finally:
        rasa.stop()


@contextmanager
def desk(data: Path) -> Iterator[ServedDesk]:
    """The desk on a copy of the data, so that the benchmark leaves no trace in the real one."""
    scratch = data / "bench" / "desk"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in ("env", "models", "rasa", "index"):
        if (data / name).exists():
            (scratch / name).symlink_to(data / name)
    if (data / "desk.sqlite").exists():
        shutil.copy(data / "desk.sqlite", scratch)
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DESK_DATABASE_URL")}
    environment |= {"DESK_DATA": str(scratch), "DESK_RATE_LIMITS": "off"}
    command = [sys.executable, "-m", "api.commands.up", "--port", str(port)]
    log = scratch / "serve.log"
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/readyz", child)
        time.sleep(SETTLE_SECONDS)
        running = Running(**json.loads((scratch / "running.json").read_text()))
        rasa_pid = running.rasa_pid or running.pid
        parts = {"desk": running.pid, "its Rasa": rasa_pid}
        yield ServedDesk(url, parts, running.rasa_url or "", scratch)
    finally:
        child.terminate()
        child.wait(30)


def megabytes(served: Served) -> float:
    """Resident memory of a served system; pages that its processes share are counted once."""
    parts = [psutil.Process(pid) for pid in set(served.processes.values())]
    return sum(float(part.memory_full_info().pss) for part in parts) / 1e6


def cpu_seconds(pid: int) -> float:
    """What a process has spent of any core since it began."""
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system


def _wait(url: str, child: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS):
        if child.poll() is not None:
            sys.exit(f"what should answer at {url} ended with {child.returncode}")
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    sys.exit(f"{url} does not answer")

"""`./desk bench turn`: a whole chat turn beside bare Rasa's REST channel, in one run.

Bare Rasa is `rasa init`'s default configuration trained on this project's NLU data, one worker. The
same messages go to it, to this project's Rasa alone, and to the whole desk (record, bot, retrieval,
citations, journal), at concurrency 1 and 20, from a process of its own.
"""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from api.commands.bench import bare_rasa
from api.commands.environments import ensure, say
from api.commands.rasa_process import free_port

ROOT = Path(__file__).resolve().parents[3]
CONCURRENCY = (1, 20)
START_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Measured:
    what: str
    concurrency: int
    p50: float
    p95: float
    per_second: float
    failures: int


def run(count: int, epochs: int) -> None:
    data = Path(os.environ["DESK_DATA"])
    python = ensure(ROOT, data, "rasa")
    peer = bare_rasa.ensure(ROOT, data, python, epochs)
    messages = chosen(count)
    say(f"{count} messages; two processes of load and service share {os.cpu_count()} cores")
    results: list[Measured] = []
    with _bare(python, peer) as url:
        results += [_measure("bare Rasa", "rest", url, c, messages) for c in CONCURRENCY]
    with _desk(data) as (url, rasa_url, idle):
        for c in CONCURRENCY:
            results.append(_measure("our Rasa", "desk-channel", rasa_url, c, messages))
        results += [_measure("the desk", "desk", url, c, messages) for c in CONCURRENCY]
    _print(results, idle)


def chosen(count: int) -> list[tuple[str, str]]:
    """What people ask, in three languages: the calibration questions, drawn with a fixed seed."""
    pool: list[tuple[str, str]] = []
    for file in sorted((ROOT / "knowledge" / "calibration").glob("questions.*.jsonl")):
        for line in file.read_text().splitlines():
            asked = json.loads(line)
            pool.append((asked["language"], asked["question"]))
    draw = random.Random(20)
    return [draw.choice(pool) for _ in range(count)]


def _measure(
    what: str, kind: str, url: str, concurrency: int, messages: list[tuple[str, str]]
) -> Measured:
    command = [sys.executable, "-m", "api.commands.bench.senders", kind, url, str(concurrency)]
    lines = "\n".join(json.dumps(message) for message in messages)
    out = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    told = json.loads(out.stdout)
    cuts = statistics.quantiles(told["latencies"], n=100)
    measured = Measured(
        what, concurrency, cuts[49], cuts[94], len(messages) / told["seconds"], told["failures"]
    )
    say(f"  measured {what} at concurrency {concurrency}")
    return measured


@contextmanager
def _bare(python: Path, folder: Path) -> Iterator[str]:
    rasa = bare_rasa.BareRasa(python, folder)
    try:
        _wait(f"{rasa.url}/", rasa.child)
        yield rasa.url
    finally:
        rasa.stop()


@contextmanager
def _desk(data: Path) -> Iterator[tuple[str, str, float]]:
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
    log = (scratch / "serve.log").open("wb")
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/readyz", child)
        time.sleep(5)
        rasa_url = json.loads((scratch / "running.json").read_text())["rasa_url"]
        yield url, rasa_url, _megabytes(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def _wait(url: str, child: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS):
        if child.poll() is not None:
            sys.exit(f"what should answer at {url} ended with {child.returncode}")
        try:
            if httpx.get(url, timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    sys.exit(f"{url} does not answer")


def _megabytes(pid: int) -> float:
    """Resident memory of a process and all its children; pages they share are counted once each."""
    whole = psutil.Process(pid)
    parts = [whole, *whole.children(recursive=True)]
    return sum(float(part.memory_full_info().pss) for part in parts) / 1e6


def _print(results: list[Measured], idle: float) -> None:
    say(f"\n{'':12} {'at once':>7} {'p50 ms':>8} {'p95 ms':>8} {'turns/s':>8} {'failed':>7}")
    for r in results:
        say(
            f"{r.what:12} {r.concurrency:7} {r.p50 * 1000:8.0f} {r.p95 * 1000:8.0f} "
            f"{r.per_second:8.1f} {r.failures:7}"
        )
    found = {(r.what, r.concurrency): r for r in results}
    for peer in ("bare Rasa", "our Rasa"):
        for c in CONCURRENCY:
            ours, theirs = found["the desk", c], found[peer, c]
            say(
                f"the desk / {peer} at {c}: p50 {ours.p50 / theirs.p50:.2f}, "
                f"p95 {ours.p95 / theirs.p95:.2f}, "
                f"throughput {ours.per_second / theirs.per_second:.2f}"
            )
    say(f"idle memory of the whole desk, Rasa included: {idle:.0f} MB")

"""`./desk bench turn`: a whole chat turn beside bare Rasa's REST channel, in one run.

Bare Rasa is `rasa init`'s default configuration trained on this project's NLU data, one worker. The
same messages go to it, to this project's Rasa alone, and to the whole desk (record, bot, retrieval,
citations, journal), at concurrency 1 and 20, from a process of its own. The desk starts anew for
each, so that it remembers no message of the one before.

Beside the waiting stands the CPU time that each side spent for one turn: what else the machine does
meanwhile lengthens every wait, but that figure little.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.commands.bench import bare_rasa, served
from api.commands.bench.messages import ROOT, chosen
from api.commands.bench.senders import WARMING
from api.commands.bench.served import Served
from api.commands.environments import ensure
from api.commands.progress import say

AIMS = {"p95": 1.5, "throughput": 1.0}


@dataclass(frozen=True, slots=True)
class Measured:
    """Waiting in seconds; `cpu` is seconds a turn by process."""

    what: str
    concurrency: int
    p50: float
    p95: float
    per_second: float
    cpu: Mapping[str, float]
    failures: int


def run(count: int, epochs: int, concurrency: Sequence[int], *, alone: bool) -> None:
    data = Path(os.environ["DESK_DATA"])
    python = ensure(ROOT, data, "rasa")
    messages = chosen(WARMING + count)
    say(f"{count} messages; load and service share {os.cpu_count()} cores")
    say(f"this machine: {_pace():.0f} ms for a fixed piece of work (quiet and busy alike)")
    results: list[Measured] = []
    if not alone:
        with served.bare(python, bare_rasa.ensure(ROOT, data, python, epochs)) as peer:
            idle_peer = served.megabytes(peer)
            results += [_measure("bare Rasa", "rest", peer, c, messages) for c in concurrency]
        say(f"  idle memory of bare Rasa: {idle_peer:.0f} MB")
    for c in concurrency:
        with served.desk(data) as desk:
            idle = served.megabytes(desk)
            ours = Served(desk.rasa_url, {"its Rasa": desk.processes["its Rasa"]})
            results.append(_measure("our Rasa", "desk-channel", ours, c, messages))
            results.append(_measure("the desk", "desk", desk, c, messages))
    _print(results)
    say(f"idle memory of the whole desk, Rasa included: {idle:.0f} MB (aim: 2500)")
    if not alone:
        _print_ratios(results, epochs, concurrency)


def _measure(
    what: str, kind: str, where: Served, concurrency: int, messages: Sequence[tuple[str, str]]
) -> Measured:
    command = [sys.executable, "-m", "api.commands.bench.senders", kind, where.url,
               str(concurrency), *map(str, where.processes.values())]  # fmt: skip
    lines = "\n".join(json.dumps(message) for message in messages)
    out = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    told = json.loads(out.stdout)
    cuts = statistics.quantiles(told["latencies"], n=100)
    count = len(told["latencies"])
    spent = (seconds / count for seconds in told["cpu"])
    say(f"  measured {what} at concurrency {concurrency}")
    return Measured(
        what,
        concurrency,
        cuts[49],
        cuts[94],
        count / told["seconds"],
        dict(zip(where.processes, spent, strict=True)),
        told["failures"],
    )


def _pace() -> float:
    """CPU milliseconds of a fixed piece of work, to compare machines and moments by."""
    began = time.process_time()
    sum(n * n % 7 for n in range(1_000_000))
    return (time.process_time() - began) * 1000


def _print(results: Sequence[Measured]) -> None:
    say(
        f"\n{'':10} {'at once':>7} {'p50 ms':>8} {'p95 ms':>8} {'turns/s':>8} {'failed':>7}"
        "   CPU ms a turn"
    )
    for r in results:
        parts = " + ".join(f"{name} {spent * 1000:.1f}" for name, spent in r.cpu.items())
        say(
            f"{r.what:10} {r.concurrency:7} {r.p50 * 1000:8.0f} {r.p95 * 1000:8.0f} "
            f"{r.per_second:8.1f} {r.failures:7}   {parts}"
        )


def _print_ratios(results: Sequence[Measured], epochs: int, concurrency: Sequence[int]) -> None:
    found = {(r.what, r.concurrency): r for r in results}
    for peer in ("bare Rasa", "our Rasa"):
        for c in concurrency:
            ours, theirs = found["the desk", c], found[peer, c]
            say(
                f"the desk / {peer} at {c}: p50 {ours.p50 / theirs.p50:.2f}, "
                f"p95 {ours.p95 / theirs.p95:.2f}, "
                f"throughput {ours.per_second / theirs.per_second:.2f}, "
                f"CPU {sum(ours.cpu.values()) / sum(theirs.cpu.values()):.2f}"
            )
    say(
        f"aims beside bare Rasa: p95 at most {AIMS['p95']}, throughput at 20 at least "
        f"{AIMS['throughput']}. Bare Rasa was trained for {epochs} epochs (its default is 100, "
        "which takes hours; the nets are as large either way): --epochs"
    )

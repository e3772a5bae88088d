"""`./desk bench tenders`: so many tenders crawled from a sandbox, indexed, and searched.

The sandbox is filled with invented tenders and runs as a process of its own, as it does beside a
desk; the crawl goes over HTTP, one request a tender, into a new SQLite record. Searches are timed
as the desk makes them, database to rows.
"""

import random
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from sqlalchemy import Engine, func, select

from api.commands.bench import conditions, database
from api.commands.progress import progress, say
from api.commands.sandbox_process import SandboxProcess
from bot.procurement.openprocurement import OpenProcurement, Profile
from crm import db, events, queries
from crm.models import Tender, TenderTerm
from crm.tenders import Wanted
from routing.tenders import crawl

ROOT = Path(__file__).resolve().parents[3]
SEARCHES = 600
WORDS = ("chairs", "cleaning services", "road resurfacing", "hospital", "limpieza hospital",
         "suministro de medicamentos", "rehabilitación", "municipio", "도로 보수", "청소 용역",
         "사무용 의자 구매", "시청 공사", "library 12", "escuela mobiliario", "도서관")  # fmt: skip
STATES = (None, None, "active.enquiries", "active.tendering", "complete")


def run(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        sandbox = SandboxProcess(ROOT, scratch / "core.sqlite", scratch / "core.log",
                                 zone="Europe/Kyiv", fill=count)  # fmt: skip
        sandbox.start()
        try:
            with progress(f"Filling a sandbox with {count} tenders"):
                if not sandbox.wait(600):
                    raise SystemExit((scratch / "core.log").read_text())
            events.use_key(b"bench")
            with database.empty("tenders") as engine:
                say(f"{count} tenders into {engine.dialect.name}")
                _crawl(engine, sandbox, count)
                _search(engine)
        finally:
            sandbox.stop()


def _crawl(engine: Engine, sandbox: SandboxProcess, count: int) -> None:
    core = OpenProcurement(sandbox.url, sandbox.key, Profile())
    began, cpu = time.monotonic(), time.process_time()
    with progress(f"Crawling {count} tenders"):
        while not crawl(engine, core, "bench").at_end:
            pass
    took = time.monotonic() - began
    ours = time.process_time() - cpu
    theirs = sum(psutil.Process(sandbox.pid).cpu_times()[:2])
    core.close()
    with db.reading(engine) as s:
        rows = s.scalar(select(func.count()).select_from(Tender)) or 0
        entries = s.scalar(select(func.count()).select_from(TenderTerm)) or 0
    say(f"crawl and index: {rows} tenders, {entries} index entries in {took:.1f} s "
        f"({rows / took:.0f} a second)")  # fmt: skip
    say(f"processor time: {ours:.1f} s of the desk, {theirs:.1f} s of the sandbox with its filling")
    say(conditions.load())
    if rows != count:
        raise SystemExit(f"{count - rows} tenders are missing")


def _search(engine: Engine) -> None:
    chance = random.Random(1)
    times, spent, found = [], [], 0
    for _ in range(SEARCHES):
        wanted = Wanted(text=chance.choice(WORDS), status=chance.choice(STATES))
        began, cpu = time.perf_counter(), time.thread_time()
        with db.reading(engine) as s:
            page = queries.tenders(s, wanted, cursor=None, limit=50)
        times.append((time.perf_counter() - began) * 1000)
        spent.append((time.thread_time() - cpu) * 1000)
        found += bool(page.rows)
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    say(f"search: {SEARCHES} searches, {found} with results")
    say(f"search: p50 {p50:.1f} ms, p95 {p95:.1f} ms, worst {max(times):.1f} ms")
    say(f"search: processor time of the desk p95 {statistics.quantiles(spent, n=20)[-1]:.1f} ms")
    say(conditions.load())

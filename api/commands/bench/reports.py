"""`./desk bench reports`: how fast figures are drawn from a large journal, and whether they agree.

A month of an invented desk is written as events, counted into intervals and read as reports. With
DESK_DATABASE_URL it runs in a database of its own on that PostgreSQL server, else on SQLite. A
large journal is written without its chain of hashes, and counted by the same fold in memory
meanwhile; its intervals are then written at once. In the worker's batches that would take hours.
"""

import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from api.commands.bench import conditions, database
from api.commands.progress import say
from crm import db, events, rollups
from crm.models import Event, KpiInterval
from crm.settings import QUEUES
from routing.kpi import board, formulas, report, rollup
from routing.kpi.fold import KINDS, Fold
from routing.kpi.measures import MEASURES
from routing.kpi.report import Span

ZONE = "Asia/Seoul"
MONTH = datetime(2026, 10, 1, tzinfo=ZoneInfo(ZONE))
DAYS, COUNSELORS, EVENTS_PER_CONTACT = 31, 82, 11
RUNS = 5
BATCHED_UP_TO = 1_000_000  # events that are counted in the worker's own batches
VERIFIED_UP_TO = 300_000


def run(count: int) -> None:
    with database.empty("reports") as engine:
        say(f"{count:,} events on {engine.dialect.name}, {os.cpu_count()} cores")
        if count <= BATCHED_UP_TO:
            seconds = _timed(lambda: _write(engine, _chained(_month(count))))
            say(f"  written in {seconds:.0f} s")
            seconds = _timed(lambda: _count(engine))
            say(f"  counted into intervals in {seconds:.0f} s: {count / seconds:,.0f} events/s")
        else:
            seconds = _timed(lambda: _write_counted(engine, count))
            say(f"  written without hashes, and counted in memory, in {seconds:.0f} s")
        _analyse(engine)
        span = Span(MONTH, MONTH + timedelta(days=DAYS))
        day = Span(MONTH + timedelta(days=20), MONTH + timedelta(days=21))
        with db.reading(engine) as s:
            cells = s.execute(text("SELECT count(*) FROM kpi_intervals")).scalar()
            say(f"  {cells:,} rows of intervals")
            _say("month report, by day: service_level", lambda: _report(s, "service_level", span))
            _say("month report, by day: aht", lambda: _report(s, "aht", span))
            _say("month, every figure by queue", lambda: report.sums(s, span, "queue"))
            _say("month, every figure by counselor", lambda: report.sums(s, span, "counselor"))
            _say("a day's live board", lambda: board.board(s, day, ZONE))
        say(f"  {conditions.load()}")
        if count <= VERIFIED_UP_TO:
            say(f"  rows and a new count in memory agree: {_agree(engine)}")


def _report(s: db.Session, kpi: str, span: Span) -> None:
    report.report(s, formulas.CURRENT[kpi], span, where={}, step=None, zone=ZONE)


def _say(name: str, work: Callable[[], object]) -> None:
    taken = [_timed(work) * 1000 for _ in range(RUNS)]
    say(f"  {name}: {statistics.median(taken):.0f} ms (worst of {RUNS}: {max(taken):.0f})")


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _count(engine: Engine) -> None:
    while not rollup.catch_up(engine, batches=100):
        pass


def _analyse(engine: Engine) -> None:
    """What the database does by itself within minutes on a desk that lives."""
    tidy = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(tidy))


def _agree(engine: Engine) -> bool:
    with db.reading(engine) as s:
        keys = ("start", *rollups.DIMENSIONS)
        rows = rollups.sums(s, MEASURES, 0, 2**40, {}, by=keys)
    kept = {row[:5]: tuple(map(int, row[5:])) for row in rows if any(row[5:])}
    found = {
        (c.start, c.queue, c.channel, c.language, c.counselor): tuple(n[m] for m in MEASURES)
        for c, n in rollup.measure(engine).items()
        if any(n.values())
    }
    return kept == found


# --- an invented month -------------------------------------------------------------------------


def _write(engine: Engine, rows: Iterable[dict[str, Any]]) -> None:
    database.fill(engine, db.table(Event), rows)


def _write_counted(engine: Engine, count: int) -> None:
    """Write the month and its intervals as the worker would have left them; on two cores."""
    url = engine.url.render_as_string(hide_password=False)
    writing = multiprocessing.get_context("spawn").Process(target=_write_bare, args=(url, count))
    writing.start()
    fold = Fold({})
    for number, row in enumerate(_month(count), 1):
        if row["kind"] in KINDS:
            fold.take(rollup.entry(SimpleNamespace(id=number, **row)))
    writing.join()
    if writing.exitcode:
        raise SystemExit("The journal could not be written.")
    database.fill(engine, db.table(KpiInterval), rollup.rows(fold.found))
    with db.transaction(engine) as s:
        rollups.add(s, [], {}, rollups.newest(s))


def _chained(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    previous = events.GENESIS
    for row in rows:
        row["previous"] = previous
        row["hash"] = previous = events.link(row)
        yield row


def _write_bare(url: str, count: int) -> None:
    engine = db.connect(url)
    bare = {"previous": events.GENESIS, "hash": events.GENESIS}
    _write(engine, (row | bare for row in _month(count)))
    engine.dispose()


def _month(count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(7)
    contacts = max(count // EVENTS_PER_CONTACT, 1)
    made = 0
    for n in range(contacts * 2):
        day = n * DAYS // (contacts + 1) if n < contacts else DAYS - 1
        hour = min(max(draw.gauss(12.5, 2.5), 9), 18)
        at = (MONTH + timedelta(days=min(day, DAYS - 1), hours=hour)).astimezone(UTC)
        for row in _contact(draw, n, at):
            yield row
            made += 1
            if made == count:
                return


def _contact(draw: random.Random, n: int, at: datetime) -> Iterator[dict[str, Any]]:
    conversation, person = f"{n:024x}", f"{draw.randrange(200_000):024x}"
    queue, language = draw.choice(QUEUES), draw.choice(("en", "es", "ko"))
    counselor = f"{draw.randrange(COUNSELORS):024x}"
    spoken = {"language": language, "characters": 60}
    script: list[tuple[float, str, str, str | None, dict[str, Any]]] = [
        (0, "conversation.started", "contact", person,
         {"channel": draw.choice(("web", "phone", "kakao")), "language": language}),
        (1, "message.said", "contact", person, spoken),
        (2, "message.said", "bot", None, {**spoken, "act": "answer"}),
        (20, "message.said", "contact", person, spoken),
    ]  # fmt: skip
    if draw.random() < 0.3:
        script.append((1, "message.said", "bot", None, {**spoken, "act": "smalltalk"}))
    else:
        script += [
            (1, "message.said", "bot", None, {**spoken, "act": "handoff"}),
            (0, "conversation.handed_off", "bot", None, {"queue": queue, "reason": "asked"}),
            (draw.expovariate(1 / 12), "conversation.accepted", "counselor", counselor,
             {"queue": queue}),
            (20, "message.said", "counselor", counselor, spoken),
            (60, "message.said", "contact", person, spoken),
            (draw.expovariate(1 / 120), "message.said", "counselor", counselor, spoken),
            (30, "conversation.wrapped", "counselor", counselor,
             {"code": "answered", "counselor": counselor, "queue": queue}),
        ]  # fmt: skip
        if draw.random() < 0.4:
            script.append((60, "survey.answered", "contact", person, {"score": 4}))
    for later, kind, actor_kind, actor, data in script:
        at += timedelta(seconds=later)
        yield {
            "kind": kind, "at": at, "actor_kind": actor_kind, "actor_id": actor,
            "conversation_id": conversation, "message_id": None, "ticket_id": None,
            "data": data, "digest": None,
        }  # fmt: skip

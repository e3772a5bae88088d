"""Three ways to a figure that must agree to the last digit: rows, memory, and the script."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from api import journal_export
from crm import db, rollups
from crm.models import KpiInterval
from routing.kpi import formulas, recompute, rollup
from routing.kpi.measures import MEASURES
from tests.kpi.journals import COUNSELORS, MONDAY, lives

SCRIPT = Path(recompute.__file__)
SPAN = (int(MONDAY.timestamp()), int((MONDAY + timedelta(days=30)).timestamp()))


def rows(engine: Engine) -> dict[tuple, dict[str, int]]:
    with db.reading(engine) as s:
        return {
            (r.start, r.queue, r.channel, r.language, r.counselor): {
                m: getattr(r, m) for m in MEASURES if getattr(r, m)
            }
            for r in s.scalars(select(KpiInterval))
            if any(getattr(r, m) for m in MEASURES)
        }


def by_script(lines: list[str]) -> dict[tuple, dict[str, int]]:
    found: defaultdict[tuple, Counter[str]] = defaultdict(Counter)
    journal = recompute.read(lines)
    recompute.check_chain(journal)
    for f in recompute.facts(journal):
        start = f.at // 900_000 * 900
        found[start, f.queue, f.channel, f.language, f.counselor][f.measure] += f.amount
    kept = {cell: {m: n for m, n in counted.items() if n} for cell, counted in found.items()}
    return {cell: counted for cell, counted in kept.items() if counted}


@pytest.mark.parametrize("seed", range(3))
def test_rows_memory_and_script_agree_cell_by_cell(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Filled in small batches while the journal grows, the rows hold what a later look finds."""
    lives(seed, 60).write(engine, monkeypatch)
    monkeypatch.setattr(rollup, "BATCH", 37)
    assert rollup.catch_up(engine, batches=10_000)
    kept = rows(engine)
    in_memory = {
        (c.start, c.queue, c.channel, c.language, c.counselor): {m: n for m, n in v.items() if n}
        for c, v in rollup.measure(engine).items()
        if any(v.values())
    }
    assert kept == in_memory
    assert kept == by_script(list(journal_export.lines(engine)))
    assert {m for counted in kept.values() for m in counted} == set(MEASURES)


def test_the_script_alone_prints_the_same_figures(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lives(7, 80).write(sqlite_engine, monkeypatch)
    rollup.catch_up(sqlite_engine, batches=100)
    file = tmp_path / "journal.jsonl"
    file.write_text("".join(journal_export.lines(sqlite_engine)))
    until = (MONDAY + timedelta(days=5)).isoformat()
    for kpi, where in (("aht", {"queue": "bidding"}), ("occupancy", {"counselor": COUNSELORS[1]})):
        command = [sys.executable, "-I", "-S", SCRIPT, file, kpi, "--from", MONDAY.isoformat()]
        command += ["--to", until]
        command += [x for name, value in where.items() for x in (f"--{name}", value)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        formula = formulas.find(kpi, None)
        span = (SPAN[0], SPAN[0] + 5 * 86_400)
        with db.reading(sqlite_engine) as s:
            [sums] = rollups.sums(s, formula.measures, *span, where, by=())
        counted = dict(zip(formula.measures, map(int, sums), strict=True))
        assert told["value"] == formula.value(counted)
        assert told["value"] is not None
        assert (told["version"], told["n"]) == (formula.version, formula.n(counted))


def test_the_script_knows_every_formula_and_computes_it_alike() -> None:
    ours = {(f.kpi, f.version): f for f in formulas.FORMULAS}
    assert set(ours) == set(recompute.DEFINITIONS)
    assert tuple(dict.fromkeys(kpi for kpi, _ in recompute.DEFINITIONS)) == formulas.NAMES
    for (key, formula), start in product(ours.items(), (3, 11)):
        sums = {m: start + i * i for i, m in enumerate(MEASURES)}
        facts = [recompute.Fact(m, n, 0) for m, n in sums.items()]
        told = recompute.figure(facts, *key, 0, 1, {})
        assert (told["value"], told["n"]) == (formula.value(sums), formula.n(sums))


@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_the_script_refuses_a_journal_that_somebody_touched(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    lives(1, 3).write(sqlite_engine, monkeypatch)
    lines = list(journal_export.lines(sqlite_engine))
    if harm == "removed":
        del lines[4]
    else:
        touched = json.loads(lines[4])
        touched["data"]["x"] = 1
        lines[4] = json.dumps(touched)
    with pytest.raises(SystemExit, match="broken at event"):
        recompute.check_chain(recompute.read(lines))


def test_a_second_process_counts_nothing_twice(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers at once: the cursor lets one of them count each event."""
    lives(3, 40).write(engine, monkeypatch)
    monkeypatch.setattr(rollup, "BATCH", 25)
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(rollup.catch_up, engine, batches=1000) for _ in range(4)]
        assert all(d.result() for d in done)
    once = rows(engine)
    with db.transaction(engine) as s:
        rollups.forget(s)
    rollup.catch_up(engine, batches=1000)
    assert rows(engine) == once


def test_what_is_written_while_it_is_counted_is_counted_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk at work: events are committed between any two readings of those who count."""
    monkeypatch.setattr(rollup, "BATCH", 20)
    story = lives(9, 30)
    with ThreadPoolExecutor(3) as pool:
        writing = pool.submit(story.write, engine, monkeypatch, 9)

        def count() -> None:
            while not writing.done():
                rollup.catch_up(engine, batches=3)

        for counting in [pool.submit(count) for _ in range(2)]:
            counting.result()
        writing.result()
    while not rollup.catch_up(engine, batches=100):
        pass
    found = {
        (c.start, c.queue, c.channel, c.language, c.counselor): {m: n for m, n in v.items() if n}
        for c, v in rollup.measure(engine).items()
        if any(v.values())
    }
    assert rows(engine) == found

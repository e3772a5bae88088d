"""The benchmarks at a tiny size: they run and say what they promise to say. No figure is held."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.commands import main
from api.commands.bench.messages import chosen
from tests.conftest import ROOT
from tests.stories.real_desk import furnished, prepared


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of its own whose slow parts are those that `./desk test` prepared."""
    if not (prepared() / "desk.sqlite").exists() or not list((prepared() / "rasa").glob("*.gz")):
        pytest.skip(f"no trained Rasa and index in {prepared()}: ./desk test prepares them")
    with furnished(tmp_path) as folder:
        return folder


def bench(data: Path, *options: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "DESK_DATABASE_URL"}
    environment |= {"DESK_DATA": str(data), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.executable, "-m", "api.commands.bench", *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_the_options_of_each_reach_it() -> None:
    options = main.parser(ROOT).parse_args(["bench", "search", "--sizes", "100", "200"])
    assert main.rest(options) == ["search", "--sizes", "100", "200"]
    options = main.parser(ROOT).parse_args(["bench", "load", "--chats", "3", "--seconds", "2"])
    assert main.rest(options) == ["load", "--chats", "3", "--seconds", "2.0"]
    options = main.parser(ROOT).parse_args(["bench", "turn", "--alone", "--messages", "5"])
    assert main.rest(options) == ["turn", "--messages", "5", "--alone"]


def test_no_message_comes_twice_before_all_have_come() -> None:
    assert len(set(chosen(300))) == 300
    assert chosen(300) == chosen(600)[:300]
    assert len(chosen(5000)) == 5000


@pytest.mark.rasa
def test_a_search_is_measured_at_the_sizes_asked_for(data: Path) -> None:
    said = bench(data, "search", "--sizes", "120", "900")
    rows = [line.split() for line in said.splitlines() if re.match(r"\s+\d+\s", line)]
    assert [row[0] for row in rows] == ["120", "900"]
    assert all(0 < float(row[1]) <= float(row[2]) for row in rows)  # p50, p95
    assert all(0 < float(row[4]) <= 1 for row in rows)  # recall
    assert "with noise" in said


@pytest.mark.rasa
def test_a_load_is_checked_in_the_record(data: Path) -> None:
    said = bench(data, "load", "--chats", "3", "--seconds", "3")
    assert "nothing lost and nothing doubled" in said
    assert int(re.search(r"(\d+) turns", said)[1]) > 0


@pytest.mark.rasa
def test_a_turn_is_measured_with_its_cpu_time(data: Path) -> None:
    said = bench(data, "turn", "--alone", "--messages", "8", "--at", "2")
    rows = [line for line in said.splitlines() if line.startswith(("our Rasa", "the desk"))]
    assert len(rows) == 2
    assert all(re.search(r" 0   (desk|its Rasa) \d", row) for row in rows)  # none of them failed
    assert "idle memory" in said

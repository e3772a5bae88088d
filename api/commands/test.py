"""`./desk test`: everything that must hold, in one list, the same here and in CI."""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.commands import system_packages
from api.commands.environments import CannotInstall, ensure
from api.commands.progress import say

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
QUICK = "not rasa and not browser and not quality"
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
SHARED_OUT = ("-n", "2", "--dist", "worksteal")  # tests that share no costly part
NOTHING_SELECTED = 5


@dataclass(slots=True)
class Result:
    name: str
    passed: bool
    seconds: float
    computing: float  # seconds of CPU of all it ran, servers that ran before it left out
    counts: Mapping[str, int]


class Watch:
    """Seconds of the clock, and seconds that the programs run meanwhile computed: on a busy machine
    only the second say how much there was to do."""

    def __init__(self) -> None:
        self._began, self._computed = time.monotonic(), _computed()

    def read(self) -> tuple[float, float]:
        return time.monotonic() - self._began, _computed() - self._computed


class Run:
    def __init__(self, data: Path, *, no_skips: bool) -> None:
        self.data, self.no_skips = data, no_skips
        self.results: list[Result] = []
        # Tests never touch the desk that may live in the same folder; they share its environments.
        self.shared = data / "test"
        self.environment = os.environ | {"DESK_TEST_DATA": str(self.shared)}
        # What is compiled once need not be compiled again by hundreds of processes.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def part(
        self,
        name: str,
        command: list[str],
        *,
        folder: Path = ROOT,
        environment: Mapping[str, str] | None = None,
    ) -> bool:
        """Run one part, its output shown as it comes; a failed part does not stop the others."""
        say(f"\n── {name}")
        watch = Watch()
        code, counts = _shown(command, folder, environment or self.environment)
        passed = code == 0
        self.results.append(Result(name, passed, *watch.read(), counts))
        return passed

    def step(self, name: str, do: Callable[[], None]) -> bool:
        """Prepare something that later parts need."""
        say(f"\n── {name}")
        watch = Watch()
        try:
            do()
            passed = True
        except (CannotInstall, subprocess.CalledProcessError, OSError, RuntimeError) as error:
            say(str(error))
            passed = False
        self.results.append(Result(name, passed, *watch.read(), {}))
        return passed

    def pytest(self, name: str, *arguments: str) -> bool:
        command = [str(BIN / "python"), "-m", "pytest", "--durations=10", *arguments]
        if self.no_skips:
            command.append("--no-skips")
        return self.part(name, command)

    def left_out(self, name: str, why: str) -> None:
        """A part that cannot run here: skipped, or failed where nothing may be skipped."""
        say(f"\n── {name}\nskipped: {why}")
        self.results.append(Result(name, not self.no_skips, 0.0, 0.0, {"skipped": 1}))


def main() -> None:
    options = _options()
    watch = Watch()
    run = Run(Path(os.environ["DESK_DATA"]), no_skips=options.no_skips)
    missing = system_packages.missing()
    if missing and options.install:
        run.step("Installing system packages", lambda: system_packages.install(missing))
        missing = system_packages.missing()
    for tool, why in missing.items():
        say(f"missing: {tool} ({why}); ./desk test --install gets it")
    if options.k:
        _selected(run, options.k)
    else:
        _everything(run)
    sys.exit(_summary(run.results, watch))


def _everything(run: Run) -> None:
    run.part("Format", [str(BIN / "ruff"), "format", "--check", "."])
    run.part("Lint", [str(BIN / "ruff"), "check", "."])
    run.part("Types", [str(BIN / "mypy")])
    run.part("Import order", [str(BIN / "lint-imports"), "--no-cache"])
    _scripts(run)
    quick = ("--ignore=tests/stories", *SIDE_BY_SIDE)
    run.pytest("Unit and contract tests", "-m", f"{QUICK} and not database", *quick)
    run.pytest("The desk and both databases", "-m", f"{QUICK} and database", *quick)
    run.pytest("Stories without Rasa", "-m", QUICK, "tests/stories", *SHARED_OUT)
    _prepare_knowledge(run)
    if _prepare_rasa(run):
        run.pytest("Dialogue and whole stories, with Rasa", "-m", "rasa", *SIDE_BY_SIDE)
    run.pytest("Browser", "-m", "browser", "tests/browser", *SHARED_OUT)
    run.pytest("Quality floors", "-s", "-m", "quality")


def _selected(run: Run, expression: str) -> None:
    """Only the tests of a pattern, with Rasa made ready where one of them needs it."""
    collect = [str(BIN / "python"), "-m", "pytest", "--collect-only", "-q", "-k", expression]
    found = subprocess.run([*collect, "-m", "rasa"], capture_output=True, check=False, cwd=ROOT)
    if found.returncode != NOTHING_SELECTED:
        _prepare_knowledge(run)
        _prepare_rasa(run)
    run.pytest(f"Tests of -k {expression}", "-k", expression)


def _scripts(run: Run) -> None:
    npm = shutil.which("npm")
    if npm is None:
        run.left_out("Scripts", "there is no npm here")
        return
    web = ROOT / "web"
    if run.part("Script tools", [npm, "ci", "--no-audit", "--no-fund"], folder=web):
        run.part("Scripts", [npm, "run", "--silent", "check"], folder=web)


def _prepare_rasa(run: Run) -> bool:
    from api.commands.train import train_if_stale  # noqa: PLC0415 - not needed for a quick -k

    def prepare() -> None:
        python = ensure(ROOT, run.data, "rasa")
        model = train_if_stale(ROOT, run.shared, python)
        run.environment |= {
            "DESK_RASA_PYTHON": str(python),
            "DESK_RASA_MODELS": str(model.parent),
        }

    return run.step("Rasa's environment and model", prepare)


def _prepare_knowledge(run: Run) -> bool:
    """Articles, embedding model and index, once for every test that needs them."""
    run.shared.mkdir(parents=True, exist_ok=True)
    if not (run.shared / "env").exists():
        (run.shared / "env").symlink_to(run.data / "env")
    outside = {k: v for k, v in run.environment.items() if k != "DESK_DATABASE_URL"}
    environment = outside | {"DESK_DATA": str(run.shared)}
    command = [str(BIN / "python"), "-m", "api.commands.index"]
    return run.part("Articles, embedding model and index", command, environment=environment)


def _shown(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, dict[str, int]]:
    """Run a command with its output passed on, and read pytest's closing line out of it."""
    counts: dict[str, int] = {}
    child = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    )  # fmt: skip
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    for line in child.stdout:
        sys.stdout.write(line)
        if re.search(r"\d+ (passed|failed|error|skipped).* in [\d.]+", line):
            counts = {word: int(n) for n, word in re.findall(r"(\d+) (\w+)", line)}
    sys.stdout.flush()
    return child.wait(), counts


def _computed() -> float:
    """Seconds of CPU of the programs that ran and ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _summary(results: list[Result], watch: Watch) -> int:
    """Print one line a part and the closing line; returns the exit code."""
    say("\n── Summary")
    say("            clock     CPU")
    for result in results:
        mark = "ok    " if result.passed else "FAILED"
        tests = ", ".join(f"{n} {word}" for word, n in result.counts.items() if n)
        took = f"{result.seconds:9.0f} s {result.computing:5.0f} s"
        say(f"{mark} {took}  {result.name}" + (f"  ({tests})" if tests else ""))
    clock, computing = watch.read()
    say(f"       {clock:9.0f} s {computing:5.0f} s  in all")
    total = {
        word: sum(r.counts.get(word, 0) for r in results)
        for word in ("passed", "failed", "error", "errors", "skipped")
    }
    red = [r for r in results if not r.passed]
    # A failed part without tests of its own (lint, types) counts as one failure.
    failed = total["failed"] + total["error"] + total["errors"]
    told = ("failed", "error", "errors")
    failed += sum(1 for r in red if not any(r.counts.get(word) for word in told))
    passed = total["passed"] + sum(1 for r in results if r.passed and not r.counts)
    say(f"{passed} passed, {failed} failed, {total['skipped']} skipped")
    return 1 if red else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("-k")
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--no-skips", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

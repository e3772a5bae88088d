"""The command before anything is installed, and what it says when something is in the way."""

import fcntl
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from api.commands import environments, keys, main

ROOT = Path(__file__).resolve().parents[2]


def run(module: str, data: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DESK_")}
    environment |= {"DESK_DATA": str(data), "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(
        [sys.executable, "-m", f"api.commands.{module}", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_verb_of_the_contract_is_there() -> None:
    verbs = ["up", "test", "check", "work", "train", "index", "eval", "bench", "backup", "restore"]
    verbs.append("calibrate")
    for verb in verbs:
        more = {"bench": ["turn"], "backup": ["x"], "restore": ["x"]}.get(verb, [])
        assert main.parser(ROOT).parse_args([verb, *more]).verb == verb


def test_a_verbs_options_reach_the_module_that_carries_it_out() -> None:
    options = main.parser(ROOT).parse_args(["up", "--port", "9000", "--demo", "--role", "api"])
    assert main.rest(options) == [
        "--port", "9000", "--host", "127.0.0.1", "--demo", "--role", "api",
    ]  # fmt: skip
    options = main.parser(ROOT).parse_args(["test", "-k", "erlang", "--no-skips"])
    assert main.rest(options) == ["-k", "erlang", "--no-skips"]


def test_a_file_is_meant_from_where_the_command_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for verb in ("backup", "restore"):
        options = main.parser(ROOT).parse_args([verb, "desk.tar"])
        assert main.rest(options) == [str(tmp_path / "desk.tar")]


def test_the_command_runs_before_anything_is_installed() -> None:
    answer = subprocess.run(
        [sys.executable, "-S", "-E", str(ROOT / "desk"), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "up" in answer.stdout


def test_without_python_311_one_sentence_says_how_to_mend_it(tmp_path: Path) -> None:
    script = (ROOT / "desk").read_text().replace("NEEDED = (3, 11)", "NEEDED = (3, 1)")
    (tmp_path / "desk").write_text(script.replace('"python3.11"', '"python3.1"'))
    answer = subprocess.run(
        [sys.executable, str(tmp_path / "desk"), "up"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "needs Python 3.11" in answer.stderr
    assert "apt install" in answer.stderr


def test_a_taken_port_is_named_and_another_proposed(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run("up", tmp_path, "--port", str(port))
    assert answer.returncode == 1
    assert f"Port {port} is taken" in answer.stderr
    assert f"--port {port + 1}" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("role", ["api", "worker"])
def test_several_roles_on_sqlite_are_refused(tmp_path: Path, role: str) -> None:
    answer = run("up", tmp_path, "--role", role)
    assert answer.returncode == 1
    assert "needs PostgreSQL" in answer.stderr
    assert "DESK_DATABASE_URL" in answer.stderr


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    answer = run("index", tmp_path, DESK_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert answer.returncode == 1
    assert "DESK_DATABASE_URL" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite").write_text("a page of the minutes, kept under a wrong name")
    for verb in ("index", "check"):
        answer = run(verb, tmp_path)
        assert answer.returncode == 1
        told = answer.stdout + answer.stderr
        assert f"The database {tmp_path / 'desk.sqlite'}" in told
        assert "file is not a database" in told
        assert "DESK_DATABASE_URL" not in told
        assert "Traceback" not in told


def test_what_libraries_say_of_themselves_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite").write_text("no database: the start ends here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answer = run("up", tmp_path, "--port", str(port))
    assert answer.stderr.splitlines() == [
        f"The database {tmp_path / 'desk.sqlite'} cannot be used: file is not a database"
    ]


def test_indexing_that_is_stopped_ends_without_a_trace(tmp_path: Path) -> None:
    """By Ctrl+C, which reaches `./desk up` and the process that indexes for it alike."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DESK_")}
    environment |= {"DESK_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    indexing = subprocess.Popen(
        [sys.executable, "-u", "-m", "api.commands.index"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Whoever runs the tests may ignore it, and a child would with them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - nothing else runs in it
    )
    assert indexing.stdout
    said = indexing.stdout.readline()
    assert said.startswith("Indexing"), said
    indexing.send_signal(signal.SIGINT)
    rest, _ = indexing.communicate(timeout=60)
    assert "Traceback" not in rest
    assert indexing.returncode == 130


def test_a_database_of_a_newer_desk_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "desk.sqlite")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('of_tomorrow')")
        database.commit()
    answer = run("index", tmp_path)
    assert answer.returncode == 1
    assert "newer version of the desk" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_full_disk_is_said_before_an_install_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(environments.NEEDS, "desk", 10**18)
    with pytest.raises(environments.CannotInstall, match="GB free"):
        environments.ensure(ROOT, tmp_path, "desk")
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("... NewConnectionError: Failed to establish", "The package index cannot be reached"),
        ("OSError: [Errno 28] No space left on device", "The disk filled up"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("ERROR: something new", "something new"),
    ],
)
def test_a_failed_install_says_why(tmp_path: Path, log: str, sentence: str) -> None:
    (tmp_path / "log").write_text(log)
    assert sentence in environments._why(tmp_path / "log")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (subprocess.CalledProcessError(1, "ensurepip", b"No module named ensurepip"), "-venv"),
        (subprocess.CalledProcessError(1, "ensurepip", b"No space left on"), "disk filled up"),
        (OSError(28, "No space left on device", "lib64"), "disk filled up"),
        (OSError(13, "Permission denied", "/srv/env"), "at /srv/env: Permission denied"),
    ],
)
def test_an_environment_that_cannot_be_made_says_why(error: Exception, sentence: str) -> None:
    assert sentence in environments._why_no_environment(error)


def test_an_environment_is_whole_only_with_the_stamp_of_its_locks(tmp_path: Path) -> None:
    stamp = tmp_path / "env" / "desk" / "locks.sha256"
    assert not environments.is_whole(ROOT, tmp_path, "desk")
    stamp.parent.mkdir(parents=True)
    stamp.write_text("of other locks")
    assert not environments.is_whole(ROOT, tmp_path, "desk")


def test_a_second_command_waits_for_the_first_and_installs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test is the first command: it holds the environment until its stamp is written."""
    stamp = tmp_path / "env" / "desk" / "locks.sha256"
    stamp.parent.mkdir(parents=True)
    with ThreadPoolExecutor(1) as second:
        with (tmp_path / "env" / "desk.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = second.submit(environments.ensure, ROOT, tmp_path, "desk")
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            stamp.write_text(environments._digest(ROOT, "desk"))
        assert waiting.result(timeout=60) == environments.python_of(tmp_path, "desk")
    told = capsys.readouterr().out
    assert "Waiting for another command that is installing the desk environment" in told
    assert "Installing" not in told


def test_locks_name_a_hash_for_every_package_and_no_host() -> None:
    for locks in environments.LOCKS.values():
        for lock in locks:
            text = (ROOT / lock).read_text()
            packages = [line for line in text.splitlines() if "==" in line]
            assert packages
            assert "://" not in text
            assert text.count("--hash=sha256:") >= len(packages)


def test_keys_are_made_once_and_readable_by_their_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*keys.OWN, *keys.DEMO):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("PORTAL_KEY", "given by the environment")
    keys.ensure(tmp_path, demo=True)
    made = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert made == ["desk_secret", "simulator_key"]
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = (tmp_path / "keys" / "desk_secret").read_text()
    keys.ensure(tmp_path, demo=True)
    assert (tmp_path / "keys" / "desk_secret").read_text() == first

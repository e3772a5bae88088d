"""Environments made from hashed locks: desk, test and rasa. Standard library only.

An environment is whole when its stamp holds the digest of its locks; anything else is made anew.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from api.commands.progress import alone, progress

LOCKS = {
    "desk": ("requirements/desk.lock",),
    "test": ("requirements/test.lock",),
    "rasa": ("bot/rasa/requirements.lock",),
}
# Bytes that must be free before an install is begun.
NEEDS = {"desk": 1_500_000_000, "test": 2_000_000_000, "rasa": 3_500_000_000}


class CannotInstall(Exception):
    """One sentence that says what is missing and how to mend it."""


def python_of(data: Path, name: str) -> Path:
    return data / "env" / name / "bin" / "python"


def is_whole(root: Path, data: Path, name: str) -> bool:
    stamp = data / "env" / name / "locks.sha256"
    return stamp.is_file() and stamp.read_text() == _digest(root, name)


def ensure(root: Path, data: Path, name: str) -> Path:
    """The Python of an environment, made first if it is missing or its locks have changed."""
    if not is_whole(root, data, name):
        _check_disk(data, name)
        with alone(data / "env" / f"{name}.lock", f"installing the {name} environment") as lock:
            if not is_whole(root, data, name):
                _make(root, data, name, lock)
    return python_of(data, name)


def _make(root: Path, data: Path, name: str, lock: int) -> None:
    folder = data / "env" / name
    shutil.rmtree(folder, ignore_errors=True)
    with progress(f"Installing the {name} environment"):
        try:
            venv.create(folder, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as error:
            raise CannotInstall(_why_no_environment(error)) from error
        _install(root, data, name, lock)
    (folder / "locks.sha256").write_text(_digest(root, name))


def _install(root: Path, data: Path, name: str, lock: int) -> None:
    log = data / "env" / f"{name}.log"
    command = [
        str(python_of(data, name)), "-m", "pip", "install", "--disable-pip-version-check",
        "--no-input", "--require-hashes", "--no-deps", "--ignore-requires-python",
    ]  # fmt: skip
    for hashes in LOCKS[name]:
        command += ["-r", str(root / hashes)]
    with log.open("w") as out:
        pip = subprocess.run(
            command, stdout=out, stderr=subprocess.STDOUT, check=False, pass_fds=(lock,)
        )
    if pip.returncode:
        raise CannotInstall(_why(log))


def _why_no_environment(error: subprocess.CalledProcessError | OSError) -> str:
    said = f"{error} {getattr(error, 'output', '')}"
    if "No space left" in said:
        return (
            "The disk filled up while Python's environment was being made. Free some space, or "
            "name another folder with --data DIR."
        )
    if isinstance(error, OSError):
        return f"Python cannot make a virtual environment at {error.filename}: {error.strerror}."
    return (
        "Python cannot make a virtual environment here. On Debian install the package "
        "python3.11-venv; then run this command again."
    )


def _why(log: Path) -> str:
    """The most likely reason of a failed install, in one sentence, and where the rest stands."""
    text = log.read_text(errors="replace")
    where = f"The whole log: {log}"
    if "No space left" in text:
        return f"The disk filled up while packages were being installed. Free some space. {where}"
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in text:
        return f"A package is not the one that was locked, so nothing was installed. {where}"
    network = ("NameResolutionError", "ConnectTimeout", "Connection refused", "NewConnectionError",
               "ProxyError", "Network is unreachable", "Temporary failure")  # fmt: skip
    if any(word in text for word in network):
        return (
            "The package index cannot be reached. Check the network, or pip's own settings for a "
            f"mirror or proxy, and run this command again. {where}"
        )
    last = next((line for line in reversed(text.splitlines()) if "ERROR" in line), "pip failed")
    return f"Packages could not be installed: {last.strip()} {where}"


def _check_disk(data: Path, name: str) -> None:
    data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(data).free
    if free < NEEDS[name]:
        raise CannotInstall(
            f"The {name} environment needs {NEEDS[name] / 1e9:.1f} GB and {data} has "
            f"{free / 1e9:.1f} GB free. Free some space or name another folder with --data DIR."
        )


def _digest(root: Path, name: str) -> str:
    whole = hashlib.sha256(sys.version.encode())
    for lock in LOCKS[name]:
        whole.update((root / lock).read_bytes())
    return whole.hexdigest()

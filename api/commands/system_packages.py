"""What the tests need from the operating system, and how Debian's packages give it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg

PACKAGES = {
    "node": ("nodejs", "npm"),
    "chromium": ("chromium", "fonts-noto-cjk"),
    "postgresql": ("postgresql",),
    "dovecot": ("dovecot-imapd",),
}
WHY = {
    "node": "the type check of the page scripts",
    "chromium": "the browser tests",
    "postgresql": "the tests on the second database",
    "dovecot": "the tests that read a real mailbox",
}


def missing() -> dict[str, str]:
    """The tools that are not there, each with what it is for."""
    there = {
        "node": shutil.which("npm") is not None,
        "chromium": Path("/usr/bin/chromium").exists(),
        "postgresql": postgres_answers(),
        "dovecot": dovecot() is not None,
    }
    return {tool: WHY[tool] for tool, found in there.items() if not found}


def dovecot() -> str | None:
    """The mailbox server's program; it stands where an ordinary user's path does not lead."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def postgres_answers() -> bool:
    named = os.environ.get("DESK_DATABASE_URL", "")
    if named.startswith("postgresql"):
        return _answers(named)
    users = ("postgres", os.environ.get("USER") or "root")
    places = ("127.0.0.1:5432/postgres", "/postgres?host=/var/run/postgresql")
    return any(_answers(f"postgresql://{user}@{place}") for user in users for place in places)


def install(tools: Mapping[str, str]) -> None:
    """Get them from the system's packages; needs root or sudo. Raises CalledProcessError."""
    packages = [package for tool in tools for package in PACKAGES[tool]]
    if shutil.which("apt-get") is None:
        raise RuntimeError(f"There is no apt-get here: install {', '.join(packages)} by hand.")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
        subprocess.run(
            [*as_root, "apt-get", *command],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
    if "postgresql" in tools:
        _start_postgres(as_root)


def _start_postgres(as_root: list[str]) -> None:
    """Start the cluster that the package made, and give the present user a role in it."""
    for folder in sorted(Path("/etc/postgresql").glob("*/main")):
        subprocess.run(
            [*as_root, "pg_ctlcluster", "--skip-systemctl-redirect", folder.parent.name, "main",
             "start"],
            check=False,
        )  # fmt: skip
    user = os.environ.get("USER") or "root"
    subprocess.run(
        [*as_root, "su", "postgres", "-c", f"createuser --superuser {user}"], check=False
    )


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True

"""`./desk backup FILE`: everything the desk knows, in one file.

SQLite is copied by its own backup, which is whole even while the desk runs; PostgreSQL by pg_dump.
Keys go along (who restores must be able to verify the journal); models and indexes are made anew.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from api.commands import keys
from api.commands.progress import say
from crm.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
SQLITE, POSTGRES = "desk.sqlite", "desk.dump"


def main() -> None:
    data, file = Path(os.environ["DESK_DATA"]), Path(sys.argv[1])
    keys.ensure(data, demo=False)
    settings = load(ROOT, data, os.environ)
    with tempfile.TemporaryDirectory(dir=data) as scratch:
        copy = copy_database(settings, Path(scratch))
        partial = file.with_name(file.name + ".part")
        with tarfile.open(partial, "w:gz") as archive:
            archive.add(copy, copy.name)
            if (data / "keys").is_dir():
                archive.add(data / "keys", "keys")
        partial.chmod(0o600)
        partial.replace(file)
    say(
        f"Backup written: {file} ({file.stat().st_size / 1e6:.1f} MB). It holds keys: keep it safe."
    )


def sqlite_file(settings: Settings) -> Path:
    """Where the embedded database lies."""
    return Path(make_url(settings.database_url).database or "")


def copy_database(settings: Settings, folder: Path) -> Path:
    if settings.database_url.startswith("sqlite"):
        target = folder / SQLITE
        place = sqlite_file(settings)
        if not place.is_file():
            sys.exit(f"There is no database at {place}: nothing was backed up.")
        source = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
        copy = sqlite3.connect(target)
        with copy:
            source.backup(copy)
        copy.close()
        source.close()
        return target
    target = folder / POSTGRES
    tool = shutil.which("pg_dump")
    if tool is None:
        sys.exit(
            "pg_dump is missing: install PostgreSQL's client programs to back up this database."
        )
    address, environment = without_password(settings.database_url)
    command = [tool, "--format=custom", f"--file={target}", address]
    subprocess.run(command, check=True, env=environment)
    return target


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address as a program may be shown it, and the environment that holds the password."""
    parsed = make_url(url)
    password = str(parsed.password) if parsed.password else ""
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    shown = parsed.set(drivername="postgresql", password=None)
    return shown.render_as_string(hide_password=False), environment


if __name__ == "__main__":
    main()

"""`./desk restore FILE`: a backup into an empty data folder or database."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy import inspect

from api.commands import keys
from api.commands.backup import POSTGRES, SQLITE, sqlite_file, without_password
from api.commands.progress import say
from crm import db, events
from crm.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    data, file = Path(os.environ["DESK_DATA"]), Path(sys.argv[1])
    if not file.is_file():
        sys.exit(f"There is no backup at {file}.")
    with tempfile.TemporaryDirectory(dir=data) as scratch, tarfile.open(file) as archive:
        archive.extractall(scratch, filter="data")
        _must_be_unused(data)
        _keys(Path(scratch), data)
        keys.ensure(data, demo=False)
        settings = load(ROOT, data, os.environ)
        _database(Path(scratch), settings)
    _verify(settings)


def _must_be_unused(data: Path) -> None:
    """Keys of a living desk are never written over: its journal could not be verified again."""
    for used in (data / SQLITE, data / "keys"):
        if used.exists():
            sys.exit(f"{used} exists already. Restore into an empty folder: --data DIR")


def _keys(scratch: Path, data: Path) -> None:
    if (scratch / "keys").is_dir():
        shutil.copytree(scratch / "keys", data / "keys", dirs_exist_ok=True)


def _database(scratch: Path, settings: Settings) -> None:
    if settings.database_url.startswith("sqlite"):
        target = sqlite_file(settings)
        if target.exists():
            sys.exit(f"{target} exists already: restore where there is no database yet.")
        if not (scratch / SQLITE).exists():
            sys.exit("This backup is of PostgreSQL: set DESK_DATABASE_URL=postgresql://…")
        shutil.copy(scratch / SQLITE, target)
        return
    if not (scratch / POSTGRES).exists():
        sys.exit("This backup is of SQLite: unset DESK_DATABASE_URL and name a folder with --data.")
    engine = db.connect(settings.database_url)
    if inspect(engine).get_table_names():
        sys.exit("The database is not empty. Restore into a new one.")
    tool = shutil.which("pg_restore")
    if tool is None:
        sys.exit("pg_restore is missing: install PostgreSQL's client programs.")
    address, environment = without_password(settings.database_url)
    command = [tool, "--no-owner", f"--dbname={address}", str(scratch / POSTGRES)]
    subprocess.run(command, check=True, env=environment)


def _verify(settings: Settings) -> None:
    """A backup is worth what its journal proves."""
    engine = db.connect(settings.database_url)
    with db.reading(engine) as s:
        broken = list(events.broken_links(s))
    if broken:
        sys.exit(f"Restored, but the journal's chain is broken at event {broken[0]}.")
    say("Restored; the journal's chain is whole. Start the desk with ./desk up.")


if __name__ == "__main__":
    main()

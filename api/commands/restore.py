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
from api.commands.backup import POSTGRES, SQLITE
from api.commands.environments import say
from crm import db, events
from crm.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    data, file = Path(os.environ["DESK_DATA"]), Path(sys.argv[1])
    if not file.is_file():
        sys.exit(f"There is no backup at {file}.")
    with tempfile.TemporaryDirectory(dir=data) as scratch, tarfile.open(file) as archive:
        archive.extractall(scratch, filter="data")
        _keys(Path(scratch), data)
        keys.ensure(data, demo=False)
        settings = load(ROOT, data, os.environ)
        _database(Path(scratch), settings)
    _verify(settings)


def _keys(scratch: Path, data: Path) -> None:
    if (scratch / "keys").is_dir():
        shutil.copytree(scratch / "keys", data / "keys", dirs_exist_ok=True)


def _database(scratch: Path, settings: Settings) -> None:
    if settings.database_url.startswith("sqlite"):
        target = settings.data / SQLITE
        if target.exists():
            sys.exit(f"{target} exists already. Restore into an empty folder: --data DIR")
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
    subprocess.run(
        [tool, "--no-owner", f"--dbname={settings.database_url}", str(scratch / POSTGRES)],
        check=True,
    )


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

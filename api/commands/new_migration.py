"""Writes a migration: `python -m api.commands.new_migration "what changes"`."""

import sys
import tempfile
from pathlib import Path

import crm.models  # noqa: F401 - names the rows
import knowledge.models  # noqa: F401 - names the rows
from crm import db, migrate


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = db.connect(f"sqlite:///{Path(folder) / 'present.sqlite'}")
        migrate.upgrade(engine)
        migrate.write_new(engine, db.Base.metadata, " ".join(sys.argv[1:]))
        engine.dispose()


if __name__ == "__main__":
    main()

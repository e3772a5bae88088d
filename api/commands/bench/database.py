"""An empty record for a measurement, gone when it is over."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from crm import db, migrate


@contextmanager
def empty(name: str) -> Iterator[Engine]:
    """A migrated database: one of its own on the server of DESK_DATABASE_URL, else on SQLite."""
    server = os.environ.get("DESK_DATABASE_URL", "")
    if not server.startswith("postgresql"):
        folder = Path(os.environ["DESK_DATA"]) / "bench" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield from _migrated(f"sqlite:///{folder / 'desk.sqlite'}")
        finally:
            shutil.rmtree(folder)
        return
    database = f"sinmungo_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    try:
        yield from _migrated(f"{server.rsplit('/', 1)[0]}/{database}")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def _migrated(url: str) -> Iterator[Engine]:
    engine = db.connect(url)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()

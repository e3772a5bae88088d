"""An empty record for a measurement, gone when it is over."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, Table, insert

from crm import db, migrate

LOT = 20_000


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


def fill(engine: Engine, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert many rows that name the same columns; by COPY on PostgreSQL."""
    coming = iter(rows)
    while lot := list(islice(coming, LOT)):
        if engine.dialect.name == "postgresql":
            _copy(engine, table, lot)
        else:
            with engine.begin() as connection:
                connection.execute(insert(table), lot)


def _copy(engine: Engine, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    with engine.begin() as connection:
        # SQLAlchemy types a driver's cursor by what all drivers have; COPY is psycopg's own.
        cursor: psycopg.Cursor[Any] = connection.connection.cursor()  # type: ignore[assignment]
        with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row([_plain(row[name]) for name in names])


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict) else value


def _migrated(url: str) -> Iterator[Engine]:
    engine = db.connect(url)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()

"""The database: one engine per process, plain sessions, two dialects that behave alike."""

import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Insert,
    MetaData,
    Table,
    Update,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON, TypeDecorator

from crm.on_disk import Log

__all__ = [
    "Base",
    "Instant",
    "Session",
    "alone",
    "change",
    "connect",
    "insert_new",
    "new_id",
    "reading",
    "table",
    "transaction",
    "write",
]

# Alembic can only alter and drop what has a name, and SQLite gives none of its own.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


_turns_to_write: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_logs: WeakKeyDictionary[Engine, Log] = WeakKeyDictionary()


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets zones, so they are put back at the door."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be kept")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012 - SQLAlchemy reads this attribute as declared


def new_id() -> str:
    """An unguessable public id: 24 hex digits, 96 bits."""
    return secrets.token_hex(12)


def connect(url: str, *, pool_size: int = 20) -> Engine:
    """An engine for `url` (sqlite or postgresql), with SQLite told to behave as PostgreSQL does.

    What people wrote travels as parameters, so neither errors nor logs show any.
    """
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            json_serializer=_dump,
            hide_parameters=True,
            pool_size=pool_size,
            connect_args={"check_same_thread": False, "timeout": 30},
        )
        event.listen(engine, "connect", _tell_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        _turns_to_write[engine] = threading.Lock()
        _logs[engine] = Log(str(engine.url.database))
        return engine
    engine = create_engine(
        url,
        json_serializer=_dump,
        hide_parameters=True,
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={"options": "-c lock_timeout=10s -c timezone=UTC"},
    )
    event.listen(engine, "handle_error", _hush)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One verb, one transaction: commits at the end, rolls back on any exception."""
    with (
        _turn_to_write(engine),
        Session(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session
    log = _logs.get(engine)
    if log is not None:
        log.keep()


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """SQLite's writers of one process wait for each other here, where the next is woken at once.

    SQLite itself lets them sleep longer and longer and ask again: under load most of the wait.
    """
    turn = _turns_to_write.get(engine)
    if turn is None:
        yield
        return
    with turn:
        yield


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A consistent look that takes no write lock; nothing changed through it is kept."""
    with Session(engine, expire_on_commit=False) as session:
        session.connection(execution_options={"reading": True})
        yield session


def write(s: Session, row: Base) -> None:
    """Insert one new row at once, with its defaults; afterwards it is as if it had been read.

    For the rows of every turn: the unit of work sorts, batches and compares what is only one row.
    """
    if s.new:
        s.flush()  # the row may point to one of these
    for name, default in _defaults(type(row)):
        if name not in row.__dict__:
            setattr(row, name, default() if callable(default) else default)
    values = {name: value for name, value in row.__dict__.items() if name[0] != "_"}
    given = s.connection().execute(_insert(type(row)), values).inserted_primary_key
    for column, value in zip(row.__table__.primary_key, given or (), strict=True):
        setattr(row, column.key, value)
    make_transient_to_detached(row)
    s.add(row)


def change(s: Session, row: Base, **values: Any) -> None:
    """Change one row that was read, at once; afterwards it is as if it had been read so.

    For the rows of every turn, as `write` is.
    """
    if s.new:
        s.flush()  # it may be one of these
    named = {f"of_{column.key}": getattr(row, column.key) for column in row.__table__.primary_key}
    s.connection().execute(_update(type(row)), values | named)
    for name, value in values.items():
        set_committed_value(row, name, value)


def table(model: type[Base]) -> Table:
    """The table behind a model, for statements that need none of the unit of work."""
    found = model.__table__
    assert isinstance(found, Table)  # noqa: S101 - narrows the type; no model is made of a join
    return found


@cache
def _insert(model: type[Base]) -> Insert:
    return insert(table(model))


@cache
def _update(model: type[Base]) -> Update:
    """One row by its key; what is set is what it is carried out with."""
    key = table(model).primary_key
    return update(table(model)).where(*(c == bindparam(f"of_{c.key}", type_=c.type) for c in key))


@cache
def _defaults(model: type[Base]) -> tuple[tuple[str, Any], ...]:
    """What each column holds when nothing was said: a value, or a function that makes one."""
    found: list[tuple[str, Any]] = []
    for column in model.__table__.columns:
        if column.autoincrement is True:
            continue  # the database numbers these
        made = column.default.arg if column.default is not None else None
        # SQLAlchemy wraps the function so that it takes its context, which ours do not look at.
        found.append((column.key, (lambda made=made: made(None)) if callable(made) else made))
    return tuple(found)


def alone(s: Session, *names: str) -> None:
    """Until this transaction ends, whoever else names the same thing waits.

    For rows that may not be there yet, so that none can be locked. SQLite has one writer anyway.
    """
    if s.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256("\0".join(names).encode()).digest()[:8], signed=True)
        s.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def insert_new(s: Session, table: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique index says no; False then, and the transaction goes on."""
    insert = postgresql.insert if s.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing()
    # Drivers count inserted rows differently; what comes back is the same everywhere.
    return s.execute(statement.returning(*inspect(table).primary_key)).first() is not None


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _hush(context: ExceptionContext) -> None:
    """PostgreSQL repeats the row it refuses in an error's detail; only the error itself is told."""
    original = context.original_exception
    if isinstance(original, psycopg.Error) and original.diag.message_detail:
        original.args = (original.diag.message_primary,)
        if context.sqlalchemy_exception:
            context.sqlalchemy_exception.args = (f"({type(original).__name__}) {original}",)


def _tell_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    del record
    connection.isolation_level = None  # the driver must not open transactions of its own
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",  # the log is synced by `transaction`, for many commits at once
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A deferred transaction that turns writer in its middle fails at once where a writer waits.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

"""Alembic's entry: migrates the engine it is handed, compares with the metadata it is handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

from crm.db import Instant

MIGRATION_LOCK = 7_468_353  # any number that nothing else in the database uses

config = context.config
engine = config.attributes["engine"]
metadata = config.attributes.get("metadata")


def render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A migration must run for ever, so it names no class of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


@contextmanager
def references_loose(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: dropping the old one must not count, and much less
    delete, the rows that point to it. The setting is heard outside transactions only."""
    if connection.dialect.name != "sqlite":
        yield
        return
    own = connection.connection.driver_connection
    assert own is not None  # noqa: S101 - it was just connected
    own.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        own.execute("PRAGMA foreign_keys = ON")


def check_references(connection: Connection) -> None:
    """Raises RuntimeError where a row points to nothing after a migration."""
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise RuntimeError(f"The migration would leave rows that point to nothing in: {tables}")


applied: list[Any] = []
with engine.connect() as connection, references_loose(connection):
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
        on_version_apply=lambda **step: applied.append(step),
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Processes that start together wait here for the first one to have migrated.
            connection.execute(text("SET LOCAL lock_timeout = '120s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.run_migrations()
    if applied and connection.dialect.name == "sqlite":
        check_references(connection)
    connection.commit()

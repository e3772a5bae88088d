"""Alembic's entry: migrates the engine it is handed, compares with the metadata it is handed."""

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


def guard_references(connection: Connection, *, on: bool) -> None:
    """SQLite changes a table by making it anew, and would call every row that refers to it an
    orphan meanwhile. Its own manual says to look away until then; a transaction cannot begin so."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        raw.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")  # type: ignore[union-attr]


with engine.connect() as connection:
    guard_references(connection, on=False)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Processes that start together wait here for the first one to have migrated.
            connection.execute(text("SET LOCAL lock_timeout = '120s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.run_migrations()
    connection.commit()
    guard_references(connection, on=True)

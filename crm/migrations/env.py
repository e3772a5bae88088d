"""Alembic's entry: migrates the engine it is handed, compares with the metadata it is handed."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import text

from crm.db import Instant

MIGRATION_LOCK = 7_468_353  # any number that nothing else in the database uses

config = context.config
engine = config.attributes["engine"]
metadata = config.attributes.get("metadata")


def render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A migration must run for ever, so it names no class of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


with engine.connect() as connection:
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

"""From nothing to the newest migration, on both databases, and nothing the models lack."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from crm import db, events, migrate
from crm.db import Base
from crm.events import SYSTEM
from knowledge import article_text, editing
from tests.conftest import postgres_server

NAME = "sinmungo_test_migrations"
ARTICLE = """---
id: kept
language: en
title: Kept
topic: payment
audience: supplier
queue: payment
law: ""
valid-from: 2021-01-01
valid-until:
source: "A made-up source"
owner: knowledge-editors
---
## What is kept? {#all}
? whatever there was
Everything is kept.
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without a single table."""
    if request.param == "sqlite":
        engine = db.connect(f"sqlite:///{tmp_path / 'new.sqlite'}")
        yield engine
        engine.dispose()
        return
    server = postgres_server()
    if server is None:
        pytest.skip("no PostgreSQL answers; name one in DESK_DATABASE_URL")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
    head, _, query = server.partition("?")
    engine = db.connect(f"{head.rsplit('/', 1)[0]}/{NAME}" + (f"?{query}" if query else ""))
    yield engine
    engine.dispose()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def test_the_migrations_lead_to_exactly_what_the_models_say(empty: Engine) -> None:
    migrate.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_knows_whether_it_is_current(empty: Engine) -> None:
    assert not migrate.is_current(empty)
    migrate.upgrade(empty)
    assert migrate.is_current(empty)


def test_upgrading_twice_changes_nothing_and_loses_nothing(empty: Engine) -> None:
    migrate.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO numbers (name, value) VALUES ('kept', 7)"))
    migrate.upgrade(empty)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT value FROM numbers")).scalar() == 7


def test_the_first_migration_can_be_undone(empty: Engine) -> None:
    migrate.upgrade(empty)
    command.downgrade(migrate._config(empty), "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}


def test_what_points_to_a_table_that_changes_outlives_the_change(empty: Engine) -> None:
    """SQLite makes such a table anew; a desk in use has rows that point to the old one."""
    events.use_key(b"a key for tests")
    migrate.upgrade(empty)
    with db.transaction(empty) as s:
        editing.take_in(s, SYSTEM, article_text.parse(ARTICLE))
    before = passages(empty)
    assert before > 0
    command.downgrade(migrate._config(empty), "brain_2")
    assert passages(empty) == before
    migrate.upgrade(empty)
    assert passages(empty) == before
    with pytest.raises(IntegrityError), empty.begin() as connection:
        connection.execute(text("UPDATE passages SET version_id = 'nowhere'"))


def passages(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM passages")).scalar_one()

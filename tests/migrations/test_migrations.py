"""From nothing to the newest migration, on both databases, and nothing the models lack."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from crm import db, migrate
from crm.db import Base
from tests.conftest import postgres_server

NAME = "sinmungo_test_migrations"


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


def test_a_desk_with_articles_is_brought_to_the_newest_one(empty: Engine) -> None:
    """Tables that rows of others refer to are made anew on SQLite: nothing may be lost by that."""
    command.upgrade(migrate._config(empty), "brain_2")
    version = (
        "INSERT INTO article_versions VALUES ('v', 'a', 'en', 1, 'published', 'folder', 'Bids', '',"
        " '', '', '2026-01-01', NULL, 'd', :now, :now)"
    )
    rows = (
        "INSERT INTO articles VALUES ('a', 'bidding', 'all', 'bidding', '', :now, :now)",
        version,
        "INSERT INTO passages VALUES (1, 'v', 'how', 1, 'How?', '[]', 'So.')",
    )
    with empty.begin() as connection:
        for row in rows:
            connection.execute(text(row), {"now": "2026-11-22 10:00:00"})
    migrate.upgrade(empty)
    with empty.connect() as connection:
        kept = "SELECT a.id FROM articles a JOIN article_versions v ON v.article_id = a.id"
        kept += " JOIN passages p ON p.version_id = v.id"
        assert connection.execute(text(kept)).scalars().all() == ["a"]
        if empty.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []


def test_the_first_migration_can_be_undone(empty: Engine) -> None:
    migrate.upgrade(empty)
    command.downgrade(migrate._config(empty), "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}


def test_articles_of_before_the_reviews_are_kept_and_in_step(empty: Engine) -> None:
    """A desk in use has articles, versions and passages that point to each other."""
    command.upgrade(migrate._config(empty), "brain_2")
    version = (
        "INSERT INTO article_versions (id, article_id, language, number, status, origin, title,"
        " body, law, source, valid_from, digest, created_at) VALUES (:id, 'a', :language, 1,"
        " 'published', 'folder', 't', 'b', '', 's', '2021-01-01', 'd', '2026-01-01 00:00:00')"
    )
    with empty.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO articles (id, topic, audience, queue, owner, created_at, updated_at)"
                " VALUES ('a', 'sme', 'both', 'technical', 'o', '2026-01-01', '2026-01-01')"
            )
        )
        for language in ("es", "ko", "en"):
            connection.execute(text(version), {"id": language, "language": language})
        connection.execute(
            text(
                "INSERT INTO passages (version_id, anchor, position, heading, alternates, text)"
                " VALUES ('en', 'x', 0, 'h', '[]', 't')"
            )
        )
    migrate.upgrade(empty)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT original FROM articles")).scalar() == "en"
        rows = connection.execute(
            text(
                "SELECT language, revision, checked_number, checked_revision, stale_since"
                " FROM article_versions ORDER BY language"
            )
        ).all()
        assert [tuple(row) for row in rows] == [
            ("en", 1, None, None, None),
            ("es", 1, 1, 1, None),
            ("ko", 1, 1, 1, None),
        ]
        assert connection.execute(text("SELECT count(*) FROM passages")).scalar() == 1


def test_contacts_that_were_proven_or_merged_point_to_one_another_in_one_way(
    empty: Engine,
) -> None:
    command.upgrade(migrate._config(empty), "centre_1")
    contact = (
        "INSERT INTO contacts (id, language, proven, same_as, merged_into_id, created_at)"
        " VALUES (:id, 'en', :proven, :same, :merged, '2026-11-22 10:00:00')"
    )
    rows = [
        ("known", None, None),
        ("other", None, None),
        ("code", "known", None),
        ("desk", None, "known"),
        ("both", "holder", "other"),  # proven to be one, said to be another: then all are one
        ("holder", None, None),
        ("reverse", "below", None),  # said the other way round
        ("below", None, "reverse"),
    ]
    with empty.begin() as connection:
        for name, same, merged in rows:
            told = {"id": name, "proven": same is not None, "same": same, "merged": merged}
            connection.execute(text(contact), told)
    migrate.upgrade(empty)
    asked = "SELECT id, merged_into_id, merged_by FROM contacts WHERE merged_into_id IS NOT NULL"
    with empty.connect() as connection:
        found = {row[0]: (row[1], row[2]) for row in connection.execute(text(asked))}
    assert found == {
        "code": ("known", "code"),
        "desk": ("known", "desk"),
        "both": ("holder", "code"),
        "holder": ("other", "desk"),
        "reverse": ("below", "code"),
    }
    command.downgrade(migrate._config(empty), "centre_1")
    with empty.connect() as connection:
        rows_before = connection.execute(text("SELECT same_as FROM contacts WHERE id = 'code'"))
        assert rows_before.scalar() == "known"

"""The desk's database, as a command opens it."""

from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from api.commands.starting import CannotStart
from crm import db, migrate
from crm.settings import Settings


def connect(settings: Settings) -> Engine:
    """The database, at its newest migration."""
    engine = db.connect(settings.database_url)
    try:
        migrate.upgrade(engine)
    except DatabaseError as error:
        raise CannotStart(f"{named(engine)} cannot be used: {first_line(error)}") from error
    except CommandError as error:
        raise CannotStart(
            f"{named(engine)} was made by a newer version of the desk. Start that version, or name "
            "another folder with --data DIR."
        ) from error
    return engine


def named(engine: Engine) -> str:
    """The database as who starts the desk knows it: by its file, or by the setting."""
    if engine.dialect.name == "sqlite":
        return f"The database {engine.url.database}"
    return "The database that DESK_DATABASE_URL names"


def first_line(error: DatabaseError) -> str:
    """What the driver says, without its advice; it holds no password."""
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]

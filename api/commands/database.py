"""The desk's database, as a command opens it."""

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from api.commands.starting import CannotStart
from crm import db, migrate
from crm.settings import Settings


def connect(settings: Settings) -> Engine:
    """The database, at its newest migration."""
    engine = db.connect(settings.database_url)
    try:
        migrate.upgrade(engine)
    except OperationalError as error:
        raise CannotStart(
            "The database that DESK_DATABASE_URL names does not answer: "
            f"{str(error.orig).splitlines()[0]}"
        ) from error
    return engine

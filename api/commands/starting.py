"""What stands in the way of a start, found before anything of the desk is loaded."""

import errno
import fcntl
import socket
from typing import IO

from crm.settings import Settings


class CannotStart(Exception):
    """One sentence that says what is in the way and how to mend it."""


def check_role(settings: Settings, role: str) -> None:
    if role != "all" and settings.database_url.startswith("sqlite"):
        raise CannotStart(
            f"The role {role} needs PostgreSQL, because SQLite serves one process only. "
            "Set DESK_DATABASE_URL=postgresql://…, or run ./desk up alone: it does all."
        )


def check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError as error:
            raise CannotStart(f"--port {port}: a port lies between 1 and 65535.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} is taken by another program. "
                    f"Choose another: ./desk up --port {port + 1}"
                ) from error
            raise CannotStart(
                f"The desk cannot listen on {host}:{port}: {error.strerror}."
            ) from error


def only_one(settings: Settings) -> IO[str] | None:
    """SQLite serves one desk: a lock on the data folder that the system frees with the process."""
    if not settings.database_url.startswith("sqlite"):
        return None
    lock = (settings.data / "desk.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CannotStart(
            f"A desk runs on {settings.data} already. Stop it, or name another folder: --data DIR"
        ) from error
    return lock

"""Files that a provider still holds: promised with a message, fetched by the worker, then kept."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from crm import clock, events, leases
from crm.db import Session
from crm.models import Message, RemoteFile

LONGEST_WAIT = timedelta(minutes=30)
MAX_ATTEMPTS = 12


def promise(s: Session, message: Message, *, channel: str, reference: str, name: str) -> None:
    s.add(
        RemoteFile(
            message_id=message.id,
            channel=channel,
            reference=reference[:1000],
            name=name[:200],
            due_at=clock.now(),
        )
    )


def due(s: Session, limit: int = 10) -> Sequence[RemoteFile]:
    return s.scalars(
        select(RemoteFile)
        .where(
            RemoteFile.state == "due", leases.come(RemoteFile.due_at, *leases.span(LONGEST_WAIT))
        )
        .order_by(RemoteFile.due_at)
        .limit(limit)
    ).all()


def waiting(s: Session, remote_id: str) -> RemoteFile | None:
    """The file while it is still to be fetched, held until this transaction ends."""
    remote = s.get_one(RemoteFile, remote_id, with_for_update=True, populate_existing=True)
    return remote if remote.state == "due" else None


def fetched(remote: RemoteFile) -> None:
    remote.state, remote.reason = "done", None


def later(s: Session, remote: RemoteFile, reason: str) -> None:
    """The provider did not answer: again later, and at last no more."""
    remote.attempts += 1
    if remote.attempts >= MAX_ATTEMPTS:
        give_up(s, remote, reason)
        return
    remote.reason = reason[:200]
    wait = timedelta(seconds=5 * 2**remote.attempts)
    remote.due_at = clock.now() + min(wait, LONGEST_WAIT)


def give_up(s: Session, remote: RemoteFile, reason: str) -> None:
    remote.state, remote.reason = "failed", reason[:200]
    events.emit(
        s,
        "file.not_fetched",
        events.SYSTEM,
        message=remote.message_id,
        data={"channel": remote.channel},
    )

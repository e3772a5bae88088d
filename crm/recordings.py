"""Recordings: announced by the provider, copied to the desk's own storage, then deleted there."""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Integer, and_, bindparam, or_, select, update

from crm import calls, clock, db, leases
from crm.db import Session
from crm.errors import NotFound
from crm.events import SYSTEM
from crm.models import Call, Recording

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 12
OPEN = ("announced", "copied")
LONGEST_WAIT = timedelta(hours=1)


def _free(now: Any, furthest: Any) -> ColumnElement[bool]:
    over = leases.come(Recording.lease_until, now, furthest)
    return and_(Recording.state.in_(OPEN), or_(Recording.lease_until.is_(None), over))


# Asked every second, so it is put together once.
_WAITING = (
    select(Recording.id)
    .where(
        _free(bindparam("now"), bindparam("leased")),
        leases.come(Recording.due_at, bindparam("now"), bindparam("furthest")),
    )
    .order_by(Recording.due_at)
    .limit(bindparam("most", type_=Integer))
)


def announced(
    s: Session, call: Call, *, provider_recording_id: str, kind: str, seconds: int
) -> Recording | None:
    """The provider has a recording; None where it had told so before."""
    db.alone(s, "recording", provider_recording_id)
    known = s.scalar(
        select(Recording.id).where(Recording.provider_recording_id == provider_recording_id)
    )
    if known:
        return None
    made = Recording(
        call_id=call.id,
        provider_recording_id=provider_recording_id,
        kind=kind,
        seconds=seconds,
        due_at=clock.now(),
        announced_at=clock.now(),
    )
    s.add(made)
    s.flush()
    codes: dict[str, Any] = {"recording": made.id, "recorded": kind, "seconds": seconds}
    calls.tell(s, call, "recording.announced", SYSTEM, **codes)
    return made


def has_voicemail(s: Session, call: Call) -> bool:
    """Whether the provider told of a message left in this call."""
    found = select(Recording.id).where(Recording.call_id == call.id, Recording.kind == "voicemail")
    return s.scalar(found.limit(1)) is not None


def waiting(s: Session, limit: int = 10) -> list[str]:
    """Ids of recordings to copy or to delete at the provider now."""
    now, furthest = leases.span(LONGEST_WAIT)
    _, leased = leases.span(LEASE)
    asked = {"now": now, "furthest": furthest, "leased": leased, "most": limit}
    return list(s.scalars(_WAITING, asked))


def claim(s: Session, recording_id: str) -> Recording | None:
    result = s.execute(
        update(Recording)
        .where(Recording.id == recording_id, _free(*leases.span(LEASE)))
        .values(lease_until=clock.now() + LEASE, attempts=Recording.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    return s.get(Recording, recording_id, populate_existing=True) if result.rowcount else None


def copied(s: Session, recording: Recording, content: bytes, media_type: str) -> None:
    """The sound is in our own storage now; the provider's is deleted next."""
    recording.content, recording.media_type = content, media_type[:100]
    recording.sha256 = hashlib.sha256(content).hexdigest()
    recording.state, recording.attempts, recording.lease_until = "copied", 0, None
    call = s.get_one(Call, recording.call_id)
    codes: dict[str, Any] = {
        "recording": recording.id,
        "size": len(content),
        "sha256": recording.sha256,
    }
    calls.tell(s, call, "recording.copied", SYSTEM, **codes)


def done(s: Session, recording: Recording) -> None:
    recording.state, recording.lease_until = "done", None
    call = s.get_one(Call, recording.call_id)
    calls.tell(s, call, "recording.deleted_at_provider", SYSTEM, recording=recording.id)


def retry(s: Session, recording: Recording, reason: str) -> None:
    """Later, more and more rarely. What was copied stays to be deleted for ever."""
    recording.reason, recording.lease_until = reason[:200], None
    wait = timedelta(seconds=10 * 2 ** (recording.attempts - 1))
    recording.due_at = clock.now() + min(wait, LONGEST_WAIT)
    if recording.state == "announced" and recording.attempts >= MAX_ATTEMPTS:
        recording.state = "failed"
        call = s.get_one(Call, recording.call_id)
        calls.tell(s, call, "recording.failed", SYSTEM, recording=recording.id)


def of_conversation(s: Session, conversation_id: str) -> list[Recording]:
    return list(
        s.scalars(
            select(Recording)
            .join(Call, Call.id == Recording.call_id)
            .where(Call.conversation_id == conversation_id)
            .order_by(Recording.announced_at)
        )
    )


def get(s: Session, conversation_id: str, recording_id: str) -> Recording:
    for recording in of_conversation(s, conversation_id):
        if recording.id == recording_id:
            return recording
    raise NotFound("There is no such recording.")

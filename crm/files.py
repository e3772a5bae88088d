"""Files: checked at the door, kept whole, given back only as downloads."""

import hashlib
from collections.abc import Sequence
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import undefer

from crm import clock, events
from crm.db import Session
from crm.errors import Invalid, NotFound, TooLarge
from crm.events import Actor
from crm.models import Conversation, File, Message

# What a help desk needs to see; nothing that a browser or an office program would run.
# Each kind is told by its first bytes, not by the name it came with.
SIGNATURES: dict[str, tuple[tuple[bytes, ...], str]] = {
    ".pdf": ((b"%PDF-",), "application/pdf"),
    ".png": ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    ".jpg": ((b"\xff\xd8\xff",), "image/jpeg"),
    ".jpeg": ((b"\xff\xd8\xff",), "image/jpeg"),
    ".webp": ((b"RIFF",), "image/webp"),
    ".docx": ((b"PK\x03\x04",), "application/zip"),
    ".xlsx": ((b"PK\x03\x04",), "application/zip"),
    ".hwpx": ((b"PK\x03\x04",), "application/zip"),
    ".hwp": ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), "application/octet-stream"),
    ".p7s": ((b"\x30", b"-----BEGIN"), "application/pkcs7-signature"),
}
TEXTS = {".txt": "text/plain", ".csv": "text/csv", ".vcf": "text/vcard"}
MAX_NAME = 120


def keep(
    s: Session, conversation: Conversation, *, actor: Actor, name: str, content: bytes, limit: int
) -> File:
    """Keep a file for a message that will name it. `limit` is in bytes."""
    name = _clean_name(name)
    if not content:
        raise Invalid("The file is empty.", file=name)
    if len(content) > limit:
        raise TooLarge(f"A file may have {limit // 1_000_000} MB.", file=name, limit=limit)
    return _kept(s, conversation, actor, name, _media_type(name, content), content)


def keep_original(
    s: Session, conversation: Conversation, *, actor: Actor, name: str, content: bytes
) -> File:
    """Keep what a message was before it was trimmed; no browser ever opens it, so any kind goes."""
    return _kept(s, conversation, actor, _clean_name(name), "application/octet-stream", content)


def of_message(s: Session, message_id: str) -> Sequence[File]:
    """The files of a message with their contents, in the order they were kept."""
    query = select(File).where(File.message_id == message_id).order_by(File.created_at, File.id)
    return s.scalars(query.options(undefer(File.content))).all()


def get(s: Session, conversation_id: str, file_id: str, *, internal: bool = True) -> File:
    """A file of the conversation; those of internal notes only where `internal` is allowed.

    Who may see internal notes is of the desk, and sees no file of a bid that is still sealed.
    """
    file = s.get(File, file_id)
    if file is None or file.conversation_id != conversation_id:
        raise NotFound("There is no such file.")
    if not internal and _is_internal(s, file):
        raise NotFound("There is no such file.")
    if internal and _is_sealed(s, file):
        raise NotFound("There is no such file.")
    return file


def _is_internal(s: Session, file: File) -> bool:
    audience = s.scalar(select(Message.audience).where(Message.id == file.message_id))
    return audience == "internal"


def _is_sealed(s: Session, file: File) -> bool:
    until = s.scalar(select(Message.sealed_until).where(Message.id == file.message_id))
    return until is not None and until > clock.now()


def _media_type(name: str, content: bytes) -> str:
    suffix = PurePath(name).suffix.casefold()
    if suffix in TEXTS and b"\x00" not in content:
        return TEXTS[suffix]
    starts, media_type = SIGNATURES.get(suffix, ((), ""))
    if not any(content.startswith(start) for start in starts):
        known = ", ".join(sorted(s[1:] for s in (*SIGNATURES, *TEXTS)))
        raise Invalid(f"Only these kinds of files can be sent: {known}.", file=name)
    return media_type


def _kept(
    s: Session,
    conversation: Conversation,
    actor: Actor,
    name: str,
    media_type: str,
    content: bytes,
) -> File:
    file = File(
        conversation_id=conversation.id,
        name=name,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        created_at=clock.now(),
    )
    s.add(file)
    s.flush()
    events.emit(
        s,
        "file.kept",
        actor,
        conversation=conversation.id,
        data={"file": file.id, "size": file.size, "media_type": file.media_type},
    )
    return file


def _clean_name(name: str) -> str:
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(c for c in bare if c.isprintable() and c not in '<>:"|?*').strip(". ")
    stem, suffix = PurePath(printable or "file").stem, PurePath(printable or "file").suffix
    return stem[: MAX_NAME - len(suffix)] + suffix

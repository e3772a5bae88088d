"""Canned replies: kept in the desk's languages, with places for what differs."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from crm import clock, db, events
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Reply

# What a reply may leave open; the console fills it in before anything is sent.
PLACES = ("contact", "counselor", "ticket", "queue")
LONGEST = 4000
_PLACE = re.compile(r"\{([^{}]*)\}")
# A place with what stands around it for its sake: the comma before a name, the title behind it.
_AROUND = re.compile(r"[,，]?\s?\{(\w+)\}님?")


def every(s: Session) -> Sequence[Reply]:
    return s.scalars(select(Reply).order_by(Reply.name)).all()


def get(s: Session, reply_id: str, *, lock: bool = False) -> Reply:
    reply = s.get(Reply, reply_id, with_for_update=lock, populate_existing=lock)
    if reply is None:
        raise NotFound("There is no such reply.")
    return reply


def save(
    s: Session,
    actor: Actor,
    *,
    name: str,
    texts: Mapping[str, str],
    reply_id: str | None = None,
    seen: datetime | None = None,
) -> Reply:
    """Keep a reply, new or reworded. `seen` is the `updated_at` of the reply that was looked at.

    Raises Invalid for an unknown place or no wording at all, Conflict where its name is taken or
    somebody else reworded it since.
    """
    worded = {language: text.strip() for language, text in texts.items() if text.strip()}
    _check(name, worded)
    db.alone(s, "reply", name)
    if s.scalar(select(Reply.id).where(Reply.name == name, Reply.id != (reply_id or ""))):
        raise Conflict("There is a reply of this name.", field="taken")
    reply = get(s, reply_id, lock=True) if reply_id else Reply()
    if seen not in {None, reply.updated_at}:
        raise Conflict("This reply was reworded since you looked.", field="stale")
    reply.name, reply.texts, reply.updated_at = name, worded, clock.now()
    s.add(reply)
    s.flush()
    codes = {"reply": reply.id, "languages": sorted(worded)}
    events.emit(s, "reply.saved", actor, data=codes, content="\n".join(worded.values()))
    return reply


def remove(s: Session, actor: Actor, reply_id: str) -> None:
    s.delete(get(s, reply_id))
    events.emit(s, "reply.removed", actor, data={"reply": reply_id})


def filled(text: str, places: Mapping[str, str]) -> str:
    """A text with its places filled in. One that is empty goes with the comma before it and the
    title behind it."""
    text = _AROUND.sub(lambda m: m[0] if places.get(m[1], m[0]) else "", text)
    return _PLACE.sub(lambda m: places.get(m[1], m[0]), text)


def _check(name: str, texts: Mapping[str, str]) -> None:
    if not name:
        raise Invalid("A reply has a name.", field="name")
    if not texts:
        raise Invalid("A reply has a text in at least one language.", field="texts")
    check_texts(texts)


def check_texts(texts: Mapping[str, str]) -> None:
    """Raises Invalid for a text that is too long or has an unknown place."""
    if any(len(text) > LONGEST for text in texts.values()):
        raise Invalid(f"A reply has at most {LONGEST} characters.", field="too_long")
    for text in texts.values():
        unknown = set(_PLACE.findall(text)) - set(PLACES)
        if unknown:
            raise Invalid(
                f"A place is one of {', '.join(PLACES)}, in braces.",
                field="place",
                place=min(unknown),
            )

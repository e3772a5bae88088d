"""Receipts that prove themselves: what was done or said, with its events of the chained journal.

A receipt is plain JSON. Anybody recomputes the hashes of its events (`routing/check_receipt.py`);
the desk says whether they stand in its journal, whether the content is what they digested, and
whether it made the receipt.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm import clock, events
from crm.db import Session
from crm.models import Action, Event, Message

FORMAT = "sinmungo-receipt-1"
MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """`sealed`: this desk made it, and nothing of it was changed. `stands`: all its events are in
    the journal as it tells them. `content`: what it tells is what was digested then; None where it
    tells no content or is not ours.
    """

    sealed: bool
    stands: bool
    content: bool | None


def of_action(s: Session, action: Action, *, secret: bool) -> dict[str, Any]:
    """The receipt of an act. What a sealed bid says is left out where it is `secret`."""
    about = {
        "type": "action",
        "id": action.id,
        "kind": action.kind,
        "state": action.state,
        "key": action.key,
        "conversation": action.conversation_id,
        "organisation": action.organisation,
        "tender": action.tender_number,
        "content": None if secret else action_content(action),
    }
    query = select(Event).where(
        Event.conversation_id == action.conversation_id, Event.kind.like("action.%")
    )
    every = s.scalars(query.order_by(Event.id)).all()
    return _receipt(s, about, [e for e in every if e.data.get("action") == action.id])


def of_message(s: Session, message: Message) -> dict[str, Any]:
    """The receipt of something said, with the articles that it stood on."""
    about = {
        "type": "message",
        "id": message.id,
        "conversation": message.conversation_id,
        "author": message.author_kind,
        "language": message.language,
        "at": message.created_at.isoformat(),
        "citations": list(message.citations),
        "content": message.text,
    }
    query = select(Event).where(Event.message_id == message.id)
    said = s.scalars(query.order_by(Event.id).limit(MOST_EVENTS)).all()
    return _receipt(s, about, said)


def action_content(action: Action) -> dict[str, Any]:
    """What the events of an act digest: what was asked for, and what came of it."""
    receipt = dict(action.receipt) if action.receipt else None
    return {"action": action.payload.get("action"), "receipt": receipt}


def checked(s: Session, receipt: Mapping[str, Any]) -> Checked:
    """What this desk can say of a receipt that somebody shows."""
    told = [e for e in receipt.get("events") or () if isinstance(e, Mapping)][:MOST_EVENTS]
    open_part = {name: value for name, value in receipt.items() if name != "seal"}
    sealed = hmac.compare_digest(_seal(open_part).encode(), str(receipt.get("seal")).encode())
    ids = [e["id"] for e in told if isinstance(e.get("id"), int)]
    kept = {e.id: line(e) for e in s.scalars(select(Event).where(Event.id.in_(ids)))}
    stands = bool(told) and all(kept.get(e.get("id", 0)) == dict(e) for e in told)
    # Of a receipt that is not ours no content is confirmed: guesses could be tried otherwise.
    return Checked(sealed, stands, _content_holds(receipt.get("about"), told) if sealed else None)


def line(event: Event) -> dict[str, Any]:
    """An event with all that its hash was made of, as the journal's export has it."""
    return {
        "id": event.id,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "actor": {"kind": event.actor_kind, "id": event.actor_id},
        "conversation_id": event.conversation_id,
        "message_id": event.message_id,
        "ticket_id": event.ticket_id,
        "data": event.data,
        "digest": event.digest,
        "previous": event.previous,
        "hash": event.hash,
    }


def _receipt(s: Session, about: dict[str, Any], found: Sequence[Event]) -> dict[str, Any]:
    newest = s.scalars(select(Event).order_by(Event.id.desc()).limit(1)).first()
    receipt = {
        "format": FORMAT,
        "issued_at": clock.now().isoformat(),
        "about": about,
        "events": [line(event) for event in found],
        # Where the journal stood: a later export can be shown to go on from here.
        "journal": {"id": newest.id, "hash": newest.hash} if newest else None,
    }
    return receipt | {"seal": _seal(receipt)}


def _content_holds(about: object, told: Sequence[Mapping[str, Any]]) -> bool | None:
    content = about.get("content") if isinstance(about, Mapping) else None
    digests = [e.get("digest") for e in told if e.get("digest")]
    if content is None or not digests:
        return None
    text = content if isinstance(content, str) else events.canonical(content)
    return hmac.compare_digest(events.content_digest(text), str(digests[-1]))


def _seal(receipt: Mapping[str, Any]) -> str:
    return events.content_digest(f"receipt\n{events.canonical(dict(receipt))}")

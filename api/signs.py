"""Signs of the moment (somebody types, a place in a queue): no row holds them, any may be lost."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Engine, text

from crm import access, db, queries
from crm.access import Guest, Member, Viewer
from crm.models import Conversation
from routing import waits

CHANNEL = "desk_signs"
LONGEST = 200


# Whether the people of a queue are there now.
Staffed = Callable[[db.Session, str], bool]


@dataclass(frozen=True, slots=True)
class Sign:
    """`to` is a counselor's id, or None for the contact of the conversation."""

    kind: Literal["typing", "place"]
    conversation_id: str
    to: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def is_for(self, viewer: Viewer) -> bool:
        if isinstance(viewer, Guest):
            return self.to is None and viewer.conversation_id == self.conversation_id
        return self.to == viewer.id

    def shown(self) -> dict[str, Any]:
        return {"kind": self.kind, "conversation_id": self.conversation_id, **self.data}


def parsed(told: str, viewer: Viewer) -> str | None:
    """The conversation that a `{"kind": "typing"}` is about, or None where it is something else."""
    if len(told) > LONGEST:
        return None
    try:
        sign = json.loads(told)
    except (ValueError, RecursionError):
        return None
    if not isinstance(sign, dict) or sign.get("kind") != "typing":
        return None
    about = viewer.conversation_id if isinstance(viewer, Guest) else sign.get("conversation_id")
    return about if isinstance(about, str) and about.isascii() and about.isprintable() else None


def typing(engine: Engine, viewer: Viewer, conversation_id: str) -> Sign | None:
    """The sign for the other side of a talk between two people; None where there is none."""
    with db.reading(engine) as s:
        conversation = s.get(Conversation, conversation_id)
        if conversation is None or conversation.status != "active":
            return None
        if isinstance(viewer, Member):
            speaks = access.may_speak(viewer, conversation)
            return Sign("typing", conversation.id) if speaks else None
        return Sign("typing", conversation.id, to=conversation.owner_id)


def always(_: db.Session, __: str) -> bool:
    return True


def places(engine: Engine, staffed: Staffed, conversation_ids: Sequence[str]) -> list[Sign]:
    """Where those of these conversations that wait stand in the queues whose people are there."""
    with db.reading(engine) as s:
        queues = queries.waiting_queues(s, conversation_ids)
        there = [queue for queue in set(queues.values()) if staffed(s, queue)]
        found = [place for queue in there for place in waits.places(s, queue)]
    return [
        Sign("place", p.conversation_id, data={"ahead": p.ahead, "minutes": p.minutes})
        for p in found
        if p.conversation_id in queues
    ]


def pass_on(engine: Engine, sign: Sign, sender: str) -> None:
    """Tell the other processes of this database; `sender` knows its own again by its name."""
    told = {"from": sender, "kind": sign.kind, "about": sign.conversation_id, "to": sign.to}
    with engine.begin() as connection:
        connection.execute(
            text(f"SELECT pg_notify('{CHANNEL}', :told)"), {"told": json.dumps(told)}
        )


def passed_on(payload: str, listener: str) -> Sign | None:
    """What another process told, or None where it was the listener itself."""
    told = json.loads(payload)
    if told["from"] == listener:
        return None
    return Sign(told["kind"], told["about"], to=told["to"])

"""Finding a burst of contacts with one cause: more than is usual, and about the same thing.

Who only wants a person has told no cause, and is like nobody.
The likeness of questions is measured by a function that is handed in (the knowledge room's
embedding); without one, by the letters of the words.
"""

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from bot.personal_numbers import masked
from crm import clock, db, incidents, walls
from crm.db import Session
from crm.models import Conversation, Incident, IncidentContact
from crm.similar import alike, grams
from routing.causes import cause

log = logging.getLogger(__name__)

# Unit vectors, one for each text.
Embed = Callable[[Sequence[str]], NDArray[np.float32]]

WINDOW = timedelta(minutes=15)
# What is usual is the same quarter of an hour of the same weekday, four weeks back.
WEEKS_BACK = 4
LEAST = 5  # fewer contacts are never a burst
# So unlikely must the number be, were it a usual quarter of an hour.
UNLIKELY = 1e-3
# Measured on the packaged model: paraphrases lie mostly above this cosine, other matters below.
LIKE_MEANT = 0.86
LIKE_WRITTEN = 0.4
LOOK_EVERY = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation that came to a queue, with what it is about."""

    conversation: str
    queue: str
    text: str
    at: datetime
    # A wall keeps somebody from it: it counts like all others, but its words are no title.
    walled: bool = False


@dataclass(frozen=True, slots=True)
class Burst:
    queue: str
    title: str
    conversations: tuple[str, ...]
    usual: float
    began_at: datetime


def chance(count: int, usual: float) -> float:
    """The probability of so many or more where `usual` come on average (Poisson)."""
    term = below = math.exp(-usual)
    for k in range(1, count):
        term *= usual / k
        below += term
    return max(0.0, 1.0 - below) if count else 1.0


def bursts(
    asked: Sequence[Asked], usual: dict[str, float], embed: Embed | None = None
) -> list[Burst]:
    """The bursts among what was asked within the window; at most one a queue, the largest."""
    found = []
    for queue in sorted({a.queue for a in asked}):
        here = [a for a in asked if a.queue == queue and cause(a.text)]
        # Never less than a half: one quiet month does not make two contacts a burst.
        expected = max(usual.get(queue, 0.0), 0.5)
        if len(here) < LEAST or chance(len(here), expected) > UNLIKELY:
            continue
        group = _largest_group(here, embed)
        if len(group) >= LEAST and chance(len(group), expected) <= UNLIKELY:
            found.append(
                Burst(
                    queue=queue,
                    title=masked(next((a.text for a in group if not a.walled), queue))[:200],
                    conversations=tuple(a.conversation for a in group),
                    usual=expected,
                    began_at=min(a.at for a in group),
                )
            )
    return found


def _largest_group(asked: Sequence[Asked], embed: Embed | None) -> list[Asked]:
    """The contact with the most others like it, followed by those others."""
    least = LIKE_WRITTEN if embed is None else LIKE_MEANT
    like = likeness([cause(a.text) for a in asked], embed) >= least
    centre = int(like.sum(axis=1).argmax())
    return [asked[centre], *(a for i, a in enumerate(asked) if like[centre, i] and i != centre)]


def likeness(texts: Sequence[str], embed: Embed | None) -> NDArray[np.float32]:
    """How alike each two of the texts are, by their meaning or, without `embed`, their letters."""
    if embed is not None:
        vectors = embed(texts)
        return vectors @ vectors.T
    letters = [grams(text) for text in texts]
    return np.array([[alike(a, b) for b in letters] for a in letters], dtype=np.float32)


def look(engine: Engine, embed: Embed | None = None) -> list[Incident]:
    """Look at the last quarter of an hour, and propose what is found to the supervisors."""
    with db.reading(engine) as s:
        asked = _asked(s)
        usual = _usual(s) if len(asked) >= LEAST else {}
    found = []
    for burst in bursts(asked, usual, embed):  # no session is held while texts are compared
        with db.transaction(engine) as s:
            found.append(
                incidents.propose(
                    s,
                    queue=burst.queue,
                    title=burst.title,
                    conversations=burst.conversations,
                    usual=burst.usual,
                    began_at=burst.began_at,
                )
            )
    return found


class Watch:
    """Looks for bursts in a thread of its own."""

    def __init__(self, engine: Engine, embed: Embed | None) -> None:
        self._engine, self._embed = engine, embed

    def start(self) -> Callable[[], None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="surge", daemon=True)
        thread.start()

        def finish() -> None:
            stop.set()
            thread.join(10)

        return finish

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_EVERY):
            try:
                look(self._engine, self._embed)
            except Exception:
                log.exception("looking for a burst failed; it goes on")


def _asked(s: Session) -> list[Asked]:
    """What came to the queues lately and belongs to no incident that was decided on."""
    grouped = (
        select(IncidentContact.conversation_id)
        .join(Incident, Incident.id == IncidentContact.incident_id)
        .where(Incident.state != "proposed")
    )
    rows = s.scalars(
        select(Conversation)
        .where(
            Conversation.waiting_since > clock.now() - WINDOW,
            Conversation.queue.is_not(None),
            Conversation.id.not_in(grouped),
        )
        .order_by(Conversation.waiting_since)
    ).all()
    walled = walls.kept_out(s, *(c.id for c in rows))
    return [
        Asked(
            conversation=c.id,
            queue=c.queue or "",
            text=c.handoff["goal"],
            at=c.waiting_since or c.created_at,
            walled=c.id in walled,
        )
        for c in rows
        if c.handoff and c.handoff["goal"]
    ]


def _usual(s: Session) -> dict[str, float]:
    """How many came to each queue in this quarter of an hour of the last weeks, on average."""
    found: dict[str, float] = {}
    for week in range(1, WEEKS_BACK + 1):
        end = clock.now() - timedelta(weeks=week)
        rows = s.execute(
            select(Conversation.queue, func.count())
            .where(Conversation.waiting_since.between(end - WINDOW, end))
            .group_by(Conversation.queue)
        )
        for queue, count in rows:
            found[queue or ""] = found.get(queue or "", 0.0) + count / WEEKS_BACK
    return found

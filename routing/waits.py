"""The expected wait: one estimate, told by chat, mail, telephone, board and pages alike.

Whoever stands in a line is taken when those in front have been, so

    seconds = (contacts in front + 1 - free slots) x seconds a contact keeps a counselor
              / counselors who work for the line

This is the mean wait of M/M/n for one who meets so many in the queue, (k + 1) / (n x mu). It takes
the order of the line as it stands (docs/allocation.md: a nearer closing comes first, capped), that
nobody who comes later overtakes, that nobody gives up, and that the next hours are as the last.

- What a contact keeps a counselor: talk, hold and wrap-up of the queue, or of the desk where the
  queue had too few, divided by how many a counselor had at once; measured from the journal
  (`routing/kpi`), over the last two hours.
- Who works for the line: whoever is ready, wraps up or holds a contact, fits the contact after
  all relaxation and stands before no wall. A counselor of several queues counts for each by its
  share of those who wait in them.

Where nobody fits or fewer than three contacts were finished, nothing is known, and nothing is told.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import func, select

from crm import clock, rollups
from crm.db import Session
from crm.models import Conversation, Reservation
from routing import agents, assign, line
from routing.assign import Agent, Plan, Waiting
from routing.kpi.formulas import HANDLING

RECENT = timedelta(hours=2)
ENOUGH = 3
MEASURES = (*HANDLING, "handled", "busy_ms")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands: how many come before it, and the seconds it has still to wait;
    None where nobody can say."""

    conversation_id: str
    ahead: int
    seconds: float | None

    @property
    def minutes(self) -> int | None:
        """The wait in whole minutes, rounded up; 0 is less than one."""
        if self.seconds is None:
            return None
        return 0 if self.seconds < 60 else math.ceil(self.seconds / 60)


def places(s: Session, queue: str) -> list[Place]:
    """Everyone who waits in a queue, whoever is next in front."""
    there = line.of_queue(s, queue)
    if not there:
        return []
    found, estimate, before = [], Estimate(s), 0
    for ahead, waiting in enumerate(there):
        found.append(Place(waiting.id, ahead, estimate.seconds(waiting, before)))
        before += waiting.id not in estimate.offered
    return found


def place(s: Session, conversation: Conversation) -> Place | None:
    """The place of one conversation, or None where it does not stand in a line."""
    if conversation.status != "waiting" or conversation.queue is None:
        return None
    found = places(s, conversation.queue)
    return next((x for x in found if x.conversation_id == conversation.id), None)


def of_newcomer(
    s: Session,
    queue: str,
    *,
    language: str | None = None,
    urgent: bool = False,
    deadline: datetime | None = None,
) -> Place:
    """The place of somebody who joined a queue now."""
    comer = line.newcomer(queue, language=language, urgent=urgent, deadline=deadline)
    there = line.of_queue(s, queue, comer)
    ahead, estimate = there.index(comer), Estimate(s)
    before = sum(w.id not in estimate.offered for w in there[:ahead])
    return Place(comer.id, ahead, estimate.seconds(comer, before))


class Estimate:
    """What the record says now of everything that a wait depends on, each read once for many, and
    only where it is asked for: where nobody is at work, nothing else matters."""

    def __init__(self, s: Session) -> None:
        self._s = s
        self._known: dict[tuple[object, ...], tuple[float, int]] = {}

    @cached_property
    def offered(self) -> frozenset[str]:
        return frozenset(
            self._s.scalars(
                select(Reservation.conversation_id).where(Reservation.state == "offered")
            )
        )

    @cached_property
    def _plans(self) -> dict[str, Plan]:
        return line.plans(self._s)

    @cached_property
    def _at_work(self) -> list[Agent]:
        return agents.at_work(self._s)

    @cached_property
    def _ready(self) -> frozenset[str]:
        return frozenset(a.id for a in agents.ready(self._s))

    @cached_property
    def _waiting(self) -> Counter[str]:
        return _waiting(self._s)

    @cached_property
    def _measured(self) -> Mapping[str, Counter[str]]:
        return _measured(self._s)

    def seconds(self, waiting: Waiting, before: int) -> float | None:
        """The wait of a contact with so many before it to whom nothing is offered yet."""
        if waiting.id in self.offered:
            return 0.0
        heads, free = self._serving(waiting)
        if not heads:
            return None
        if before < free:
            return 0.0
        kept = self._kept(waiting.queue)
        return None if kept is None else (before + 1 - free) * kept / heads

    def _serving(self, waiting: Waiting) -> tuple[float, int]:
        """How many counselors work for such a contact, and the slots that are free for it."""
        key = (waiting.queue, waiting.medium, waiting.language, waiting.skills, waiting.barred)
        if key not in self._known:
            if not self._at_work:
                return 0.0, 0
            plan = self._plans.get(waiting.queue, assign.DEFAULT)
            fitting = assign.fitting(waiting, plan, self._at_work)
            heads = sum(self._share(agent, waiting.queue) for agent in fitting)
            ready = [agent for agent in fitting if agent.id in self._ready]
            free = sum(assign.free(agent, waiting.medium) for agent in ready) if plan.offers else 0
            self._known[key] = heads, free
        return self._known[key]

    def _share(self, agent: Agent, queue: str) -> float:
        """Which part of a counselor works for a queue, by who waits in all that they serve."""
        here = self._waiting[queue] or 1
        elsewhere = sum(self._waiting[name] for name in agent.queues if name != queue)
        return here / (here + elsewhere)

    def _kept(self, queue: str) -> float | None:
        """The seconds that a contact of a queue keeps a counselor; None where too few were had."""
        whole = self._measured[""]
        sums = self._measured.get(queue, whole)
        if sums["handled"] < ENOUGH:
            sums = whole
        if sums["handled"] < ENOUGH:
            return None
        handling = sum(whole[name] for name in HANDLING)
        at_once = handling / whole["busy_ms"] if whole["busy_ms"] else 1.0
        each = sum(sums[name] for name in HANDLING) / sums["handled"] / 1000
        return each / max(at_once, 1.0)


def _waiting(s: Session) -> Counter[str]:
    rows = s.execute(
        select(Conversation.queue, func.count())
        .where(Conversation.status == "waiting", Conversation.owner_kind == "queue")
        .group_by(Conversation.queue)
    )
    return Counter({queue or "": count for queue, count in rows})


def _measured(s: Session) -> Mapping[str, Counter[str]]:
    """The measures of the last hours by queue, and of all (`""`), among them those of no queue."""
    now = clock.now()
    span = int((now - RECENT).timestamp()), int(now.timestamp()) + 1
    totals: dict[str, Counter[str]] = {"": Counter()}
    for queue, *sums in rollups.sums(s, MEASURES, *span, {}, by=("queue",)):
        counted = {name: int(n or 0) for name, n in zip(MEASURES, sums, strict=True)}
        totals[""].update(counted)
        if queue:
            totals.setdefault(queue, Counter()).update(counted)
    return totals

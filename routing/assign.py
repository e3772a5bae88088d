"""Allocation: which waiting contact is offered to which counselor. docs/allocation.md has the rule.

The decision is a plain function over plain rows; the clock and the store are handed in, so that the
desk, a simulation on a virtual clock and a benchmark all run this very code.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crm.clock import JITTER

PRIORITY = {"low": -300.0, "normal": 0.0, "high": 300.0, "urgent": 600.0}
# The most that a tender's closing can count for, and from how far away it begins to count.
DEADLINE_CAP = 1800.0
DEADLINE_REACH = 86_400.0
# More than anybody ever waited: who stood there before the clock was set back comes before all.
SET_BACK = 1e7
LEVELS = 5


@dataclass(frozen=True, slots=True)
class Step:
    """From `after` seconds on: levels lowered by `lower`, skills dropped, other queues asked."""

    after: float
    lower: int = 0
    drop: frozenset[str] = frozenset()
    queues: tuple[str, ...] = ()
    any_language: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a queue is served. `boost` counts as seconds waited; no offers are made where not."""

    offers: bool = True
    boost: float = 0.0
    preferred_seconds: float = 60.0
    relax: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact in a queue. Moments are seconds on the store's clock."""

    id: str
    queue: str
    since: float
    medium: str = "chat"
    language: str | None = None
    skills: tuple[tuple[str, int], ...] = ()
    priority: str = "normal"
    deadline: float | None = None
    preferred: str | None = None
    # Counselors who refused or missed it just now, asked again only when the rest is over.
    resting: frozenset[str] = frozenset()
    # Counselors whom a wall keeps from it.
    barred: frozenset[str] = frozenset()

    @property
    def unasked(self) -> frozenset[str]:
        """Whom it is not offered to at this moment."""
        return self.resting | self.barred


@dataclass(frozen=True, slots=True)
class Agent:
    """A ready counselor; `load` is what they hold or are offered, by medium."""

    id: str
    queues: frozenset[str]
    idle_since: float
    languages: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=lambda: {"call": 1, "chat": 3, "mail": 5})
    load: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What stood in the record at one moment."""

    waiting: Sequence[Waiting]
    agents: Sequence[Agent]
    plans: Mapping[str, Plan]


@dataclass(frozen=True, slots=True)
class Match:
    waiting: str
    agent: str
    medium: str
    queue: str


class Store(Protocol):
    """Where contacts and counselors stand, and where an offer is claimed."""

    def look(self, now: float) -> Look: ...

    def claim(self, match: Match, now: float) -> bool:
        """Make the offer by compare-and-swap; False when somebody else was first."""
        ...


DEFAULT = Plan()


def allocate(store: Store, now: float) -> list[Match]:
    """One round: look, decide, claim. Returns the offers that were really made."""
    look = store.look(now)
    return [found for found in match(look, now) if store.claim(found, now)]


def score(waiting: Waiting, plan: Plan, now: float) -> float:
    """Seconds waited, plus what the queue, the priority and a near closing count for."""
    return waited(waiting, now) + plan.boost + PRIORITY[waiting.priority] + closing(waiting, now)


def waited(waiting: Waiting, now: float) -> float:
    """Seconds waited. Who stands there since a moment that is still to come waited before the clock
    was set back: they stand before all who came since, in their own order."""
    passed = now - waiting.since
    return passed if passed > -JITTER.total_seconds() else SET_BACK + passed


def closing(waiting: Waiting, now: float) -> float:
    """Nothing a day before the deadline, rising evenly to the cap at it, and nothing after it."""
    if waiting.deadline is None:
        return 0.0
    left = waiting.deadline - now
    return DEADLINE_CAP * (1 - left / DEADLINE_REACH) if 0 <= left <= DEADLINE_REACH else 0.0


def in_order(look: Look, now: float) -> list[Waiting]:
    """Who is next: the highest score, then who came first."""
    plans = look.plans
    return sorted(
        look.waiting, key=lambda w: (-score(w, plans.get(w.queue, DEFAULT), now), w.since, w.id)
    )


def match(look: Look, now: float) -> list[Match]:
    """The offers to make now. Each contact at most once, no counselor beyond their capacity."""
    pool = _Pool(look.agents)
    found = []
    for waiting in in_order(look, now):
        plan = look.plans.get(waiting.queue, DEFAULT)
        if not plan.offers or not pool.any_free(waiting.medium):
            continue
        agent = _whom(pool, waiting, plan, now)
        if agent is not None:
            pool.take(agent, waiting.medium)
            found.append(Match(waiting.id, pool.ids[agent], waiting.medium, waiting.queue))
    return found


def unservable(there: Sequence[Waiting], plan: Plan, agents: Sequence[Agent]) -> list[Waiting]:
    """Which of these nobody could ever serve, ready or not, after all relaxation."""
    pool = _Pool(agents)
    return [w for w in there if next(pool.fitting(w, plan), None) is None]


def fitting(waiting: Waiting, plan: Plan, agents: Sequence[Agent]) -> list[Agent]:
    """Who of these could serve it, free or not, after all relaxation."""
    return [agents[i] for i in _Pool(agents).fitting(waiting, plan)]


def free(agent: Agent, medium: str) -> int:
    """The slots of a medium that a counselor has left."""
    return max(0, _left(agent.capacity, agent.load, medium))


def _left(capacity: Mapping[str, int], load: Mapping[str, int], medium: str) -> int:
    """Slots that are left. A call is exclusive: nothing beside it, and it beside nothing."""
    if load.get("call") or (medium == "call" and any(load.values())):
        return 0
    return capacity.get(medium, 0) - load.get(medium, 0)


def _whom(pool: "_Pool", waiting: Waiting, plan: Plan, now: float) -> int | None:
    needs = _needs(waiting, plan, waited(waiting, now))
    preferred = _preferred(pool, waiting, needs)
    if preferred is not None:
        if pool.free(preferred, waiting.medium):
            return preferred
        if waited(waiting, now) < plan.preferred_seconds:
            return None  # they are here, only busy: a short while is worth it
    for need in needs:  # whoever fits best comes before whoever fits only by now
        agent = pool.best(need, waiting.medium, waiting.unasked)
        if agent is not None:
            return agent
    return None


def _preferred(pool: "_Pool", waiting: Waiting, needs: "list[_Need]") -> int | None:
    if waiting.preferred is None or waiting.preferred in waiting.unasked:
        return None
    agent = pool.index.get(waiting.preferred)
    fits = agent is not None and any(pool.fits(need, agent) for need in needs)
    return agent if fits else None


@dataclass(frozen=True, slots=True)
class _Need:
    queues: tuple[str, ...]
    language: str | None
    skills: tuple[tuple[str, int], ...]


def _needs(waiting: Waiting, plan: Plan, waited: float) -> list[_Need]:
    """What is asked for, from the strictest to what the wait has relaxed it to."""
    need = _Need((waiting.queue,), waiting.language, waiting.skills)
    needs = [need]
    for step in plan.relax:
        if waited < step.after:
            break
        need = _Need(
            (*need.queues, *step.queues),
            None if step.any_language else need.language,
            tuple(
                (name, max(1, level - step.lower))
                for name, level in need.skills
                if name not in step.drop
            ),
        )
        needs.append(need)
    return needs


class _Pool:
    """The ready counselors of one round, found by what they can and by who has been idle longest.

    What a counselor can is one whole number of bits, so that fitting is one AND; each different
    need sorts its candidates once, in a heap whose stale entries are put right when they surface.
    """

    def __init__(self, agents: Sequence[Agent]) -> None:
        self.ids = [a.id for a in agents]
        self.index = {a.id: i for i, a in enumerate(agents)}
        self._bits: dict[object, int] = {}
        self._can = [self._mask(a) for a in agents]
        self._queues = [self._of_queues(a.queues) for a in agents]
        self._idle = [a.idle_since for a in agents]
        self._capacity = [a.capacity for a in agents]
        self._load = [dict(a.load) for a in agents]
        self._heaps: dict[tuple[_Need, str], list[tuple[float, float, str, int]]] = {}
        self._left = {m: self._total(m) for m in ("call", "chat", "mail")}

    def any_free(self, medium: str) -> bool:
        return self._left[medium] > 0

    def free(self, agent: int, medium: str) -> int:
        return _left(self._capacity[agent], self._load[agent], medium)

    def take(self, agent: int, medium: str) -> None:
        before = {m: max(0, self.free(agent, m)) for m in self._left}
        load = self._load[agent]
        load[medium] = load.get(medium, 0) + 1
        for m, was in before.items():
            self._left[m] += max(0, self.free(agent, m)) - was

    def fits(self, need: _Need, agent: int) -> bool:
        wanted = self._wanted(need)
        if wanted is None or self._can[agent] & wanted != wanted:
            return False
        return bool(self._queues[agent] & self._of_queues(need.queues))

    def fitting(self, waiting: Waiting, plan: Plan) -> Iterator[int]:
        """Whoever could serve it after all relaxation, free or not."""
        needs = _needs(waiting, plan, float("inf"))
        for agent, name in enumerate(self.ids):
            if name not in waiting.barred and any(self.fits(need, agent) for need in needs):
                yield agent

    def best(self, need: _Need, medium: str, resting: frozenset[str]) -> int | None:
        heap = self._heaps.get((need, medium))
        if heap is None:
            heap = self._heaps[need, medium] = self._candidates(need, medium)
        aside = []
        found = None
        while heap:
            entry = heapq.heappop(heap)
            agent = entry[3]
            if self.free(agent, medium) <= 0:
                continue  # full for the rest of this round
            if entry[0] != self._share(agent, medium):
                heapq.heappush(heap, self._entry(agent, medium))
                continue
            aside.append(entry)
            if entry[2] not in resting:
                found = agent
                break
        for entry in aside:
            heapq.heappush(heap, entry)
        return found

    def _candidates(self, need: _Need, medium: str) -> list[tuple[float, float, str, int]]:
        wanted = self._wanted(need)
        if wanted is None:
            return []
        queues, can, mine = self._of_queues(need.queues), self._can, self._queues
        heap = [
            self._entry(agent, medium)
            for agent in range(len(can))
            if can[agent] & wanted == wanted and mine[agent] & queues
        ]
        heapq.heapify(heap)
        return heap

    def _entry(self, agent: int, medium: str) -> tuple[float, float, str, int]:
        return self._share(agent, medium), self._idle[agent], self.ids[agent], agent

    def _share(self, agent: int, medium: str) -> float:
        """How full: the emptiest first, among equals the longest idle."""
        return self._load[agent].get(medium, 0) / max(1, self._capacity[agent].get(medium, 0))

    def _total(self, medium: str) -> int:
        return sum(max(0, self.free(agent, medium)) for agent in range(len(self.ids)))

    def _mask(self, agent: Agent) -> int:
        mask = 0
        for language in agent.languages:
            mask |= self._bit(language)
        for name, level in agent.skills.items():
            for known in range(1, level + 1):
                mask |= self._bit((name, known))
        return mask

    def _of_queues(self, queues: Sequence[str] | frozenset[str]) -> int:
        mask = 0
        for queue in queues:
            mask |= self._bit(("queue", queue))
        return mask

    def _wanted(self, need: _Need) -> int | None:
        """The bits a need asks for; None where no counselor here has one of them."""
        mask = 0
        for thing in self._things(need):
            bit = self._bits.get(thing)
            if bit is None:
                return None
            mask |= bit
        return mask

    @staticmethod
    def _things(need: _Need) -> Iterator[object]:
        if need.language:
            yield need.language
        yield from need.skills

    def _bit(self, thing: object) -> int:
        return self._bits.setdefault(thing, 1 << len(self._bits))

"""The router is the theory's queue: with one skill and exponential times it gives Erlang C.

`routing.assign.allocate` itself runs here; only the clock is virtual and the store in memory.
"""

import heapq
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean, stdev

import pytest

from routing.assign import Agent, Look, Match, Plan, Waiting, allocate

QUEUE = "bidding"


def erlang_c(load: float, agents: int) -> float:
    """The probability of waiting, by the stable recursion over Erlang B."""
    inverse = 1.0
    for k in range(1, agents + 1):
        inverse = 1.0 + inverse * k / load
    blocked = 1.0 / inverse
    return blocked / (1.0 - load / agents * (1.0 - blocked))


@dataclass
class VirtualDesk:
    """Callers come and talk for exponential times; answers the router as the record would."""

    agents: int
    arrivals: float
    talk: float
    random: random.Random
    patience: float | None = None
    now: float = 0.0
    waiting: dict[str, Waiting] = field(default_factory=dict)
    idle: dict[str, float] = field(default_factory=dict)
    count: Iterator[int] = field(default_factory=itertools.count)
    waits: list[float] = field(default_factory=list)
    lost: int = 0
    calendar: list[tuple[float, int, str, str]] = field(default_factory=list)

    def look(self, now: float) -> Look:
        assert now == self.now
        free = [Agent(a, frozenset({QUEUE}), since) for a, since in self.idle.items()]
        return Look(list(self.waiting.values()) if free else [], free, {QUEUE: Plan()})

    def claim(self, match: Match, now: float) -> bool:
        self.waits.append(now - self.waiting.pop(match.waiting).since)
        del self.idle[match.agent]
        self._plan(now + self.random.expovariate(1 / self.talk), "done", match.agent)
        return True

    def run(self, callers: int) -> None:
        self.idle = {f"a{n:03}": 0.0 for n in range(self.agents)}
        self._plan(self.random.expovariate(self.arrivals), "call", "0")
        coming = callers
        while self.calendar:
            self.now, _, what, who = heapq.heappop(self.calendar)
            if what == "done":
                self.idle[who] = self.now
            elif what == "lost":
                self.lost += self.waiting.pop(who, None) is not None
            else:
                self.waiting[who] = Waiting(who, QUEUE, self.now, medium="call")
                if self.patience:
                    self._plan(self.now + self.random.expovariate(1 / self.patience), "lost", who)
                coming -= 1
                if coming:
                    self._plan(
                        self.now + self.random.expovariate(self.arrivals), "call", str(coming)
                    )
            allocate(self, self.now)

    def _plan(self, at: float, what: str, who: str) -> None:
        heapq.heappush(self.calendar, (at, next(self.count), what, who))


def within(values: list[float], expected: float) -> bool:
    """Whether a value lies in the 99 % confidence interval of independent runs."""
    half = 3.25 * stdev(values) / math.sqrt(len(values))  # t for 9 degrees of freedom
    return abs(fmean(values) - expected) <= half


@pytest.mark.parametrize(("load", "agents"), [(5.0, 8), (10.0, 12)])
def test_erlang_c_is_what_the_router_does(load: float, agents: int) -> None:
    talk = 180.0
    chances, speeds = [], []
    for seed in range(10):
        desk = VirtualDesk(agents, load / talk, talk, random.Random(seed))
        desk.run(3000)
        assert len(desk.waits) == 3000  # nobody is lost
        settled = desk.waits[300:]
        chances.append(fmean(w > 0 for w in settled))
        speeds.append(fmean(settled))
    chance = erlang_c(load, agents)
    assert within(chances, chance)
    assert within(speeds, chance * talk / (agents - load))


def erlang_a(arrivals: float, talk: float, agents: int, patience: float) -> tuple[float, float]:
    """The shares that wait and that give up in M/M/N+M, by weights relative to state N."""
    mu, theta = 1 / talk, 1 / patience
    below, weight = 0.0, 1.0
    for k in range(agents, 0, -1):
        weight *= k * mu / arrivals
        below += weight
    above, queue, weight = 1.0, 0.0, 1.0
    for j in range(1, 2000):
        weight *= arrivals / (agents * mu + j * theta)
        above += weight
        queue += j * weight
    total = below + above
    return above / total, theta * queue / total / arrivals


def test_erlang_a_is_what_the_router_does_when_callers_give_up() -> None:
    talk, agents, load, patience = 180.0, 10, 10.0, 120.0
    shares = []
    for seed in range(10):
        desk = VirtualDesk(agents, load / talk, talk, random.Random(seed), patience=patience)
        desk.run(3000)
        assert len(desk.waits) + desk.lost == 3000
        shares.append(desk.lost / 3000)
    _, abandons = erlang_a(load / talk, talk, agents, patience)
    assert within(shares, abandons)

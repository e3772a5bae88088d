"""The other way round: how many agents a service level takes, and what a team can hold."""

import math
from dataclasses import dataclass

from routing.workforce import erlang
from routing.workforce.erlang import Waiting

# A search walks up to about this many agents; beyond it the question is a slip of the pen.
MAX_LOAD = 200_000.0
# With impatience each step of a search also walks along the queue: traffic times patiences.
MAX_QUEUE = 100_000.0


class Unreachable(ValueError):
    """No number of agents does what was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Calls in an interval of seconds, each handled for `aht` seconds (talk, hold and wrap-up)."""

    calls: float
    interval: float
    aht: float

    @property
    def load(self) -> float:
        """Offered traffic in erlang."""
        return self.calls * self.aht / self.interval


@dataclass(frozen=True, slots=True)
class Goal:
    """`target` (0 to below 1) of all calls answered within `within` seconds.

    `max_occupancy` is the share of their time that agents may at most be busy; `patience` the mean
    seconds after which callers give up (Erlang A), or None where they wait for ever (Erlang C).
    """

    target: float = 0.8
    within: float = 20.0
    max_occupancy: float = 1.0
    patience: float | None = None


def agents_for(demand: Demand, goal: Goal) -> Waiting:
    """The least number of agents that reaches the goal, and what callers then meet.

    Raises Unreachable for a target of 1 and for more traffic than any call centre has.
    """
    if not 0 <= goal.target < 1:
        raise Unreachable("target is from 0 to below 1: no number of agents answers every call.")
    if not 0 < goal.max_occupancy <= 1:
        raise Unreachable("max_occupancy is above 0 and at most 1.")
    if demand.load > MAX_LOAD:
        raise Unreachable(f"This is more than {MAX_LOAD:,.0f} erlang of traffic.")
    if goal.patience is not None:
        return _impatient(demand, goal, goal.patience)
    return _patient(demand, goal)


def scheduled(agents: int, shrinkage: float) -> int:
    """Agents to put on the roster when a share `shrinkage` of paid time is not on the phone."""
    if not 0 <= shrinkage < 1:
        raise Unreachable("shrinkage is from 0 to below 1.")
    return math.ceil(agents / (1.0 - shrinkage) - 1e-9)


def capacity(agents: int, interval: float, aht: float, goal: Goal) -> int:
    """The most whole calls in an interval that `agents` can hold at the goal."""
    low, high = 0, 1
    while _holds(agents, Demand(high, interval, aht), goal):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _holds(agents, Demand(middle, interval, aht), goal):
            low = middle
        else:
            high = middle
    return low


def _holds(agents: int, demand: Demand, goal: Goal) -> bool:
    return _reaches(_met(agents, demand, goal), goal)


def _met(agents: int, demand: Demand, goal: Goal) -> Waiting:
    if goal.patience is None:
        return erlang.waiting(demand.load, agents, demand.aht, goal.within)
    return erlang.impatient(demand.load, agents, demand.aht, goal.within, goal.patience)


def _reaches(met: Waiting, goal: Goal) -> bool:
    return met.service_level >= goal.target and met.occupancy <= goal.max_occupancy + 1e-12


def _patient(demand: Demand, goal: Goal) -> Waiting:
    """Erlang B is carried along the search, so that all of it costs one walk to the answer."""
    load = demand.load
    if load == 0:
        return erlang.waiting(0.0, 0, demand.aht, goal.within)
    inverse, agents = 1.0, 0
    while True:
        agents += 1
        inverse = 1.0 + inverse * agents / load
        if agents <= load:
            continue
        probability = erlang.queued(load, agents, 1.0 / inverse)
        met = erlang.from_probability(load, agents, demand.aht, goal.within, probability)
        if _reaches(met, goal):
            return met


def _impatient(demand: Demand, goal: Goal, patience: float) -> Waiting:
    if demand.load * max(patience / demand.aht, 1.0) > MAX_QUEUE:
        raise Unreachable("This is too much traffic to reckon with a patience this long.")
    if demand.load == 0:
        return _met(0, demand, goal)
    # Nobody is answered in time who is not answered, so fewer agents than this cannot do.
    low = math.ceil(goal.target * demand.load) - 1
    high = max(low + 1, 1)
    while not _holds(high, demand, goal):
        low, high = high, high + max(high // 4, 1)
    while high - low > 1:
        middle = (low + high) // 2
        if _reaches(erlang.impatient(demand.load, middle, demand.aht, goal.within, patience), goal):
            high = middle
        else:
            low = middle
    return _met(high, demand, goal)

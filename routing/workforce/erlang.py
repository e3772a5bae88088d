"""Erlang B, C and A: what becomes of calls that meet a number of agents.

`load` is offered traffic in erlang (calls per second times handling seconds). Times are seconds.
Sources: A. K. Erlang 1917 (B, C); C. Palm 1946, Mandelbaum and Zeltyn 2007 (A, M/M/N+M).
Every recursion has positive terms only, so it stays exact to the last digits at any size.
"""

import math
from dataclasses import dataclass

# Weights this much smaller than the likeliest state's change no digit of any answer.
NEGLIGIBLE = 1e-22


@dataclass(frozen=True, slots=True)
class Waiting:
    """What callers meet at a number of agents. Times in seconds, the rest shares of 1.

    `asa` is the mean wait of all callers, those who give up too; it is infinite where the queue
    would grow without end. `abandonment` is 0 where callers wait for ever (Erlang C).
    """

    agents: int
    service_level: float
    asa: float
    occupancy: float
    wait_probability: float
    queue_length: float
    abandonment: float = 0.0


def blocking(load: float, lines: int) -> float:
    """Erlang B: the share of calls that find all `lines` busy and are lost."""
    _check(load, lines)
    if load == 0:
        return 0.0 if lines else 1.0
    inverse = 1.0
    for k in range(1, lines + 1):
        inverse = 1.0 + inverse * k / load
    return 1.0 / inverse  # 0 where the inverse has outgrown every float


def wait_probability(load: float, agents: int) -> float:
    """Erlang C: the share of calls that must wait; 1 where the agents cannot keep up."""
    if agents <= load:
        _check(load, agents)
        return 1.0 if load else 0.0
    return queued(load, agents, blocking(load, agents))


def queued(load: float, agents: int, blocked: float) -> float:
    """Erlang C from Erlang B, for `agents` above `load`."""
    return blocked / (1.0 - load / agents * (1.0 - blocked))


def waiting(load: float, agents: int, aht: float, within: float) -> Waiting:
    """Erlang C in full; `within` are the seconds of the service level."""
    return from_probability(load, agents, aht, within, wait_probability(load, agents))


def from_probability(
    load: float, agents: int, aht: float, within: float, probability: float
) -> Waiting:
    """What Erlang C tells once the wait probability is known."""
    if load == 0:
        return Waiting(agents, 1.0, 0.0, 0.0, 0.0, 0.0)
    if agents <= load:  # unstable: the queue never ends, so no number is computed
        return Waiting(agents, 0.0, math.inf, 1.0, 1.0, math.inf)
    spare = agents - load
    return Waiting(
        agents=agents,
        service_level=1.0 - probability * math.exp(-spare * within / aht),
        asa=probability * aht / spare,
        occupancy=load / agents,
        wait_probability=probability,
        queue_length=probability * load / spare,
    )


def wait_quantile(load: float, agents: int, aht: float, share: float) -> float:
    """The wait in seconds that `share` of all calls do not exceed (Erlang C)."""
    probability = wait_probability(load, agents)
    if load == 0 or share <= 1.0 - probability:
        return 0.0
    if agents <= load or share >= 1.0:
        return math.inf
    return aht / (agents - load) * math.log(probability / (1.0 - share))


def impatient(load: float, agents: int, aht: float, within: float, patience: float) -> Waiting:
    """Erlang A: callers give up after an exponential patience of this mean. Stable at any load.

    The service level is exact: the share of all callers who are answered within the time. With j
    callers ahead the offered wait V has exp(-V/patience) ~ Beta(c, j+1), c = agents x patience
    / aht, from which the share follows by an incomplete beta function that is summed along j.
    """
    _check(load, agents)
    if load == 0:
        return Waiting(agents, 1.0, 0.0, 0.0, 0.0, 0.0)
    ratio = patience / aht  # services in one patience
    free, queue = _states(load, agents, ratio)
    total = math.fsum(free) + math.fsum(queue)
    length = math.fsum(j * weight for j, weight in enumerate(queue)) / total
    gone = length / (load * ratio)
    at_once = math.fsum(free) / total
    in_time = at_once + _answered_in_time(queue, agents * ratio, within / patience) / total
    return Waiting(
        agents=agents,
        service_level=min(in_time, 1.0),
        asa=length * aht / load,
        occupancy=min(load * (1.0 - gone) / agents, 1.0) if agents else 0.0,
        wait_probability=math.fsum(queue) / total,
        queue_length=length,
        abandonment=gone,
    )


def _states(load: float, agents: int, ratio: float) -> tuple[list[float], list[float]]:
    """Weights of the states with a free agent, and of those with 0, 1, 2, … callers queued.

    They are laid out from the likeliest state downwards on both sides, so none can overflow.
    """
    over = load - agents
    middle = agents + int(over * ratio) if over >= 0 else int(load)
    above = [1.0]
    while above[-1] > NEGLIGIBLE:
        n = middle + len(above)
        above.append(above[-1] * load / (min(n, agents) + max(n - agents, 0) / ratio))
    below: list[float] = []
    weight, n = 1.0, middle
    while n > 0 and weight > NEGLIGIBLE:
        weight *= (min(n, agents) + max(n - agents, 0) / ratio) / load
        below.append(weight)
        n -= 1
    weights = [*reversed(below), *above]  # of the states n, n+1, …
    split = agents - n
    if split >= 0:
        return weights[:split], weights[split:]
    return [], [0.0] * -split + weights


def _answered_in_time(queue: list[float], c: float, time: float) -> float:
    """The summed weight of callers who meet j queued and are answered within `time` patiences."""
    if c == 0 or time <= 0:
        return 0.0
    a, late, left_over = c + 1.0, math.exp(-(c + 1.0) * time), 0.0
    passed = -math.expm1(-time)
    logarithm = -a * time + math.log(a * passed) if passed else -math.inf
    found = []
    for j, weight in enumerate(queue):
        # `late` is I_x(c+1, j+1): it grows by one term of its sum with each caller ahead.
        found.append(weight * c / (c + j + 1.0) * max(1.0 - late, 0.0))
        late += math.exp(logarithm) if logarithm > -745 else 0.0
        step = math.log(passed * (a + j + 1.0) / (j + 2.0)) + left_over if passed else 0.0
        grown = logarithm + step
        left_over = step - (grown - logarithm)  # what rounding took, given back to the next step
        logarithm = grown
    return math.fsum(found)


def _check(load: float, agents: int) -> None:
    if not math.isfinite(load) or load < 0 or agents < 0:
        raise ValueError("load and agents are finite and not negative")

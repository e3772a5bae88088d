"""Erlang B, C and A against published tables, exact arithmetic and theory derived another way."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.workforce import erlang, staffing
from routing.workforce.staffing import Demand, Goal

# Offered load, agents, the share that waits; checked against 60-digit arithmetic.
ERLANG_C = [
    (0.8, 1, 0.8),
    (1, 2, 1 / 3),
    (1.5, 2, 9 / 14),
    (2, 3, 4 / 9),
    (3, 5, 0.2361516034985423),
    (5, 8, 0.1672665066617566),
    (10, 11, 0.682118204689332),
    (10, 14, 0.1741319335950498),
    (20, 24, 0.2980722997938286),
    (25, 30, 0.249893166886907),
    (90, 100, 0.216940480906366),
    (50, 55, 0.384547317932929),
    (48, 50, 0.6944556111968343),
    (100, 107, 0.3835119575327185),
    (100, 110, 0.237007500285053),
    (200, 208, 0.4654705896371077),
    (1000, 1011, 0.6321091746899525),
    (1000, 1050, 0.0744017740374284),
    (1000, 1100, 0.00104479792840751),
    (2000, 2100, 0.0155960374751777),
    (5000, 5100, 0.102881413600934),
    (10000, 10200, 0.0275069417107035),
]
ERLANG_B = [
    (1, 2, 0.2),
    (3, 5, 0.110054347826),
    (5, 10, 0.018384570337),
    (25, 30, 0.052603172228),
]
# Calls in half an hour at 180 s: least agents for 80/20, service level there and at one fewer.
EIGHTY_TWENTY = [
    (5, 2, 0.9154, 0.5270),
    (20, 4, 0.8607, 0.6023),
    (50, 8, 0.8801, 0.7404),
    (100, 14, 0.8884, 0.7956),
    (200, 24, 0.8089, 0.7021),
    (400, 45, 0.8045, 0.7232),
    (1000, 107, 0.8238, 0.7711),
    (2000, 208, 0.8086, 0.7628),
    (10000, 1011, 0.8138, 0.7826),
    (100000, 10013, 0.8002, 0.7738),
]
# agents, load, aht, patience, within → wait probability, abandonment, mean wait, service level.
ERLANG_A = [
    (50, 48, 60, 120, 20, 0.467774, 0.030912, 3.70947, 0.943019),
    (1000, 1050, 180, 120, 20, 0.893285, 0.049055, 5.88655, 0.949717),
    (90, 100, 180, 90, 20, 0.744133, 0.113813, 10.24316, 0.721135),
    (10, 10, 180, 60, 20, 0.423418, 0.157527, 9.45161, 0.718010),
]


@pytest.mark.parametrize(("load", "agents", "share"), ERLANG_C)
def test_erlang_c_table(load: float, agents: int, share: float) -> None:
    assert erlang.wait_probability(load, agents) == pytest.approx(share, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("load", "lines", "share"), ERLANG_B)
def test_erlang_b_table(load: float, lines: int, share: float) -> None:
    assert erlang.blocking(load, lines) == pytest.approx(share, rel=1e-11)


def exact_blocking(load: Fraction, lines: int) -> Fraction:
    """Erlang B by its definition, in whole numbers."""
    terms = [Fraction(1)]
    for k in range(1, lines + 1):
        terms.append(terms[-1] * load / k)
    return terms[-1] / sum(terms)


@given(st.integers(1, 400), st.integers(1, 120))
@settings(max_examples=60, deadline=None)
def test_erlang_b_and_c_against_exact_arithmetic(tenths: int, lines: int) -> None:
    load = Fraction(tenths, 10)
    blocked = exact_blocking(load, lines)
    assert erlang.blocking(float(load), lines) == pytest.approx(float(blocked), rel=1e-13)
    if lines > load:
        waits = blocked / (1 - load / lines * (1 - blocked))
        found = erlang.wait_probability(float(load), lines)
        assert found == pytest.approx(float(waits), rel=1e-12)


def test_erlang_lines_of_a_switchboard() -> None:
    """120 lines carry 102.96 erlang at 1 % blocking and 92.96 at 0.1 %."""
    assert erlang.blocking(102.96, 120) == pytest.approx(0.01, abs=2e-5)
    assert erlang.blocking(92.96, 120) == pytest.approx(0.001, abs=2e-6)


@pytest.mark.parametrize(("calls", "agents", "level", "one_fewer"), EIGHTY_TWENTY)
def test_erlang_agents_for_eighty_twenty(
    calls: int, agents: int, level: float, one_fewer: float
) -> None:
    met = staffing.agents_for(Demand(calls, 1800, 180), Goal())
    assert met.agents == agents
    assert met.service_level == pytest.approx(level, abs=5.1e-5)
    fewer = erlang.waiting(calls / 10, agents - 1, 180, 20)
    assert fewer.service_level == pytest.approx(one_fewer, abs=5.1e-5)


def test_erlang_82_counselors_hold_565_calls_and_not_566() -> None:
    assert staffing.capacity(82, 1800, 240, Goal(0.8, 20)) == 565
    held = staffing.agents_for(Demand(565, 1800, 240), Goal())
    assert (held.agents, round(held.service_level, 4), round(held.asa, 1)) == (82, 0.8008, 12.5)
    assert held.occupancy == pytest.approx(0.919, abs=5e-4)
    assert staffing.agents_for(Demand(566, 1800, 240), Goal()).agents == 83
    assert erlang.waiting(566 * 240 / 1800, 82, 240, 20).service_level < 0.8


def test_erlang_published_worked_example() -> None:
    """CRAN ErlangC 0.1.0 and pyworkforce: 100 calls in 30 min, AHT 180 s, 20 s, shrinkage 30 %."""
    met = staffing.agents_for(Demand(100, 1800, 180), Goal())
    assert met.service_level == pytest.approx(0.8883500191794669, abs=1e-12)
    assert met.wait_probability == pytest.approx(0.1741319335950498, abs=1e-12)
    assert met.occupancy == pytest.approx(0.7142857142857143, abs=1e-12)
    assert met.asa == pytest.approx(7.83593701177724, abs=1e-11)
    assert staffing.scheduled(met.agents, 0.3) == 20
    eleven = erlang.waiting(10, 11, 180, 20)
    assert eleven.service_level == pytest.approx(0.3896138, abs=5e-8)
    assert staffing.agents_for(Demand(250, 3600, 330), Goal(0.8, 30)).agents == 28
    few = staffing.agents_for(Demand(25, 600, 180), Goal())
    assert (few.agents, staffing.scheduled(few.agents, 0.3)) == (11, 16)
    assert 1 - erlang.wait_probability(3, 5) == pytest.approx(0.764, abs=5e-4)


def test_erlang_c_of_palms_example() -> None:
    """Mandelbaum and Zeltyn: 48 calls a minute, AHT 1 min, 50 agents."""
    met = erlang.waiting(48, 50, 60, 20)
    assert met.asa == pytest.approx(20.834, abs=5e-4)
    assert met.queue_length == pytest.approx(16.667, abs=5e-4)
    assert erlang.wait_quantile(48, 50, 60, 0.9) == pytest.approx(58.139, abs=5e-4)
    lighter = erlang.waiting(48 * 0.969, 50, 60, 20)
    assert lighter.asa == pytest.approx(8.813, abs=5e-4)
    assert erlang.wait_quantile(48 * 0.969, 50, 60, 0.9) == pytest.approx(28.10, abs=5e-3)


@pytest.mark.parametrize("row", ERLANG_A)
def test_erlang_a_table(row: tuple[float, ...]) -> None:
    agents, load, aht, patience, within, waits, gone, asa, level = row
    met = erlang.impatient(load, int(agents), aht, within, patience)
    assert met.wait_probability == pytest.approx(waits, abs=5.1e-7)
    assert met.abandonment == pytest.approx(gone, abs=5.1e-7)
    assert met.asa == pytest.approx(asa, abs=5.1e-6)
    assert met.service_level == pytest.approx(level, abs=5.1e-7)


def followed_callers(load: float, agents: int, aht: float, within: float, patience: float) -> float:
    """The service level of Erlang A by following one caller's Markov chain (uniformisation)."""
    deepest = 400
    weights = [1.0]
    for n in range(1, agents + deepest):
        leave = min(n, agents) / aht + max(n - agents, 0) / patience
        weights.append(weights[-1] * load / aht / leave)
    total = sum(weights)
    at_once = sum(weights[:agents]) / total
    ahead = [w / total for w in weights[agents:]]  # queued callers met on arrival
    fastest = agents / aht + deepest / patience
    steps, answered_by_step, share = 0, [], 0.0
    while steps < fastest * within + 12 * math.sqrt(fastest * within) + 60:
        answered_by_step.append(share)
        share += ahead[0] * agents / aht / fastest
        moved = []
        for j, p in enumerate(ahead):
            down = agents / aht + j / patience  # someone ahead is served or gives up
            stays = p * (1 - (down + 1 / patience) / fastest)
            arrives = (
                ahead[j + 1] * (agents / aht + (j + 1) / patience) / fastest
                if j + 1 < len(ahead)
                else 0.0
            )
            moved.append(stays + arrives)
        ahead = moved
        steps += 1
    mean = fastest * within
    poisson = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(steps)]
    return at_once + math.fsum(p * a for p, a in zip(poisson, answered_by_step, strict=True))


@pytest.mark.parametrize(
    ("load", "agents", "aht", "within", "patience"),
    [(10, 10, 180, 20, 60), (3, 2, 60, 10, 30), (8, 12, 100, 15, 300), (30, 20, 200, 25, 80)],
)
def test_erlang_a_service_level_is_exact(
    load: float, agents: int, aht: float, within: float, patience: float
) -> None:
    found = erlang.impatient(load, agents, aht, within, patience).service_level
    assert found == pytest.approx(followed_callers(load, agents, aht, within, patience), abs=1e-10)


@given(st.floats(0.1, 300), st.integers(1, 300), st.floats(10, 900), st.floats(5, 900))
@settings(max_examples=80, deadline=None)
def test_erlang_a_balances(load: float, agents: int, aht: float, patience: float) -> None:
    """What flows in flows out, and a longer time of answer never holds fewer callers."""
    met = erlang.impatient(load, agents, aht, 20, patience)
    served = met.occupancy * agents
    assert served + met.queue_length * aht / patience == pytest.approx(load, rel=1e-9)
    levels = [erlang.impatient(load, agents, aht, t, patience).service_level for t in (0, 5, 60)]
    assert all(a <= b + 1e-12 for a, b in pairwise(levels))
    assert levels[0] == pytest.approx(1 - met.wait_probability, abs=1e-12)
    ever = erlang.impatient(load, agents, aht, 1e6, patience).service_level
    assert ever == pytest.approx(1 - met.abandonment, abs=1e-9)


def test_erlang_a_with_endless_patience_is_erlang_c() -> None:
    patient, endless = erlang.waiting(10, 14, 180, 20), erlang.impatient(10, 14, 180, 20, 1e9)
    assert endless.service_level == pytest.approx(patient.service_level, abs=1e-6)
    assert endless.asa == pytest.approx(patient.asa, rel=1e-5)


def test_erlang_at_the_edges() -> None:
    assert staffing.agents_for(Demand(0, 1800, 180), Goal()).agents == 0
    over = erlang.waiting(10, 10, 180, 20)
    assert (over.service_level, over.asa, over.wait_probability) == (0.0, math.inf, 1.0)
    assert erlang.blocking(1e-3, 400) == 0.0
    with pytest.raises(staffing.Unreachable):
        staffing.agents_for(Demand(10, 1800, 180), Goal(target=1.0))
    with pytest.raises(staffing.Unreachable):
        staffing.agents_for(Demand(1e9, 1, 180), Goal())


def test_erlang_occupancy_cap_and_patience_move_the_number() -> None:
    demand = Demand(850, 3600, 214)
    assert staffing.agents_for(demand, Goal()).agents == 57
    capped = staffing.agents_for(demand, Goal(max_occupancy=0.85))
    assert capped.occupancy <= 0.85
    assert erlang.waiting(demand.load, capped.agents - 1, 214, 20).occupancy > 0.85
    impatient = staffing.agents_for(demand, Goal(patience=120))
    assert impatient.agents < 57
    fewer = erlang.impatient(demand.load, impatient.agents - 1, 214, 20, 120)
    assert fewer.service_level < 0.8 <= impatient.service_level

"""Covering a day with shifts: which shifts, how many of each, and where it cannot be done.

A day has 48 half hours. A shift works but for its meal; the solver (CP-SAT) chooses how many people
take each shift. First as little as possible is left uncovered, then as few hours as possible are
paid.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SLOTS = 48
SECONDS = 10.0
# A missing person in a half hour weighs more than any number of paid half hours.
MISSING = 10_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a shift may look like. Hours are in half hours (slots) of the day.

    `lengths` are whole shifts with their meal; shifts of `meal_from` slots or more have a meal of
    `meal` slots that begins within `meal_window` slots after the start. `shrinkage` is the share of
    people on the roster who are not there (ill, in training); `people` how many there are.
    """

    people: int
    opens: int = 18
    closes: int = 36
    lengths: Sequence[int] = (8, 12, 18)
    meal_from: int = 12
    meal: int = 2
    meal_window: tuple[int, int] = (6, 10)
    max_length: int = 18
    shrinkage: float = 0.0


@dataclass(frozen=True, slots=True)
class Shift:
    """`people` who come at slot `start`, leave at `end` and eat from `meal` (None: no meal)."""

    start: int
    end: int
    meal: int | None
    meal_slots: int
    people: int

    def works(self, slot: int) -> bool:
        eats = self.meal is not None and self.meal <= slot < self.meal + self.meal_slots
        return self.start <= slot < self.end and not eats


@dataclass(frozen=True, slots=True)
class Short:
    """A half hour in which `missing` people are lacking."""

    slot: int
    missing: int


@dataclass(frozen=True, slots=True)
class Cover:
    """`optimal` is False where the solver ran out of time with a good, unproven answer."""

    shifts: Sequence[Shift]
    staffed: Sequence[int]
    needed: Sequence[int]
    short: Sequence[Short]
    paid_slots: int
    heads: int
    optimal: bool


class NoShift(ValueError):
    """The rules allow no shift at all."""


def cover(needed: Sequence[int], rules: Rules) -> Cover:
    """Shifts for a day that needs so many people on the phones in each of 48 half hours.

    Raises NoShift where the rules themselves allow none. A need that cannot be met is no error: the
    half hours are in `short`, each with how many are missing.
    """
    # It brings pandas along, half a second and 77 MB, and most processes never ask for shifts.
    from ortools.sat.python import cp_model  # noqa: PLC0415

    if len(needed) != SLOTS or any(n < 0 for n in needed):
        raise NoShift(f"A day needs {SLOTS} numbers, none below 0.")
    if not 0 <= rules.shrinkage < 1:
        raise NoShift("shrinkage is from 0 to below 1.")
    roster = [math.ceil(n / (1 - rules.shrinkage) - 1e-9) for n in needed]
    patterns = _patterns(rules)
    if not patterns:
        raise NoShift("No shift fits between opening and closing.")
    model = cp_model.CpModel()
    counts = [model.new_int_var(0, rules.people, f"p{i}") for i in range(len(patterns))]
    missing = [model.new_int_var(0, n, f"m{i}") for i, n in enumerate(roster)]
    for slot, n in enumerate(roster):
        there = [c for c, p in zip(counts, patterns, strict=True) if p.works(slot)]
        model.add(sum(there) + missing[slot] >= n)
    model.add(sum(counts) <= rules.people)
    paid = sum(c * (p.end - p.start) for c, p in zip(counts, patterns, strict=True))
    model.minimize(MISSING * sum(missing) + paid)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 1
    status = solver.solve(model)
    chosen = [
        Shift(p.start, p.end, p.meal, p.meal_slots, int(solver.value(c)))
        for c, p in zip(counts, patterns, strict=True)
        if solver.value(c)
    ]
    staffed = [sum(x.people for x in chosen if x.works(slot)) for slot in range(SLOTS)]
    return Cover(
        shifts=chosen,
        staffed=staffed,
        needed=roster,
        short=[
            Short(slot, n - have)
            for slot, (n, have) in enumerate(zip(roster, staffed, strict=True))
            if have < n
        ],
        paid_slots=sum(x.people * (x.end - x.start) for x in chosen),
        heads=sum(x.people for x in chosen),
        optimal=status == cp_model.OPTIMAL,
    )


def _patterns(rules: Rules) -> list[Shift]:
    found = []
    for length in sorted(set(rules.lengths)):
        if not 0 < length <= rules.max_length:
            continue
        for start in range(rules.opens, rules.closes - length + 1):
            found += _with_meals(start, start + length, rules)
    return found


def _with_meals(start: int, end: int, rules: Rules) -> list[Shift]:
    if end - start < rules.meal_from or rules.meal == 0:
        return [Shift(start, end, None, 0, 0)]
    first, last = rules.meal_window
    return [
        Shift(start, end, meal, rules.meal, 0)
        for meal in range(start + first, start + last + 1)
        if meal + rules.meal < end
    ]

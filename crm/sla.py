"""The clocks of a ticket: first answer, next answer, solution. Pure: rows in, due times out.

A clock is kept as the moment when it runs out, counted in working time. While the matter waits for
the contact all clocks stand, and they go on with exactly what was left: nobody is late for time
that was not theirs, and a ticket that comes back never escalates at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crm.calendars import WorkingTime

HOUR = 3600
# Working hours by priority.
FIRST_ANSWER = {"urgent": 1, "high": 4, "normal": 8, "low": 16}
NEXT_ANSWER = {"urgent": 1, "high": 4, "normal": 8, "low": 16}
SOLUTION = {"urgent": 8, "high": 24, "normal": 40, "low": 80}
# Which bit of `breaches` a clock has.
BITS = {"first_answer": 1, "next_answer": 2, "solution": 4}


@dataclass(frozen=True, slots=True)
class Clocks:
    """When each clock of a ticket runs out; None where it does not run."""

    first_answer: datetime | None = None
    next_answer: datetime | None = None
    solution: datetime | None = None

    def running(self) -> dict[str, datetime]:
        every = {
            "first_answer": self.first_answer,
            "next_answer": self.next_answer,
            "solution": self.solution,
        }
        return {name: due for name, due in every.items() if due is not None}


def begin(working: WorkingTime, priority: str, now: datetime) -> Clocks:
    """A ticket is opened: a first answer and a solution are owed."""
    return Clocks(
        first_answer=working.add(now, FIRST_ANSWER[priority] * HOUR),
        solution=working.add(now, SOLUTION[priority] * HOUR),
    )


def asked_again(working: WorkingTime, priority: str, now: datetime) -> datetime:
    """The contact wrote after an answer: when the next one is due."""
    return working.add(now, NEXT_ANSWER[priority] * HOUR)


def stop(clocks: Clocks, working: WorkingTime, now: datetime) -> dict[str, float]:
    """What is left of each running clock, in seconds of working time; negative when overdue."""
    return {name: working.between(now, due) for name, due in clocks.running().items()}


def go_on(left: Mapping[str, float], working: WorkingTime, now: datetime) -> Clocks:
    """The clocks again, with what was left of them. One that had run out is due at once."""
    return Clocks(**{name: working.add(now, seconds) for name, seconds in left.items()})


def moved(
    clocks: Clocks, working: WorkingTime, *, was: str, priority: str, now: datetime
) -> Clocks:
    """Another priority: each clock gets what the new one gives, less the time already spent."""
    targets = {"first_answer": FIRST_ANSWER, "next_answer": NEXT_ANSWER, "solution": SOLUTION}
    found = {}
    for name, due in clocks.running().items():
        left = working.between(now, due)
        spent = targets[name][was] * HOUR - left
        found[name] = working.add(now, targets[name][priority] * HOUR - spent)
    return Clocks(**found)

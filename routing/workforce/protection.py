"""The protocol that protects counselors: warn, then the automated voice, then the end.

Source: the state manual for answering complaints (Korea): warn, switch to the automated voice, end;
suspension of 7 days, at a repetition of a month, announced with its beginning and end; rest after.
"""

from dataclasses import dataclass
from datetime import timedelta

STEPS = ("warn", "automated", "end")
KINDS = ("insult", "threat", "sexual", "discrimination", "other")
# These are not warned about first.
GRAVE = frozenset({"threat", "sexual"})
GRADES = {1: timedelta(days=7), 2: timedelta(days=30)}
REMEMBERED = timedelta(days=365)
REST = {"warn": timedelta(0), "automated": timedelta(minutes=10), "end": timedelta(minutes=30)}
OCCUPANCY_CAP = 0.85


@dataclass(frozen=True, slots=True)
class Consequence:
    """What one more step brings: the step, the rest owed, the grade of a suspension if any."""

    step: str
    rest: timedelta
    grade: int | None


def next_step(taken: frozenset[str], kind: str, endings_before: int) -> Consequence | None:
    """The next step in a conversation; None where it has been ended already.

    `taken` are its steps so far, `endings_before` how often the contact was ended within a year.
    """
    left = [step for step in STEPS if step not in taken]
    if kind in GRAVE and "warn" in left:
        left.remove("warn")
    if "end" in taken or not left:
        return None
    step = left[0]
    grade = min(endings_before + 1, max(GRADES)) if step == "end" else None
    return Consequence(step, REST[step], grade)

"""How far a counselor's day followed the plan: adherent time over scheduled time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WORKING = frozenset({"ready", "wrap_up"})
# What counts as following a break or a course: not being ready.
RESTING = frozenset({"not_ready", "offline", ""})


@dataclass(frozen=True, slots=True)
class Planned:
    """[start, end) of `work`, `break` or `off_phone` (training, meeting, rest)."""

    start: datetime
    end: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Was:
    """The state from a moment on."""

    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """[start, end) in which the counselor was `state` though `planned`."""

    start: datetime
    end: datetime
    planned: str
    state: str


@dataclass(frozen=True, slots=True)
class Adherence:
    """Seconds; `share` is None where nothing was scheduled before `until`."""

    scheduled: float
    adherent: float
    share: float | None
    deviations: Sequence[Deviation]


def adherence(plan: Sequence[Planned], states: Sequence[Was], until: datetime) -> Adherence:
    """Compare a plan with what was, up to a moment; `states` are in the order of time."""
    scheduled = adherent = 0.0
    deviations: list[Deviation] = []
    for part in sorted(plan, key=lambda p: p.start):
        end = min(part.end, until)
        if end <= part.start:
            continue
        scheduled += (end - part.start).total_seconds()
        for start, stop, state in _stretches(states, part.start, end):
            if state in (WORKING if part.kind == "work" else RESTING):
                adherent += (stop - start).total_seconds()
            else:
                deviations.append(Deviation(start, stop, part.kind, state or "offline"))
    return Adherence(scheduled, adherent, adherent / scheduled if scheduled else None, deviations)


def _stretches(
    states: Sequence[Was], start: datetime, end: datetime
) -> list[tuple[datetime, datetime, str]]:
    """[start, end) cut where the state changes."""
    current = ""
    found: list[tuple[datetime, datetime, str]] = []
    at = start
    for was in states:
        if was.at >= end:
            break
        if was.at > at:
            found.append((at, was.at, current))
            at = was.at
        current = was.state
    found.append((at, end, current))
    return [x for x in found if x[0] < x[1]]

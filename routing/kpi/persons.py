"""What counting remembers of persons, and whose repeat a hand-off is.

A person is every contact that the journal has merged into one. Who belongs together is often
noticed only during the second talk, so a merge, or its undoing, judges the hand-offs of the last
seven days anew and counts the difference back.
"""

from collections import Counter
from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any

from routing.kpi.measures import REPEAT_MS, Cell

State = dict[str, Any]


class Persons:
    """The states `p:<contact>`: the last closing in each queue, the last talk that the bot helped
    in, the pointers of merging, and the hand-offs and closings that a merge may still join."""

    def __init__(
        self, states: MutableMapping[str, State], found: MutableMapping[Cell, Counter[str]]
    ) -> None:
        self._states, self._found = states, found

    def of(self, who: str) -> State:
        return self._states.get(f"p:{who}") or {
            "closings": {}, "helped": None, "into": None, "joined": [], "handed": [], "closed": [],
        }  # fmt: skip

    def keep(self, who: str, person: State) -> None:
        self._states[f"p:{who}"] = person

    def handed(self, who: str, event: int, at: int, cell: Cell) -> None:
        """A contact entered a queue: a repeat, if the person was closed there shortly before."""
        step = {"id": event, "at": at, "cell": as_list(cell), "of": None}
        person = self.of(who)
        person["handed"] = [*_younger(person["handed"], at, REPEAT_MS), step]
        self.keep(who, person)
        group = self._together(who)
        self._judge(step, group, _closings(map(self.of, group)))
        self._keep_all(group)

    def closed(self, who: str, event: int, at: int, cell: Cell) -> None:
        step = {"id": event, "at": at, "cell": as_list(cell), "by": 0}
        person = self.of(who)
        # A hand-off that may still be judged anew can repeat a closing of this age.
        person["closed"] = [*_younger(person["closed"], at, 2 * REPEAT_MS), step]
        self.keep(who, person)

    def merged(self, who: str, into: str, at: int) -> None:
        self.unmerged(who, at)
        one, other = self.of(who), self.of(into)
        one["into"] = into
        other["joined"].append(who)
        self.keep(who, one)
        self.keep(into, other)
        self._judge_anew(self._together(who), at)

    def unmerged(self, who: str, at: int) -> None:
        everybody = self._together(who)
        one = self.of(who)
        if one["into"] is None:
            return
        other = self.of(one["into"])
        other["joined"].remove(who)
        self.keep(one["into"], other)
        one["into"] = None
        self.keep(who, one)
        self._judge_anew(everybody, at)

    def _judge_anew(self, everybody: Sequence[str], at: int) -> None:
        """Judge what is not final yet of contacts that were, or have become, one person."""
        closings = _closings(map(self.of, everybody))
        for who in everybody:
            group = self._together(who)
            for step in _younger(self.of(who)["handed"], at, REPEAT_MS):
                self._judge(step, group, closings)
        self._keep_all(everybody)

    def _judge(self, step: State, group: Sequence[str], closings: dict[int, State]) -> None:
        """Find the closing that a hand-off repeats, and count what differs from before."""
        there = _closings(map(self.of, group)).values()
        earlier = [c for c in there if _queue(c) == _queue(step) and c["id"] < step["id"]]
        last = max(earlier, key=lambda c: int(c["id"]), default=None)
        now = last["id"] if last and step["at"] - last["at"] <= REPEAT_MS else None
        was, step["of"] = step["of"], now
        if now == was:
            return
        self._count(step, "person_repeats", (now is not None) - (was is not None))
        if was in closings:
            closings[was]["by"] -= 1
            self._count(closings[was], "person_repeated", -(closings[was]["by"] == 0))
        if now in closings:
            closings[now]["by"] += 1
            self._count(closings[now], "person_repeated", int(closings[now]["by"] == 1))

    def _count(self, step: State, measure: str, more: int) -> None:
        self._found[Cell(*step["cell"])][measure] += more

    def _together(self, who: str) -> list[str]:
        """Every contact of the same person."""
        seen = {who}
        while (above := self.of(who)["into"]) and above not in seen:
            seen.add(above)
            who = above
        group, below = [who], list(self.of(who)["joined"])
        while below:
            one = below.pop()
            if one not in group:
                group.append(one)
                below += self.of(one)["joined"]
        return group

    def _keep_all(self, group: Iterable[str]) -> None:
        for who in group:
            self.keep(who, self.of(who))


def as_list(cell: Cell) -> list[Any]:
    return [cell.start, cell.queue, cell.channel, cell.language, cell.counselor]


def _younger(steps: Iterable[State], at: int, age: int) -> list[State]:
    return [step for step in steps if at - step["at"] <= age]


def _closings(persons: Iterable[State]) -> dict[int, State]:
    return {closing["id"]: closing for person in persons for closing in person["closed"]}


def _queue(step: State) -> str:
    return str(Cell(*step["cell"]).queue)

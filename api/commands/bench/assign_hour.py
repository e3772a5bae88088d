"""A busy hour on a virtual clock, at full speed: how long each decision takes."""

import heapq
import itertools
import random
import time

from routing.assign import Agent, Look, Match, Plan, Waiting, allocate

CALLS, CHATS, COUNSELORS = 4_250, 4_000, 400
CALL_SECONDS, CHAT_SECONDS = 214.0, 420.0
HOUR = 3600.0
CHATS_AT_ONCE = 3


class Hour:
    """The store of the allocation: contacts come, are taken, and go."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._waiting: dict[str, Waiting] = {}
        self._load: dict[str, dict[str, int]] = {f"a{n}": {} for n in range(COUNSELORS)}
        self._idle = dict.fromkeys(self._load, 0.0)
        self._calendar: list[tuple[float, int, str, str]] = []
        self._count = itertools.count()
        self.taken = 0
        for medium, number in (("call", CALLS), ("chat", CHATS)):
            for _ in range(number):
                self._plan(chance.random() * HOUR, medium, "")

    def look(self, now: float) -> Look:
        del now
        agents = [
            Agent(who, frozenset({"bidding"}), self._idle[who], load=load)
            for who, load in self._load.items()
            if not load.get("call") and load.get("chat", 0) < CHATS_AT_ONCE
        ]
        return Look(list(self._waiting.values()), agents, {"bidding": Plan()})

    def claim(self, match: Match, now: float) -> bool:
        del self._waiting[match.waiting]
        load = self._load[match.agent]
        load[match.medium] = load.get(match.medium, 0) + 1
        self._idle[match.agent] = now
        self.taken += 1
        seconds = CALL_SECONDS if match.medium == "call" else CHAT_SECONDS
        self._plan(now + self._chance.expovariate(1 / seconds), f"end {match.medium}", match.agent)
        return True

    def run(self) -> list[float]:
        """Seconds of one core that each round took."""
        took = []
        while self._calendar:
            now, n, what, who = heapq.heappop(self._calendar)
            if what.startswith("end "):
                self._load[who][what[4:]] -= 1
            else:
                self._waiting[f"w{n}"] = Waiting(f"w{n}", "bidding", now, medium=what)
            began = time.process_time()
            allocate(self, now)
            took.append(time.process_time() - began)
        return took

    def _plan(self, at: float, what: str, who: str) -> None:
        heapq.heappush(self._calendar, (at, next(self._count), what, who))


def run() -> None:
    hour = Hour(random.Random(1))
    took = sorted(hour.run())
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(
        f"an hour of {CALLS:,} calls and {CHATS:,} chats with {COUNSELORS} counselors: "
        f"{hour.taken:,} taken in {len(took):,} rounds, "
        f"median {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, slowest {took[-1] * 1000:.1f} ms"
    )

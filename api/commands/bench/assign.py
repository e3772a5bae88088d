"""How long one round of the allocation takes: 10,000 waiting, 1,000 counselors, 20 skills."""

import random
import time
from statistics import median

from crm.settings import QUEUES
from knowledge.port import LANGUAGES
from routing.assign import Agent, Look, Plan, Step, Waiting, match

WAITING, COUNSELORS, SKILLS, ROUNDS = 10_000, 1_000, 20, 5


def run() -> None:
    took = []
    for seed in range(ROUNDS):
        look = scene(random.Random(seed))
        began = time.process_time()
        found = match(look, 0.0)
        took.append(time.process_time() - began)
        print(f"round {seed + 1}: {len(found):,} offers in {took[-1]:.3f} s of one core")
    print(
        f"{WAITING:,} waiting x {COUNSELORS:,} counselors x {SKILLS} skills: "
        f"median {median(took):.3f} s, slowest {max(took):.3f} s"
    )


def scene(chance: random.Random) -> Look:
    """An invented rush hour: skills, languages, deadlines and relaxation all in play."""
    skills = [f"skill{n}" for n in range(SKILLS)]
    agents = [
        Agent(
            id=f"a{n}",
            queues=frozenset(chance.sample(QUEUES, chance.randint(1, 3))),
            idle_since=-chance.random() * 600,
            languages=frozenset(chance.sample(LANGUAGES, chance.randint(1, 2))),
            skills={
                name: chance.randint(1, 5) for name in chance.sample(skills, chance.randint(2, 8))
            },
        )
        for n in range(COUNSELORS)
    ]
    waiting = [
        Waiting(
            id=f"w{n}",
            queue=chance.choice(QUEUES),
            since=-chance.random() * 900,
            medium=chance.choice(("call", "chat", "chat", "mail")),
            language=chance.choice(LANGUAGES),
            skills=tuple(
                (name, chance.randint(1, 4)) for name in chance.sample(skills, chance.randint(0, 2))
            ),
            deadline=chance.choice((None, None, chance.random() * 86_400)),
        )
        for n in range(WAITING)
    ]
    steps = (Step(60, lower=1), Step(180, lower=2), Step(600, drop=frozenset(skills)))
    return Look(waiting, agents, dict.fromkeys(QUEUES, Plan(relax=steps)))

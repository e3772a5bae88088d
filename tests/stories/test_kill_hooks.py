"""Hooks doubled, reordered and sent again, the desk killed in their midst: each counts once."""

import asyncio
import hashlib
import hmac
import json
import random
import time

import httpx
from sqlalchemy import Engine, select

from crm import db, events
from crm.models import Conversation, InboxItem, Message, Turn
from tests.stories.test_kill import Process, process

__all__ = ["process"]

TALKS, EACH = 8, 4
KILL_AFTER = 15
KEY = b"k" * 40


def hooks() -> list[bytes]:
    """Every hook two or three times, in no order."""
    each = [
        json.dumps({"id": f"{talk}-{n}", "from": f"p{talk}@x.example", "text": f"say {talk} {n}"})
        for talk in range(TALKS)
        for n in range(EACH)
    ]
    doubled = [body.encode() for body in each for _ in range(random.choice((2, 3)))]
    random.shuffle(doubled)
    return doubled


class Provider:
    """Sends each hook until it is answered with 200, as providers do."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.answered = self.failed = 0
        self.enough = asyncio.Event()

    async def deliver(self, bodies: list[bytes]) -> None:
        gate = asyncio.Semaphore(12)
        async with httpx.AsyncClient(base_url=self.process.url, timeout=20) as http:
            await asyncio.gather(*(self._deliver(http, gate, body) for body in bodies))

    async def _deliver(self, http: httpx.AsyncClient, gate: asyncio.Semaphore, body: bytes) -> None:
        signed = hmac.new(KEY, body, hashlib.sha256).hexdigest()
        headers = {"x-simulator-signature": signed}
        async with gate:
            while True:
                try:
                    told = await http.post("/hooks/simulator/main", content=body, headers=headers)
                except httpx.TransportError:
                    self.failed += 1
                    await asyncio.sleep(0.2)
                    continue
                if told.status_code == 200:
                    self.answered += 1
                    if self.answered == KILL_AFTER:
                        self.enough.set()
                    return
                self.failed += 1
                await asyncio.sleep(0.2)

    async def kill_midway(self) -> None:
        await self.enough.wait()
        self.process.kill()
        await asyncio.to_thread(self.process.start)


def test_hooks_survive_a_kill_and_none_counts_twice(process: Process, engine: Engine) -> None:
    provider, bodies = Provider(process), hooks()

    async def story() -> None:
        await asyncio.gather(provider.deliver(bodies), provider.kill_midway())

    asyncio.run(story())
    assert provider.failed > 0, "the kill came too late to disturb anything"
    end = time.monotonic() + 180  # a machine may have much else to do
    while unsettled(engine):
        assert time.monotonic() < end, "some turns were never settled"
        time.sleep(0.2)
    with db.reading(engine) as s:
        said = s.scalars(
            select(Message.text)
            .where(Message.author_kind == "contact")
            .order_by(Message.created_at)
        ).all()
        replies = s.scalars(select(Message.turn_id).where(Message.turn_id.is_not(None))).all()
        states = set(s.scalars(select(InboxItem.state)))
        talks = s.scalars(select(Conversation.address)).all()
        broken = list(events.broken_links(s))
    wanted = [f"say {talk} {n}" for talk in range(TALKS) for n in range(EACH)]
    assert sorted(said) == sorted(wanted)
    assert len(replies) == len(set(replies)) == len(wanted)  # each answered, none twice
    assert states == {"done"}
    assert len(talks) == len(set(talks)) == TALKS
    assert broken == []


def unsettled(engine: Engine) -> int:
    with db.reading(engine) as s:
        open_turns = s.scalars(select(Turn.id).where(Turn.state != "settled")).all()
        new = s.scalars(select(InboxItem.id).where(InboxItem.state == "new")).all()
    return len(open_turns) + len(new)

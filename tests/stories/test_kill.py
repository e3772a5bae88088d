"""Killed in the middle of 200 concurrent turns and started again: nothing lost, nothing doubled."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select

from crm import db, events
from crm.models import Event, Message, Turn
from tests.conftest import ROOT

TALKS, EACH = 40, 5
KILL_AFTER = 60  # answers


@dataclass
class Process:
    """The desk's process, killed and started again on the same data and the same port."""

    port: int
    data: Path
    database: str | None
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        environ.pop("DESK_DATABASE_URL", None)
        if self.database:
            environ["DESK_DATABASE_URL"] = self.database
        with (self.data / "server.log").open("ab") as log:
            self.running = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.stories.killable_desk",
                    str(self.port),
                    str(self.data),
                ],
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 180  # a machine may have much else to do
        while not self._answers():
            assert self.running.poll() is None, (self.data / "server.log").read_text()
            assert time.monotonic() < end, "the desk did not start"
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.running
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def process(engine: Engine, tmp_path: Path) -> Iterator[Process]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    on_postgres = engine.dialect.name == "postgresql"
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    if not on_postgres:
        engine.dispose()  # the file belongs to the desk's process alone
    desk = Process(number, tmp_path, url if on_postgres else None)
    desk.start()
    yield desk
    desk.kill()


class Clients:
    """Everybody who asks, at the same time; each asks the same again until it is answered."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[tuple[str, str], dict] = {}
        self.acknowledged: dict[tuple[str, str], set[str]] = {}
        self.failures = 0

    async def sessions(self) -> list[tuple[str, str]]:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            opened = [await http.post("/api/v1/chat/sessions", json={}) for _ in range(TALKS)]
        return [(o.json()["conversation_id"], o.json()["token"]) for o in opened]

    async def ask_all(self, talks: list[tuple[str, str]]) -> None:
        limits = httpx.Limits(max_connections=TALKS * EACH)
        async with httpx.AsyncClient(base_url=self.url, timeout=60, limits=limits) as http:
            await asyncio.gather(
                *(self._ask(http, *talk, f"m{n}") for talk in talks for n in range(EACH))
            )

    async def _ask(self, http: httpx.AsyncClient, talk: str, token: str, client_id: str) -> None:
        known = self.acknowledged.setdefault((talk, client_id), set())
        body = {"client_id": client_id, "text": f"question {client_id}"}
        while True:
            try:
                answer = await http.post(
                    "/api/v1/chat/messages?wait=10",
                    json=body,
                    headers={"Authorization": f"Bearer {token}"},
                )
            except httpx.TransportError:
                self.failures += 1
                await asyncio.sleep(0.2)
                continue
            assert answer.status_code in {200, 202}, answer.text
            known.add(answer.json()["message_id"])
            if answer.status_code == 200:
                self.answers[talk, client_id] = answer.json()
                return


async def ask_and_kill(process: Process) -> tuple[Clients, int]:
    clients = Clients(process.url)
    talks = await clients.sessions()
    asking = asyncio.create_task(clients.ask_all(talks))
    while len(clients.answers) < KILL_AFTER:
        await asyncio.sleep(0.01)
        assert not asking.done()
    process.kill()
    answered_before = len(clients.answers)
    await asyncio.to_thread(process.start)
    await asyncio.wait_for(asking, 120)
    return clients, answered_before


def test_a_kill_in_the_middle_of_200_turns_loses_and_doubles_nothing(
    engine: Engine, process: Process
) -> None:
    clients, answered_before = asyncio.run(ask_and_kill(process))
    assert KILL_AFTER <= answered_before < TALKS * EACH
    assert clients.failures > 0  # it did die under them
    events.use_key(b"s" * 40)
    with db.reading(engine) as s:
        thread = s.scalars(select(Message).order_by(Message.position)).all()
        turns = s.scalars(select(Turn)).all()
        broken = list(events.broken_links(s))
        journal = s.scalars(select(Event).order_by(Event.id)).all()
    asked = [m for m in thread if m.author_kind == "contact"]
    replies = [m for m in thread if m.author_kind == "bot"]
    # Each message stands in the record once, and is the one its sender was told of.
    assert len(asked) == TALKS * EACH
    told = {(talk, client): ids for (talk, client), ids in clients.acknowledged.items()}
    assert {(m.conversation_id, m.client_id): {m.id} for m in asked} == told
    # Each has exactly one outcome, and is answered once.
    assert [t.state for t in turns] == ["settled"] * len(asked)
    assert Counter(t.message_id for t in turns) == Counter(m.id for m in asked)
    assert Counter(m.turn_id for m in replies) == Counter(t.id for t in turns)
    assert all(m.act == "answer" for m in replies)
    assert all(len(answer["replies"]) == 1 for answer in clients.answers.values())
    # What was answered before the kill is what stands there after it.
    assert {a["replies"][0]["id"] for a in clients.answers.values()} == {m.id for m in replies}
    # The journal tells each of them once, and its chain is whole.
    assert broken == []
    said = [e.message_id for e in journal if e.kind == "message.said"]
    assert Counter(said) == Counter(m.id for m in thread)
    in_order(thread, turns)


def in_order(thread: list[Message], turns: list[Turn]) -> None:
    """Within a conversation the answers come in the order of the questions."""
    asked_at = {t.id: t.position for t in turns}
    last: dict[str, int] = {}
    for m in thread:
        if m.author_kind == "bot":
            assert asked_at[m.turn_id] > last.get(m.conversation_id, 0)
            last[m.conversation_id] = asked_at[m.turn_id]

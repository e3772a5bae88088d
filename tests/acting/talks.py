"""A desk on the real engine and the sandbox core, and people who talk to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jwt
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import wiring
from api.app import create
from bot.phrases import catalogue
from bot.rasa_http import RasaClient
from bot.turn import DeskBot
from crm import clock
from tests.bot.conftest import known
from tests.conftest import DeskClient, GuestClient, NoKnowledge, settings_for, sign_up_everyone
from tests.procurement.cores import Sandbox, sandbox

PORTAL_KEY = "p" * 40


@dataclass
class Talks:
    desk: DeskClient
    core: Sandbox

    def person(
        self, role: str, organisation: str | None, language: str, lasts: float = 3600, n: int = 1
    ) -> "Person":
        claims: dict[str, Any] = {
            "aud": "sinmungo",
            "sub": f"test-{role}-{organisation}-{n}",
            "email": f"{role}{n}@{role}s.example",
            "name": f"{role.title()} Example",
            "role": role,
            "exp": clock.now() + timedelta(seconds=lasts),
        }
        if organisation:
            claims["organisation"] = organisation
        token = jwt.encode(claims, PORTAL_KEY, algorithm="HS256")
        guest = self.desk.guest(language=language, user_token=token)
        return Person(guest, self.desk)

    def anonymous(self, language: str) -> "Person":
        return Person(self.desk.guest(language=language), self.desk)


@dataclass
class Person:
    guest: GuestClient
    desk: DeskClient
    last: dict[str, Any] | None = None

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        """Say it; the one reply of the turn that has an act."""
        replies = [r for r in self.guest.say(text, **more)["replies"] if r["act"]]
        assert len(replies) == 1, replies
        self.last = replies[0]
        return replies[0]

    def act(self, text: str, **more: Any) -> str:
        return self.say(text, **more)["act"]

    def actions(self) -> list[dict[str, Any]]:
        answer = self.desk.http.get(
            f"/api/v1/actions?conversation={self.guest.conversation_id}",
            headers=self.guest.headers,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def send_file(self, name: str, content: bytes) -> str:
        answer = self.desk.http.post(
            "/api/v1/chat/files", files={"file": (name, content)}, headers=self.guest.headers
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["file_id"]


@contextmanager
def talks_on(
    engine: Engine, data: Path, rasa_url: str, *, signatures: bool = False, **environ: str
) -> Iterator[Talks]:
    settings = settings_for(data, DESK_RATE_LIMITS="off", PORTAL_KEY=PORTAL_KEY, **environ)
    with sandbox(signatures=signatures) as core:
        acts, machine = wiring.acting(settings, engine, core.core)
        client, zone = RasaClient(rasa_url, timeout=30), ZoneInfo(settings.hours.zone)
        bot = DeskBot(known, client, catalogue(), lambda: clock.now().astimezone(zone), desk=acts)
        app = create(
            settings, engine=engine, bot=bot, knowledge=NoKnowledge(), machine=machine, works=False
        )
        with TestClient(app) as http:
            desk = DeskClient(http, app, engine, settings, sign_up_everyone(engine))
            yield Talks(desk, core)
        client.close()

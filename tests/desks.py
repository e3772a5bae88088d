"""Desks with a bot of the test's own choosing."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create
from bot import port
from crm.settings import Settings
from tests.conftest import DeskClient, NoKnowledge, settings_for, sign_up_everyone
from tests.scripted_bot import ScriptedBot


class GatedBot(ScriptedBot):
    """Thinks until the gate opens."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def turn(self, turn: port.Turn) -> Sequence[port.Step]:
        assert self.gate.wait(20)
        return super().turn(turn)


class desk_with:  # noqa: N801 - read as a phrase: `with desk_with(bot, ...) as desk`
    """A desk, for as long as the block lasts, whose bot is `bot`."""

    def __init__(
        self,
        bot: port.Bot,
        engine: Engine,
        data: Path,
        *,
        settings: Settings | None = None,
        **create_with: Any,
    ) -> None:
        settings = settings or settings_for(data, DESK_RATE_LIMITS="off")
        app = create(settings, engine=engine, bot=bot, knowledge=NoKnowledge(), **create_with)
        http = TestClient(app, raise_server_exceptions=False)
        self._client = DeskClient(http, app, engine, settings)

    def __enter__(self) -> DeskClient:
        self._client.http.__enter__()
        self._client.people = sign_up_everyone(self._client.engine)
        return self._client

    def __exit__(self, *failure: object) -> None:
        self._client.http.__exit__(*failure)

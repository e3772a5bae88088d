"""A desk that is stopped while it still answers: quietly, and who asked is told."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine

from api.app import create
from knowledge.port import Hit
from tests.conftest import NoKnowledge, settings_for, sign_up_everyone
from tests.routing.test_turns import until
from tests.scripted_bot import ScriptedBot


class GatedKnowledge(NoKnowledge):
    """Searches until the gate opens, as one does whose index is just built anew."""

    def __init__(self) -> None:
        self.asked, self.gate = threading.Event(), threading.Event()

    def hits(self, text: str, language: str, limit: int) -> list[Hit]:
        self.asked.set()
        assert self.gate.wait(20)
        return super().hits(text, language, limit)


@pytest.fixture
def gated() -> GatedKnowledge:
    return GatedKnowledge()


def test_who_still_waits_is_told_to_come_again_and_nothing_crashes(
    sqlite_engine: Engine,
    tmp_path: Path,
    gated: GatedKnowledge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    sign_up_everyone(sqlite_engine)
    app = create(settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=gated)
    how = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(how)
    serving = threading.Thread(target=server.run, daemon=True)
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(1) as pool:
        serving.start()
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/api/v1/search?q=price&language=en"
        answer = pool.submit(httpx.get, url, timeout=30)
        assert gated.asked.wait(20)
        server.should_exit = True
        told = answer.result(20)
        gated.gate.set()
        serving.join(20)
    assert not serving.is_alive()
    assert (told.status_code, told.json()["error"]["code"]) == (503, "stopping")
    assert int(told.headers["retry-after"]) > 0
    assert [r.getMessage() for r in caplog.records if r.exc_info] == []
    assert not any("ASGI" in r.getMessage() for r in caplog.records)

"""Parts for the bot's tests: an engine that says what it is told, and the real one if present."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.phrases import catalogue
from bot.port import HandOff, Remember, Said, Step, Turn, outcome
from bot.rasa_http import EngineDown, RasaClient, Understood, nothing
from bot.rasa_model import model_file, stale
from bot.turn import DeskBot
from knowledge.port import Citation, Finding, Language, Query

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
START_SECONDS = 180


@dataclass
class SaidEngine:
    """Answers with the steps it was handed, one list a message, and keeps what it was asked."""

    answers: list[Understood] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    down: bool = False

    def understand(
        self,
        sender: str,  # noqa: ARG002
        text: str,
        language: str,  # noqa: ARG002
        state: Mapping[str, Any],
        meanwhile: Callable[[], None] = nothing,
    ) -> Understood:
        self.asked.append((text, state))
        meanwhile()
        if self.down:
            raise EngineDown("down")
        return self.answers.pop(0)

    def ready(self) -> bool:
        return not self.down


@dataclass
class Talker:
    """One conversation: keeps the state, the language and the history as the record would."""

    bot: Any
    language: Language = "en"
    channel: str = "web"
    state: Mapping[str, Any] = field(default_factory=dict)
    history: list[Said] = field(default_factory=list)

    def say(self, text: str) -> Sequence[Step]:
        turn = Turn(
            "talk", text, self.language, NOW.date(), self.channel, tuple(self.history), self.state
        )
        steps = self.bot.turn(turn)
        last = steps[-1]
        assert isinstance(last, Remember)
        self.state, self.language = last.state, last.language
        self.history.append(Said("contact", text))
        self.history += [Said("bot", s.text, s.act) for s in steps if not isinstance(s, Remember)]
        return steps

    def act(self, text: str) -> str:
        said = outcome(self.say(text))
        assert said is not None
        return said.act


def known(query: Query) -> Finding:
    """A base of three facts: registration is known, bonds are unclear, all else is unknown."""
    text = query.text.lower()
    if any(word in text for word in ("regist", "등록", "inscri")):
        citation = Citation("how-to-register", "Registration", 3, "/a/how-to-register", "in KONEPS")
        said = "You register in KONEPS."
        return Finding("answer", said, query.language, (citation,), (), 0.9, "registration")
    if "bond" in text:
        return Finding("ask", options=("How high is the bid bond?", "Who keeps the bid bond?"))
    return Finding("none")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def today() -> date:
    return NOW.date()


@pytest.fixture
def engine() -> SaidEngine:
    return SaidEngine()


@pytest.fixture
def talker(engine: SaidEngine) -> Talker:
    return Talker(DeskBot(known, engine, catalogue(), lambda: NOW))


def hand_off(steps: Sequence[Step]) -> HandOff:
    return next(step for step in steps if isinstance(step, HandOff))


@pytest.fixture
def the_hand_off() -> Callable[[Sequence[Step]], HandOff]:
    return hand_off


@dataclass
class RasaServer:
    """A Rasa that the tests may kill; `url` stays the same over restarts."""

    python: str | None
    model: Path
    url: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        port = self.url.rsplit(":", 1)[1]
        command = [str(self.python), str(ROOT / "bot/rasa/serve.py"), "--port", port]
        self.process = subprocess.Popen(
            [*command, "--model", str(self.model)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.wait()

    def wait(self) -> None:
        client, until = RasaClient(self.url), time.monotonic() + START_SECONDS
        try:
            while not client.ready():
                assert time.monotonic() < until, "Rasa did not start."
                assert self.process is None or self.process.poll() is None, "Rasa stopped."
                time.sleep(0.2)
        finally:
            client.close()

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def ours(self) -> bool:
        return self.python is not None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _trained(python: str, folder: Path) -> Path:
    if stale(ROOT, folder):
        command = [python, str(ROOT / "bot/rasa/train.py"), "--out", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return model_file(ROOT, folder)


@pytest.fixture(scope="session")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaServer]:
    """The real engine: DESK_RASA_URL names a running one, DESK_RASA_PYTHON its environment.

    DESK_RASA_MODELS may name a folder that keeps trained models between runs.
    """
    url, python = os.environ.get("DESK_RASA_URL"), os.environ.get("DESK_RASA_PYTHON")
    if python and shutil.which(python):
        kept = os.environ.get("DESK_RASA_MODELS")
        folder = Path(kept) if kept else tmp_path_factory.mktemp("rasa-models")
        server = RasaServer(python, _trained(python, folder), f"http://127.0.0.1:{_free_port()}")
        server.start()
        yield server
        server.kill()
    elif url:
        server = RasaServer(None, Path(), url.rstrip("/"))
        server.wait()
        yield server
    else:
        pytest.skip("Rasa is not here: set DESK_RASA_PYTHON or DESK_RASA_URL to run these tests.")


@pytest.fixture
def real_talker(rasa: RasaServer) -> Iterator[Callable[..., Talker]]:
    """Makes conversations with the desk's bot on the real engine."""
    client = RasaClient(rasa.url, timeout=30)
    bot = DeskBot(known, client, catalogue(), lambda: NOW)
    yield lambda language="en": Talker(bot, language)
    client.close()
